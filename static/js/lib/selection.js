// Several conversations at once: x ticks, Shift with j and k or a click extends, a click on a face ticks; the bar does the
// same to all of them, and Undo brings back to each what it had.
import { send } from "./change.js";
import { choices } from "./choices.js";
import { walk } from "./steps.js";
import { toast, word } from "./words.js";

const MOST = 100;
const chosen = new Set(); // ids as text
let last = null; // the row that was ticked last: Shift and a click reach from there

const bar = () => document.getElementById("bulk");
const rows = () => [...document.querySelectorAll("#rows .row")];

export function start() {
  document.addEventListener("click", clicked, true);
  document.addEventListener("click", ({ target }) => { const control = target.closest?.("[data-bulk]"); if (control) run(control.dataset.bulk); });
  document.addEventListener("toggle", ({ target }) => target.matches?.("#bulk .menu[open]") && fill(target), true);
  document.addEventListener("desk:rows", arrange);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && chosen.size && event.target.closest?.("#list")) clear(); });
}

/** Before the row opens: Shift takes all from the last one to this, the face takes this one. */
function clicked(event) {
  const link = bar() && event.target.closest?.("#rows .row__link");
  const face = event.target.closest?.(".avatar");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.altKey || !(event.shiftKey || face)) return;
  event.preventDefault();
  event.stopPropagation();
  const all = rows();
  const [from, to] = [all.findIndex(({ id }) => id === last), all.indexOf(link.closest(".row"))].sort((one, other) => one - other);
  if (event.shiftKey && from >= 0) all.slice(from, to + 1).forEach((row) => select(row.firstElementChild, { on: true }));
  else select(link);
}

export function select(link, { on = null } = {}) {
  const row = link?.closest(".row");
  if (!row) return false;
  const { id } = row.dataset;
  if (on ?? !chosen.has(id)) { if (chosen.size < MOST) chosen.add(id); } else chosen.delete(id);
  last = row.id;
  arrange();
  return true;
}

export function extend(by) {
  select(document.activeElement?.closest?.(".row__link"), { on: true });
  return select(walk(by, { open: false }), { on: true });
}

function clear() {
  chosen.clear();
  arrange();
}

function arrange() {
  for (const row of rows()) {
    row.toggleAttribute("data-chosen", chosen.has(row.dataset.id));
    row.querySelector(".row__chosen")?.toggleAttribute("hidden", !chosen.has(row.dataset.id));
  }
  if (!bar()) return;
  bar().hidden = !chosen.size;
  bar().querySelector("[data-number]").textContent = word("chosen", { n: chosen.size });
}

/** People, teams and labels, once the menu is opened. */
async function fill(menu) {
  const known = await choices();
  const place = menu.querySelector("[data-bulk-choices]");
  if (!known || place.childElementCount) return;
  for (const [kind, title, entries] of [
    ["assignee", word("choose-assignee"), known.people.map(({ id, name }) => [id, name])],
    ["team", word("choose-team"), known.teams.map(({ id, name }) => [id, name])],
    ["labels", word("choose-labels"), known.labels.map((label) => [label.title, label.title])],
  ]) {
    if (entries.length) place.append(Object.assign(document.createElement("p"), { className: "menu__label", textContent: title }));
    for (const [value, name] of entries) {
      const item = Object.assign(document.createElement("button"), { type: "button", className: "menu__item", textContent: name });
      item.dataset.bulk = `${kind}:${value}`;
      place.append(item);
    }
  }
}

/** What a change sends, and what brings back what the row showed before. */
const acts = {
  status: (value) => [{ status: value }, ({ status }) => ({ status })],
  snooze: (value) => [{ snooze: value }, ({ status }) => ({ status })],
  assignee: (value) => [{ assignee: value === "me" ? document.body.dataset.user : value }, ({ assignee }) => ({ assignee })],
  team: (value) => [{ team: value }, ({ team }) => ({ team })],
  labels: (value) => [{ add: value }, ({ labels }) => (JSON.parse(labels).includes(value) ? null : { remove: value })],
};

async function run(name) {
  if (name === "clear") return clear();
  const [act, value] = [name.slice(0, name.indexOf(":")), name.slice(name.indexOf(":") + 1)];
  const [values, before] = acts[act](value);
  const kind = act === "snooze" ? "status" : act;
  const ids = [...chosen];
  const back = new Map(rows().filter(({ dataset }) => chosen.has(dataset.id)).map(({ dataset }) => [dataset.id, before(dataset)]));
  clear();
  bar().querySelector(".menu").open = false;
  document.getElementById("list-title").focus();
  const done = await all(ids, kind, () => values);
  if (done.length < ids.length) toast(word("bulk-failed", { n: ids.length - done.length }), { kind: "error" });
  if (done.length) toast(word("bulk-done", { n: done.length }), { action: { name: word("undo"), run: () => all(done.filter((id) => back.get(id)), kind, (id) => back.get(id)), key: "z" } });
}

/** Ids of those that were changed; three at a time, so that the server is not flooded by one agent. */
async function all(ids, kind, values) {
  const done = [];
  const queue = [...ids];
  const worker = async () => { for (let id; (id = queue.shift()); ) if ((await send(id, kind, { ...values(id) }))?.ok) done.push(id); };
  await Promise.all([worker(), worker(), worker()]);
  return done;
}
