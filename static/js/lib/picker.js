// Choosing by typing: a combobox over a list, below what opened it; a choice closes it. Arrows, Home, End, Enter;
// Esc gives the focus back.
import { change, head, undone } from "./change.js";
import { choices } from "./choices.js";
import { openId } from "./thread.js";
import { announce, word } from "./words.js";

let open = null; // {trigger, box, input, list, items, kind, shown, at}

export async function toggle(trigger) {
  if (open?.trigger === trigger) return close();
  close();
  const kind = trigger.dataset.picker;
  const known = await choices();
  if (!trigger.isConnected) trigger = head()?.querySelector(`[data-picker="${kind}"]`); // replaced meanwhile
  if (!known || !trigger) return;
  open = { ...build(kind), trigger, kind, items: kinds[kind](known), known, at: 0, before: labels() };
  trigger.setAttribute("aria-expanded", "true");
  trigger.after(open.box);
  filter();
  open.input.focus();
}

export function close({ focus = false } = {}) {
  if (!open) return;
  const { trigger, box } = open;
  open = null;
  box.remove();
  trigger.setAttribute("aria-expanded", "false");
  if (focus) (trigger.isConnected ? trigger : head().querySelector(`[data-picker="${trigger.dataset.picker}"]`))?.focus();
  document.dispatchEvent(new CustomEvent("desk:picked"));
}

function build(kind) {
  const box = document.createElement("div");
  box.className = "menu__sheet menu__sheet--start picker__sheet";
  const input = Object.assign(document.createElement("input"), { className: "input picker__input", type: "text", autocomplete: "off", placeholder: word(`choose-${kind}`) });
  const list = Object.assign(document.createElement("ul"), { className: "picker__list", id: "picker-list" });
  const set = (element, values) => Object.entries(values).forEach(([name, value]) => element.setAttribute(name, value));
  set(input, { role: "combobox", "aria-expanded": "true", "aria-controls": "picker-list", "aria-autocomplete": "list", "aria-label": word(`choose-${kind}`), spellcheck: "false" });
  set(list, { role: "listbox", "aria-label": word(`choose-${kind}`), ...(kind === "labels" ? { "aria-multiselectable": "true" } : {}) });
  box.append(input, list);
  input.addEventListener("input", filter);
  box.addEventListener("keydown", pressed);
  list.addEventListener("mousedown", (event) => event.preventDefault()); // the input keeps the focus
  list.addEventListener("click", (event) => { const item = event.target.closest("li"); if (item) pick(open.shown[Number(item.dataset.at)]); });
  box.addEventListener("focusout", ({ relatedTarget }) => { if (open && relatedTarget && !box.contains(relatedTarget) && relatedTarget !== open.trigger) close(); });
  return { box, input, list };
}

const labels = () => [...head().querySelectorAll("[data-label]")].map((chip) => chip.dataset.label);
const on = (name, value) => head().dataset[name] === String(value);

const kinds = {
  assignee: ({ people }) => {
    const me = people.find(({ id }) => mine(id));
    const order = [me, ...people.filter((one) => one !== me)].filter(Boolean);
    return [...order.map(({ id, name, availability }) => ({ value: id, title: name, hint: mine(id) ? word("me") : "", availability, on: on("assignee", id) })), { value: "", title: word("nobody"), on: on("assignee", "") }];
  },
  team: ({ teams }) => [...teams.map(({ id, name }) => ({ value: id, title: name, on: on("team", id) })), { value: "", title: word("no-team"), on: on("team", "") }],
  priority: () => ["urgent", "high", "medium", "low", ""].map((value) => ({ value, title: word(value ? `priority-${value}` : "no-priority"), on: on("priority", value) })),
  labels: (known) => {
    const titles = [...new Set([...labels(), ...known.labels.map(({ title }) => title)])];
    return titles.map((title) => ({ value: title, title, hint: known.labels.find((one) => one.title === title)?.description ?? "", on: labels().includes(title) }));
  },
};
const mine = (id) => String(id) === document.body.dataset.user;

const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

function filter() {
  const wanted = fold(open.input.value.trim());
  open.shown = open.items.filter(({ title }) => fold(title).includes(wanted));
  const exact = open.items.some(({ title }) => fold(title) === wanted);
  if (open.kind === "labels" && wanted && !exact && open.known.may_create_labels) open.shown.push({ value: open.input.value.trim(), title: word("create", { name: open.input.value.trim() }), fresh: true });
  open.at = Math.max(0, wanted ? 0 : open.shown.findIndex((item) => item.on));
  draw();
  if (!open.shown.length) announce(word("nothing-found"));
}

function draw() {
  open.list.replaceChildren(...open.shown.map((item, at) => {
    const row = Object.assign(document.createElement("li"), { className: "menu__item", id: `picker-${at}` });
    row.setAttribute("role", "option");
    row.setAttribute("aria-selected", String(!!item.on));
    row.toggleAttribute("data-at-it", at === open.at);
    row.dataset.at = at;
    if (item.availability) row.append(Object.assign(document.createElement("i"), { className: `dot dot--${item.availability}` }));
    row.append(Object.assign(document.createElement("span"), { className: "cut grow", textContent: item.title }));
    if (item.hint) row.append(Object.assign(document.createElement("span"), { className: "meta cut", textContent: item.hint }));
    return row;
  }), ...(open.shown.length ? [] : [Object.assign(document.createElement("li"), { className: "menu__label", textContent: word("nothing-found") })]));
  open.input.setAttribute("aria-activedescendant", open.shown.length ? `picker-${open.at}` : "");
  open.list.children[open.at]?.scrollIntoView({ block: "nearest" });
}

function pressed(event) {
  if (event.isComposing) return;
  const moves = { ArrowDown: open.at + 1, ArrowUp: open.at - 1, Home: 0, End: open.shown.length - 1 };
  if (event.key in moves && open.shown.length) open.at = (moves[event.key] + open.shown.length) % open.shown.length;
  else if (event.key === "Enter") pick(open.shown[open.at]);
  else if (event.key === "Escape") { event.stopPropagation(); close({ focus: true }); }
  else return;
  event.preventDefault();
  if (open) draw();
}

function pick(item) {
  if (!item) return;
  if (open.kind === "labels") return tick(item);
  const { kind } = open;
  close({ focus: true });
  const paint = () => {
    head().querySelector(`[data-picker="${kind}"] [data-value]`).textContent = item.title;
    head().dataset[kind] = item.value;
  };
  change(kind, { [kind]: item.value }, { paint });
}

/** A label comes or goes at once; Undo brings back what was there when the list was opened. */
function tick(item) {
  const title = item.value;
  const had = labels().includes(title);
  const conversation = openId();
  close({ focus: true });
  change("labels", had ? { remove: title } : { add: title }, {
    paint: () => paintLabel(title, had),
    undo: { said: word(had ? "now-unlabelled" : "now-labelled", { name: title }), run: () => undone(conversation, "labels", had ? { add: title } : { remove: title }) },
  });
}

function paintLabel(title, had) {
  const place = head().querySelector('[data-picker="labels"] [data-value]');
  if (had) return place.querySelector(`[data-label="${CSS.escape(title)}"]`)?.remove();
  if (!labels().length) place.replaceChildren();
  const chip = Object.assign(document.createElement("span"), { className: "chip cut", textContent: title });
  chip.dataset.label = title;
  place.append(chip);
}
