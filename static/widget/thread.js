// The thread: what is shown, in which order, and where the reader stands. The server's messages are ordered by id and
// known by id or echo_id; those in the outbox follow in the order of writing.
import { sayCount } from "./look.js";
import { make } from "./nodes.js";
import { makeRow, moveProgress, paintBody, paintState, prepare, recordOf, recordOfItem, tidy } from "./rows.js";

const NEAR_END = 100;
const NEAR_TOP = 600;
const byId = new Map();
const byEcho = new Map();
let scroller, log, jump, act, fallbackName, needOlder;
let stuck = true;
let below = 0;

export function openThread(parts, options) {
  ({ scroller, log, jump } = parts);
  ({ act, fallbackName, needOlder } = options);
  scroller.addEventListener("scroll", scrolled, { passive: true });
  jump.addEventListener("click", toEnd);
  // Pictures, the keyboard of a phone, a larger font: whoever reads the end stays at the end.
  const observer = new ResizeObserver(() => stuck && toEnd());
  observer.observe(scroller);
  observer.observe(log);
}

function scrolled() {
  stuck = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_END;
  if (stuck) count(0);
  if (nearTop()) needOlder();
}

export const conversation = () => byId.get(lastId())?.record.conversation;

export const nearTop = () => scroller.scrollTop < NEAR_TOP;

export const isEmpty = () => !byId.size && !byEcho.size;

export const atEnd = () => stuck;

export function toEnd() {
  stuck = true;
  scroller.scrollTop = scroller.scrollHeight;
  count(0);
}

function count(n) {
  below = n;
  jump.hidden = !n;
  if (n) jump.querySelector("span").textContent = sayCount("new", n);
}

export const records = () => [...byId.values()].map((row) => row.record);

// 0 while there is none.
export const firstId = () => byId.size && Math.min(...byId.keys());

export const lastId = () => Math.max(0, ...byId.keys());

let agentSawAt = 0;

const seen = ({ mine, at, state }) => mine && state === "sent" && at <= agentSawAt;

// seconds: an agent has read what was written until then.
export function agentSaw(seconds) {
  agentSawAt = Math.max(agentSawAt, seconds * 1000);
  for (const row of byId.values()) {
    if (!seen(row.record)) continue;
    row.record.state = "seen";
    paintState(row);
  }
}

function recorded(message) {
  const record = recordOf(message, fallbackName);
  if (seen(record)) record.state = "seen";
  return record;
}

// Resolves when the messages can be painted as they are meant.
export const ready = (messages) => prepare(messages.map((message) => recordOf(message, fallbackName)));

export function add(message) {
  const record = recorded(message);
  if (byId.has(record.id)) return revise(byId.get(record.id), record);
  const pending = record.echo && byEcho.get(record.echo);
  if (pending) return confirm(pending, record);
  const row = makeRow(record, act);
  byId.set(record.id, row);
  place(row);
  if (stuck) toEnd();
  else if (!record.mine) count(below + 1);
}

function revise(row, record) {
  const shown = ({ text, kind, asks, attachments }) => JSON.stringify([text, kind, asks, attachments.length]);
  const changed = shown(row.record) !== shown(record);
  Object.assign(row.record, record);
  if (changed) paintBody(row);
  // The socket may bring our own message before the answer to its sending does.
  dropItem({ echo_id: record.echo });
}

// The bubble the visitor wrote stays the same node, so that it is not read out twice.
function confirm(row, record) {
  const repaint = row.record.text !== record.text || record.attachments.length > 0;
  byEcho.delete(record.echo);
  Object.assign(row.record, record, { item: null, progress: null, note: null });
  byId.set(record.id, row);
  place(row);
  if (repaint) paintBody(row);
  paintState(row);
}

export function accepted(echo, message) {
  add({ ...message, message_type: 0, echo_id: echo });
}

function place(row) {
  const around = [row.previousElementSibling, row.nextElementSibling];
  const next = follower(row);
  // Moving a node that is in its place already would be read out again and would lose the focus in it.
  if (row.parentNode !== log || around[1] !== next) log.insertBefore(row, next);
  [...around, row, row.nextElementSibling].forEach(tidy);
}

function follower(row) {
  const { id, item } = row.record;
  let next = null;
  for (let each = log.lastElementChild; each; each = each.previousElementSibling) {
    if (each === row) continue;
    const other = each.record;
    const later = id ? !other.id || other.id > id : !other.id && other.item.order > item.order;
    if (!later) break;
    next = each;
  }
  return next;
}

export function addItem(item) {
  const record = recordOfItem(item);
  const row = makeRow(record, act);
  byEcho.set(record.echo, row);
  place(row);
  toEnd();
}

export function itemState(item, state, detail) {
  const row = byEcho.get(item.echo_id);
  if (!row) return;
  const { record } = row;
  const moving = state === "sending" && record.state === "sending" && detail != null;
  Object.assign(record, { item, state, at: item.written, note: item.failed ?? detail });
  record.progress = state === "sending" ? detail : null;
  if (moving) return moveProgress(row, detail);
  place(row);
  paintState(row);
}

export function dropItem(item) {
  const row = byEcho.get(item.echo_id);
  if (!row) return;
  byEcho.delete(item.echo_id);
  const around = [row.previousElementSibling, row.nextElementSibling];
  row.remove();
  around.forEach(tidy);
}

// Changes what stands above without moving what is read.
export function keepingPlace(change) {
  const height = scroller.scrollHeight - scroller.scrollTop;
  change();
  scroller.scrollTop = stuck ? scroller.scrollHeight : scroller.scrollHeight - height;
}

// A busy log is not read out: for history.
export function quietly(change) {
  log.ariaBusy = true;
  change();
  requestAnimationFrame(() => (log.ariaBusy = null));
}

export function addOlder(messages) {
  const fresh = messages.filter(({ id }) => !byId.has(id));
  const rows = fresh.map((message) => makeRow(recorded(message), act));
  for (const row of rows) byId.set(row.record.id, row);
  const first = log.firstElementChild;
  keepingPlace(() => {
    log.prepend(...rows);
    [...rows, first].forEach(tidy);
  });
}

export function clearThread() {
  for (const row of byId.values()) row.remove();
  byId.clear();
  [...log.children].forEach(tidy);
}

export function clearItems() {
  for (const row of byEcho.values()) row.remove();
  byEcho.clear();
}

export function typingLine(node, name) {
  node.replaceChildren(...(name ? [make("span", "dots", make("i"), make("i"), make("i")), name] : []));
  if (stuck) toEnd();
}
