// Sources of a picture: the file button, drag and drop, the clipboard.

/**
 * First file of a drop or a paste, null if there is none.
 *
 * @param {DataTransfer | null} transfer
 * @returns {File | null}
 */
export function firstFile(transfer) {
  return transfer?.files[0] ?? null;
}

/**
 * True if a paste belongs to a text field; the search field of a select box doesn't count.
 *
 * @param {Event} event
 */
export function isForText(event) {
  const target = /** @type {HTMLElement} */ (event.composedPath()[0]);
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.matches("textarea:read-write")) return true;
  return target.matches("input:read-write:not([role=combobox])");
}

/**
 * True if a drop is over an upload field.
 *
 * @param {Event} event
 */
export function isForUploader(event) {
  return event
    .composedPath()
    .some((node) => node instanceof Element && node.matches("[data-testid=stFileUploader], input[type=file]"));
}

/** Size in bytes up to which a file is sent unchanged. */
const SMALL_BYTES = 1_000_000;

/**
 * Scale a large picture down to shorten the upload and save the server's memory. Python checks the result all the same.
 *
 * A file that the browser can't decode (HEIC, TIFF) is returned unchanged.
 *
 * @param {File} file
 * @param {number} side longest side in pixels of the result
 * @returns {Promise<Blob>}
 */
export async function shrunk(file, side) {
  if (file.size <= SMALL_BYTES) return file;
  /** @type {ImageBitmap} */
  let picture;
  try {
    picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return file;
  }
  const canvas = document.createElement("canvas");
  try {
    const scale = Math.min(1, side / Math.max(picture.width, picture.height));
    canvas.width = Math.max(1, Math.round(picture.width * scale));
    canvas.height = Math.max(1, Math.round(picture.height * scale));
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    context.imageSmoothingQuality = "high";
    context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  } finally {
    picture.close();
  }
  // A photograph is opaque; anything else may be transparent.
  const kind = /jpe?g|hei[cf]|avif/.test(file.type) ? "image/jpeg" : "image/png";
  const small = await new Promise((resolve) => canvas.toBlob(resolve, kind, 0.95));
  return small !== null && small.size < file.size ? small : file;
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
