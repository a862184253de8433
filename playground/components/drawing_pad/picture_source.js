// Where a picture can come from: the file button, a drop, the clipboard.

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
 * True if a paste belongs to a text field. A select box with a search field is none.
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
 * True if a drop is over a field that takes files of its own.
 *
 * @param {Event} event
 */
export function isForUploader(event) {
  return event
    .composedPath()
    .some((node) => node instanceof Element && node.matches("[data-testid=stFileUploader], input[type=file]"));
}

/** Bytes up to which a file is sent as it is. */
const SMALL_BYTES = 1_000_000;

/**
 * Scale a large picture down if the browser can read it, to shorten the upload and spare the server's memory.
 *
 * Python checks whatever comes all the same. A file that the browser can't read (HEIC, TIFF) comes back as it is.
 *
 * @param {File} file
 * @param {number} side longer side in pixels that is kept
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
