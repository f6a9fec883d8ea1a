// Several conversations at once: x ticks, Shift with j and k extends; the bar does the same to all of them.
import { send } from "./change.js";
import { walk } from "./steps.js";
import { toast, word } from "./words.js";

const MOST = 100;
const chosen = new Set(); // ids as text

const bar = () => document.getElementById("bulk");

export function start() {
  document.addEventListener("click", ({ target }) => { const control = target.closest?.("[data-bulk]"); if (control) run(control.dataset.bulk); });
  document.addEventListener("desk:rows", arrange);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && chosen.size && event.target.closest?.("#list")) clear(); });
}

export function select(link, { on = null } = {}) {
  const row = link?.closest(".row");
  if (!row) return false;
  const { id } = row.dataset;
  if (on ?? !chosen.has(id)) { if (chosen.size < MOST) chosen.add(id); } else chosen.delete(id);
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
  for (const row of document.querySelectorAll("#rows .row")) {
    row.toggleAttribute("data-chosen", chosen.has(row.dataset.id));
    row.querySelector(".row__chosen")?.toggleAttribute("hidden", !chosen.has(row.dataset.id));
  }
  if (!bar()) return;
  bar().hidden = !chosen.size;
  bar().querySelector("[data-number]").textContent = word("chosen", { n: chosen.size });
}

const acts = {
  resolve: ["status", { status: "resolved" }, { status: "open" }],
  mine: ["assignee", () => ({ assignee: document.body.dataset.user }), { assignee: "" }],
  open: ["status", { status: "open" }, { status: "resolved" }],
};

async function run(name) {
  if (name === "clear") return clear();
  const [kind, values, back] = acts[name];
  const ids = [...chosen];
  clear();
  document.getElementById("list-title").focus();
  const done = await all(ids, kind, typeof values === "function" ? values() : values);
  if (done.length < ids.length) toast(word("bulk-failed", { n: ids.length - done.length }), { kind: "error" });
  if (done.length) toast(word("bulk-done", { n: done.length }), { action: { name: word("undo"), run: () => all(done, kind, back) } });
}

/** Ids of those that were changed; three at a time, so that the server is not flooded by one agent. */
async function all(ids, kind, values) {
  const done = [];
  const queue = [...ids];
  const worker = async () => { for (let id; (id = queue.shift()); ) if ((await send(id, kind, { ...values }))?.ok) done.push(id); };
  await Promise.all([worker(), worker(), worker()]);
  return done;
}
