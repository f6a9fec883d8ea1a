// Pieces of pages, as the server renders them.
export const parse = (html) => Object.assign(document.createElement("template"), { innerHTML: html }).content;

/** What is there, parsed; null if it could not be had, for whatever reason. */
export async function get(url) {
  const answer = await fetch(url, { headers: { "HX-Request": "true" } }).catch(() => null);
  return answer?.ok && !answer.redirected ? parse(await answer.text()) : null;
}
