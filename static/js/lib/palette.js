// Ctrl or Cmd and K: everything that the page can do, and everywhere it leads, by typing a few letters of it. Acts are
// the controls of the page: the palette presses them. Conversations and people are found by the server, too.
import { show } from "./panes.js";
import { announce, word } from "./words.js";

const MOST = 12;
const ASK_AFTER = 120; // ms after the last letter
let dialog = null;
let [items, shown, at, asking] = [[], [], 0, 0];

export function toggle() {
  if (dialog?.open) return dialog.close();
  if (document.querySelector("dialog[open]")) return; // never one above the other
  dialog ??= build();
  items = [...acts(), ...places(), ...rows()];
  input().value = "";
  dialog.showModal();
  filter();
}

const input = () => dialog.querySelector("input");
const list = () => dialog.querySelector("ul");

function build() {
  const box = Object.assign(document.createElement("dialog"), { className: "palette" });
  box.setAttribute("aria-label", word("palette"));
  const field = Object.assign(document.createElement("input"), { className: "palette__input", type: "text", autocomplete: "off", spellcheck: false, placeholder: word("palette-hint") });
  const set = (element, values) => Object.entries(values).forEach(([name, value]) => element.setAttribute(name, value));
  set(field, { role: "combobox", "aria-expanded": "true", "aria-controls": "palette-list", "aria-autocomplete": "list", "aria-label": word("palette-hint") });
  const found = Object.assign(document.createElement("ul"), { className: "palette__list", id: "palette-list" });
  set(found, { role: "listbox", "aria-label": word("palette") });
  box.append(field, found);
  field.addEventListener("input", () => { filter(); clearTimeout(asking); asking = setTimeout(ask, ASK_AFTER); });
  box.addEventListener("keydown", pressed);
  box.addEventListener("mousedown", (event) => event.target !== field && event.preventDefault());
  box.addEventListener("click", ({ target }) => {
    const item = target.closest("li[data-at]");
    if (item) run(shown[Number(item.dataset.at)]);
    else if (target === box) box.close();
  });
  document.body.append(box);
  return box;
}

/** "Resolve (e)": a control that says its key in its title can be pressed from here. */
function acts() {
  const seen = new Set();
  return [...document.querySelectorAll("[title], [data-action], [data-shortcut]")].flatMap((control) => {
    if (control.closest(".bubble, #rows, .told__tools, dialog, .details")) return [];
    const [, name, key] = /^(.*?)\s*\(([^()]{1,5})\)$/.exec(control.title) ?? [];
    const kbd = control.querySelector?.(".kbd")?.textContent;
    const title = name ?? (kbd ? control.textContent.replace(kbd, "").trim() : "");
    if (!title || seen.has(title)) return [];
    seen.add(title);
    return [{ kind: "act", title, key: key ?? kbd, run: () => { if (control.matches("summary")) control.focus(); control.click(); } }];
  });
}

const places = () => [...document.querySelectorAll("#sections a.nav__link, #accounts a")].map((link) => ({ kind: "place", title: (link.querySelector(".nav__text") ?? link.firstChild).textContent.trim(), hint: link.closest("ul")?.previousElementSibling?.textContent ?? "", run: () => { location.href = link.href; } }));

const rows = () => [...document.querySelectorAll("#rows .row")].slice(0, 20).map((row) => ({ kind: "talk", title: row.querySelector(".row__name").textContent.trim(), hint: `#${row.dataset.id}`, run: () => row.querySelector("a").click() }));

const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/** How well the letters fit: at the beginnings of words best, in one piece well, one after the other somehow; 0 not. */
function fits(text, wanted) {
  const found = text.indexOf(wanted);
  if (found === 0) return 4;
  if (found > 0) return /\P{L}/u.test(text[found - 1]) ? 3 : 2;
  let from = -1;
  for (const letter of wanted) if ((from = text.indexOf(letter, from + 1)) < 0) return 0;
  return 1;
}

function filter() {
  const wanted = fold(input().value.trim());
  const fitting = wanted ? items.map((item) => ({ item, worth: Math.max(fits(fold(item.title), wanted), item.hint && fold(item.hint).includes(wanted) ? 2 : 0) })).filter(({ worth }) => worth).sort((one, other) => other.worth - one.worth) : [];
  // Letters that are only somewhere in it count where nothing fits better.
  const known = wanted ? fitting.filter(({ worth }) => worth > 1 || fitting[0].worth === 1).map(({ item }) => item) : items;
  shown = known.slice(0, MOST);
  if (wanted) shown.push({ kind: "search", title: word("search-for", { text: input().value.trim() }), run: () => { location.href = `/app/accounts/${document.body.dataset.account}/search/all?q=${encodeURIComponent(input().value.trim())}`; } });
  at = 0;
  draw();
}

async function ask() {
  const wanted = input().value.trim();
  if (wanted.length < 2 && !/^\d$/.test(wanted)) return;
  const answer = await fetch(`/app/accounts/${document.body.dataset.account}/palette?q=${encodeURIComponent(wanted)}`, { headers: { Accept: "application/json" } }).catch(() => null);
  if (!answer?.ok || answer.redirected || !dialog.open || input().value.trim() !== wanted) return;
  const { conversations, contacts } = await answer.json();
  const known = new Set(shown.filter(({ kind }) => kind === "talk").map(({ hint }) => hint));
  const made = (kind, hits) => hits.map(({ title, hint, url }) => ({ kind, title, hint, run: () => jump(url) }));
  const chosen = shown[at];
  shown.splice(-1, 0, ...made("talk", conversations.filter(({ hint }) => !known.has(hint))), ...made("person", contacts));
  at = Math.max(0, chosen?.kind === "search" && shown.length > 1 ? 0 : shown.indexOf(chosen)); // what is marked stays
  draw();
  announce(word("hits", { n: shown.length }));
}

/** Beside the list that is there; else the whole page. */
const jump = (url) => (document.getElementById("pane") ? show(url) : (location.href = url));

function draw() {
  list().replaceChildren(...shown.map((item, place) => {
    const row = Object.assign(document.createElement("li"), { className: "menu__item", id: `palette-${place}` });
    row.setAttribute("role", "option");
    row.setAttribute("aria-selected", String(place === at));
    row.toggleAttribute("data-at-it", place === at);
    Object.assign(row.dataset, { at: place, kind: item.kind });
    const part = (tag, className, textContent) => Object.assign(document.createElement(tag), { className, textContent, dir: "auto" });
    row.append(part("span", "meta palette__kind", word(`palette-${item.kind}`)), part("span", "cut grow", item.title));
    if (item.hint) row.append(part("span", "meta cut", item.hint));
    if (item.key) row.append(part("kbd", "kbd", item.key));
    return row;
  }));
  input().setAttribute("aria-activedescendant", shown.length ? `palette-${at}` : "");
  list().children[at]?.scrollIntoView({ block: "nearest" });
}

function pressed(event) {
  event.stopPropagation(); // these are no keys of the desk
  if (event.isComposing) return;
  const moves = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: shown.length - 1, PageUp: 0 };
  if (event.key in moves && shown.length) at = (moves[event.key] + shown.length) % shown.length;
  else if (event.key === "Enter") { event.preventDefault(); return run(shown[at]); }
  else if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); return dialog.close(); }
  else return;
  event.preventDefault();
  draw();
}

function run(item) {
  if (!item) return;
  dialog.close(); // the focus returns to where it was, then the act moves it
  item.run();
}
