// The list of conversations: rows come as frames, keyed by id, ordered by last activity. Rows never move under
// the pointer or the focus: their content changes in place, moves wait behind a pill.
import { count } from "./counts.js";
import { on } from "./live.js";
import { parse } from "./fragments.js";
import { word } from "./words.js";

const FOUND = ["mentions", "participating", "unattended", "view", "notifications"];
const waiting = new Map(); // id -> frame, held back while the list is pointed at or focused
const mine = new Set(); // ids of what I have just changed myself: those rows go at once

const list = () => document.getElementById("list");
const rows = () => document.getElementById("rows");
const held = () => list().querySelector(".list__scroll").matches(":hover, :focus-within");
const selected = () => document.getElementById("pane")?.dataset.conversation;

export function start() {
  on("conversation.row", (frame) => rows() && take(frame));
  on("counts.changed", count);
  document.addEventListener("desk:changed", ({ detail }) => changed(Number(detail.conversation)));
  on("reset", count);
  document.addEventListener("pointerout", () => requestAnimationFrame(flushIfFree));
  document.addEventListener("focusout", () => requestAnimationFrame(flushIfFree));
  document.addEventListener("click", (event) => event.target.closest("#list-pill") && flush());
  document.addEventListener("htmx:after:swap", () => { dropDoubles(); mark(); });
  mark();
}

/** Highlight the open conversation's row and point every row at the list's own state. */
export function mark() {
  if (!rows()) return;
  for (const row of rows().querySelectorAll(".row")) dress(row);
  document.dispatchEvent(new CustomEvent("desk:rows"));
}

function dress(row) {
  const link = row.querySelector(".row__link");
  const on = row.dataset.id === selected();
  row.toggleAttribute("data-selected", on);
  if (on) link.setAttribute("aria-current", "true");
  else link.removeAttribute("aria-current");
  const href = `${list().dataset.base}/conversations/${row.dataset.id}${list().dataset.query}`;
  if (link.getAttribute("href") !== href) link.setAttribute("href", href);
}

function changed(id) {
  if (waiting.has(id)) apply(waiting.get(id));
  else mine.add(id);
  waiting.delete(id);
  pill();
}

function take(frame) {
  flushIfFree(); // what waited came before
  if (mine.delete(frame.id)) return apply(frame);
  const old = document.getElementById(`row-${frame.id}`);
  if (!held() || (!old && !belongs(frame))) return apply(frame);
  if (old) replace(old, parse(frame.html).firstElementChild);
  if (old && belongs(frame) && inPlace(old)) return;
  waiting.set(frame.id, frame);
  pill();
}

function apply(frame) {
  const old = document.getElementById(`row-${frame.id}`);
  if (!belongs(frame)) return old && leave(old);
  const row = parse(frame.html).querySelector(".row");
  if (old) replace(old, row);
  const shown = old ?? row;
  dress(shown);
  if (!inPlace(shown)) move(shown);
  document.getElementById("list-empty")?.remove();
}

/** Does this conversation belong in the list as it is filtered now? */
function belongs({ id, data, html }) {
  const { status, tab, kind, key } = list().dataset;
  if (status !== "all" && data.status !== status) return false;
  // What is being read stays until the list is asked for again.
  if ("unreadOnly" in list().dataset && !data.unread_count && !document.getElementById(`row-${id}`)) return false;
  if (tab === "me" && data.assignee_id !== Number(document.body.dataset.user)) return false;
  if (tab === "unassigned" && data.assignee_id != null) return false;
  if (kind === "inbox") return data.inbox_id === Number(key);
  if (kind === "team") return data.team_id === Number(key);
  if (FOUND.includes(kind)) return !!document.getElementById(`row-${id}`); // only the server knows what else belongs
  if (kind === "label") return JSON.parse(parse(html).querySelector(".row").dataset.labels).includes(key);
  return true;
}

/** New content, same element: focus, hover and place survive. */
function replace(old, row) {
  const focused = old.contains(document.activeElement);
  for (const name of old.getAttributeNames()) if (name.startsWith("data-") && !row.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of row.attributes) old.setAttribute(name, value);
  old.replaceChildren(...row.childNodes);
  dress(old);
  document.dispatchEvent(new CustomEvent("desk:rows"));
  if (focused) old.querySelector("a").focus({ preventScroll: true });
}

const sort = (row) => Number(row.dataset.sort);

function inPlace(row) {
  if (list().dataset.order !== "latest") return row.isConnected;
  const { previousElementSibling: above, nextElementSibling: under } = row;
  return row.isConnected && !(above?.matches(".row") && sort(above) < sort(row)) && !(under?.matches(".row") && sort(under) > sort(row));
}

function move(row) {
  const others = [...rows().querySelectorAll(".row")].filter((other) => other !== row);
  const next = list().dataset.order === "latest" ? others.find((other) => sort(other) < sort(row)) : others[0];
  if (next) next.before(row);
  else if (!document.getElementById("more")) rows().append(row);
  else row.remove(); // beyond the loaded pages: it comes with its page
}

function leave(row) {
  const neighbour = (row.nextElementSibling ?? row.previousElementSibling)?.querySelector("a");
  if (row.contains(document.activeElement)) neighbour?.focus();
  row.dataset.leaving = "";
  setTimeout(() => row.remove(), 300);
}

function flushIfFree() {
  if (waiting.size && list() && !held()) flush();
}

function flush() {
  const frames = [...waiting.values()];
  waiting.clear();
  pill();
  frames.forEach(apply);
}

function pill() {
  const element = document.getElementById("list-pill");
  element.hidden = waiting.size === 0;
  element.textContent = word("updates", { n: waiting.size });
}

function dropDoubles() {
  const seen = new Set();
  for (const row of rows()?.querySelectorAll(".row") ?? []) seen.has(row.id) ? row.remove() : seen.add(row.id);
}
