/** Where a picture can come from: the file button, a drop, the clipboard. */

/**
 * The first file of a drop or a paste.
 *
 * @param {DataTransfer | null} transfer
 * @returns {File | null}
 */
export function firstFile(transfer) {
  return transfer?.files[0] ?? null;
}

/**
 * Whether a paste belongs to a field in which people write.
 *
 * @param {Event} event
 */
export function isForText(event) {
  const target = /** @type {HTMLElement} */ (event.composedPath()[0]);
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

/**
 * @param {Blob} file
 * @returns {Promise<string>} base64
 */
export function toBase64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).replace(/^[^,]*,/, ""));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}
