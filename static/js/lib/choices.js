// What there is to choose from, fetched once; the browser asks for it again by its tag when a page is opened.
const kept = new Map();

function fetched(name) {
  const answer = fetch(`/app/accounts/${document.body.dataset.account}/${name}`, { headers: { Accept: "application/json" } })
    .then((response) => (response.ok && !response.redirected ? response.json() : null), () => null);
  answer.then((value) => value || kept.delete(name)); // a failure is tried again with the next use
  kept.set(name, answer);
  return answer;
}

export const choices = () => kept.get("choices") ?? fetched("choices");
export const canned = () => kept.get("canned") ?? fetched("canned");
export const forget = () => kept.clear();
