// A list above the composer while one writes: "/" for canned responses. Arrows choose, Enter or Tab inserts, Esc
// closes. Variables are filled in; those that cannot be wait for the writer.
import { canned } from "./choices.js";
import { announce, word } from "./words.js";

const TRIGGER = /(^|\s)\/([^\s/]*)$/;
const VARIABLE = /\{\{\s*([\w.]+)\s*\}\}/g;
const MOST = 50;
let state = null; // {text, box, shown, at, from}

export function typed(text) {
  const before = text.value.slice(0, text.selectionStart);
  const found = TRIGGER.exec(before);
  if (!found) return close();
  open(text, found[2], before.length - found[2].length - 1);
}

/** From the toolbar: everything, at the caret. */
export async function browse(text) {
  text.focus();
  const gap = /(^|\s)$/.test(text.value.slice(0, text.selectionStart)) ? "/" : " /";
  text.setRangeText(gap, text.selectionStart, text.selectionEnd, "end");
  text.dispatchEvent(new Event("input", { bubbles: true }));
}

async function open(text, wanted, from) {
  const all = await canned();
  if (!all || !text.isConnected || !TRIGGER.test(text.value.slice(0, text.selectionStart))) return;
  const fold = wanted.toLowerCase();
  const rank = ({ short_code: code, content }) => (code.toLowerCase().startsWith(fold) ? 0 : code.toLowerCase().includes(fold) ? 1 : content.toLowerCase().includes(fold) ? 2 : 3);
  const shown = all.map((one) => [rank(one), one]).filter(([place]) => place < 3).sort((a, b) => a[0] - b[0]).slice(0, MOST).map(([, one]) => one);
  state = { text, shown, at: 0, from, box: state?.box ?? build(text) };
  draw();
}

function build(text) {
  const box = Object.assign(document.createElement("div"), { className: "suggest menu__sheet", id: "suggest" });
  box.setAttribute("role", "listbox");
  box.setAttribute("aria-label", word("canned"));
  box.addEventListener("mousedown", (event) => { event.preventDefault(); const row = event.target.closest("[role=option]"); if (row) insert(state.shown[Number(row.dataset.at)]); });
  text.form.prepend(box);
  text.setAttribute("aria-controls", "suggest");
  return box;
}

function draw() {
  const { box, shown, at, text } = state;
  box.replaceChildren(...shown.map(({ short_code: code, content }, place) => {
    const row = Object.assign(document.createElement("div"), { className: "menu__item suggest__row", id: `suggest-${place}` });
    row.setAttribute("role", "option");
    row.setAttribute("aria-selected", String(place === at));
    row.toggleAttribute("data-at-it", place === at);
    row.dataset.at = place;
    row.append(Object.assign(document.createElement("b"), { textContent: `/${code}` }), Object.assign(document.createElement("span"), { className: "meta cut", textContent: content }));
    return row;
  }));
  if (!shown.length) box.append(Object.assign(document.createElement("p"), { className: "menu__label", textContent: word("no-canned") }));
  text.setAttribute("aria-activedescendant", shown.length ? `suggest-${at}` : "");
  box.children[at]?.scrollIntoView({ block: "nearest" });
  announce(shown.length ? `/${shown[at].short_code}` : word("no-canned"));
}

export function close() {
  if (!state) return;
  state.box.remove();
  for (const name of ["aria-controls", "aria-activedescendant"]) state.text.removeAttribute(name);
  state = null;
}

/** true: the key was for the list. */
export function pressed(event) {
  if (!state || event.isComposing || event.ctrlKey || event.metaKey) return false;
  const moves = { ArrowDown: 1, ArrowUp: -1 };
  if (event.key in moves && state.shown.length) { state.at = (state.at + moves[event.key] + state.shown.length) % state.shown.length; draw(); }
  else if ((event.key === "Enter" || event.key === "Tab") && state.shown.length) insert(state.shown[state.at]);
  else if (event.key === "Escape") close();
  else return false;
  event.preventDefault();
  event.stopPropagation();
  return true;
}

function insert({ content }) {
  const { text, from } = state;
  close();
  text.setRangeText(filled(content), from, text.selectionStart, "end");
  text.dispatchEvent(new Event("input", { bubbles: true }));
  text.focus();
  toUnfilled(text, from);
}

const known = () => JSON.parse(document.getElementById("details")?.dataset.vars ?? "{}");

/** The variables of this conversation in their places; unknown and empty ones stay as they are. */
export function filled(content) {
  const values = known();
  return content.replace(VARIABLE, (whole, name) => values[name.toLowerCase()] || whole);
}

/** Selects the first variable without a value from `start` on; whether there is one. */
export function toUnfilled(text, start = 0) {
  VARIABLE.lastIndex = start;
  const found = VARIABLE.exec(text.value);
  VARIABLE.lastIndex = 0;
  if (!found) return false;
  text.focus();
  text.setSelectionRange(found.index, found.index + found[0].length);
  return true;
}
