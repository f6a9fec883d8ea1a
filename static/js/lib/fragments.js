// Pieces of pages, as the server renders them.
export const parse = (html) => Object.assign(document.createElement("template"), { innerHTML: html }).content;

/** An element as the server has it now. It is named as the source, too: from there the server learns which part. */
export const reload = (element) => htmx.ajax("GET", element.dataset.url, { source: element, target: `#${element.id}`, swap: "outerMorph" });

/** What is there, parsed; null if it could not be had, for whatever reason. */
export async function get(url) {
  const answer = await fetch(url, { headers: { "HX-Request": "true" } }).catch(() => null);
  return answer?.ok && !answer.redirected ? parse(await answer.text()) : null;
}
