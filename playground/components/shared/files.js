// Requests for files beside the modules.

/**
 * @param {string} path below the folder of the components
 * @returns {Promise<Response>} rejected where the file isn't there
 */
export async function fetchFile(path) {
  const answer = await fetch(new URL(`../${path}`, import.meta.url));
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${answer.statusText}`);
  return answer;
}
