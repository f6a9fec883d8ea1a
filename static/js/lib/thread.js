// The open thread: insert by id, dedupe by id and echo_id, mark mine, groups and days, stay at the end if there.
import { get } from "./fragments.js";
import { arrange as mark, line } from "./marks.js";
import { lookUp } from "./older.js";
import { word } from "./words.js";

const NEAR = 100; // px from the end that still count as "at the end"
const LONGEST = 300; // messages kept in the page
const STRETCH = 30; // messages in one answer of the server
let [below, stuck] = [0, true]; // how many arrived out of sight; at the end when last looked

export const inner = () => document.getElementById("thread");
const scroller = () => document.getElementById("thread-scroll");
const bubbles = () => [...inner().querySelectorAll(".bubble[data-id]")];
export const openId = () => document.getElementById("pane")?.dataset.conversation ?? null;
export const lastId = () => bubbles().reduce((last, bubble) => Math.max(last, Number(bubble.dataset.id)), 0);
export const atEnd = () => scroller().scrollHeight - scroller().scrollTop - scroller().clientHeight < NEAR;

/** Show what was just opened: at the first unread message, else exactly at the end. */
export function opened() {
  if (!inner()) return;
  below = 0;
  const unread = firstUnread();
  arrange();
  const first = unread && line("thread__new", word("new"));
  if (first) unread.before(first);
  toEnd();
  const wanted = new URLSearchParams(location.search).get("messageId");
  const linked = wanted && document.getElementById(`message-${wanted}`);
  if (linked) point(linked);
  else if (first && first.offsetTop - inner().offsetTop < scroller().scrollTop) first.scrollIntoView({ block: "start" });
  scroller().addEventListener("scroll", scrolled, { passive: true });
  // A picture without known size grows when it arrives: whoever was at the end stays there.
  inner().addEventListener("load", () => stuck && toEnd(), { capture: true });
  lookUp();
}

/** A quarter below the top, marked for two seconds. */
function point(bubble) {
  bubble.removeAttribute("data-folded");
  const top = bubble.getBoundingClientRect().top - scroller().getBoundingClientRect().top;
  scroller().scrollTop += top - scroller().clientHeight / 4;
  stuck = atEnd();
  bubble.dataset.highlight = "";
  setTimeout(() => delete bubble.dataset.highlight, 2_000);
}

function firstUnread() {
  const seen = Number(inner().dataset.seen);
  return seen ? bubbles().find((bubble) => bubble.dataset.kind === "in" && Number(bubble.dataset.at) > seen) ?? null : null;
}

/** Put one bubble where it belongs; the same id or echo_id replaces instead of doubling. */
export function upsert(bubble, { own = false } = {}) {
  const stay = own || atEnd();
  const known = find(bubble);
  if (known) known.replaceWith(bubble);
  else place(bubble);
  arrange();
  if (stay) (trim(), toEnd());
  else if (!known) pill(++below);
}

function find({ dataset: { id, echo } }) {
  return (id && document.getElementById(`message-${id}`)) || (echo && inner().querySelector(`[data-echo="${CSS.escape(echo)}"]`)) || null;
}

function place(bubble) {
  const id = Number(bubble.dataset.id);
  if (!id) return inner().append(bubble); // just written here: last, until the server gives it an id
  const all = bubbles();
  const before = all.findLast((other) => Number(other.dataset.id) < id);
  if (before) before.after(bubble);
  else if (!all.length) inner().prepend(bubble);
  else if (!inner().querySelector("[data-older]")) all[0].before(bubble); // else it comes with its stretch
}

export const arrange = () => mark(inner());

export function toEnd() {
  scroller().scrollTop = scroller().scrollHeight;
  pill((below = 0));
  stuck = true;
}

function scrolled() {
  stuck = atEnd();
  pill(stuck ? (below = 0) : below);
  lookUp();
}

function pill(count) {
  const jump = document.getElementById("jump");
  jump.hidden = atEnd();
  jump.lastElementChild.textContent = count ? word("new-messages", { n: count }) : word("latest");
}

/** What arrived between painting the page and joining the stream, or while away. */
export async function catchUp() {
  const shown = inner();
  const answer = shown && (await get(`${shown.dataset.url}?after=${lastId()}`));
  if (!answer || inner() !== shown) return;
  const missed = [...answer.querySelectorAll(".bubble")];
  missed.forEach((bubble) => upsert(bubble));
  if (missed.length >= STRETCH) await catchUp();
}

/** The newest stretch as the server has it now. More missed than it holds: it becomes the thread. */
export function merge(fresh) {
  const stay = atEnd();
  const first = Number(fresh.querySelector(".bubble[data-id]")?.dataset.id ?? 0);
  if (first > lastId() && lastId()) inner().replaceChildren(...fresh.childNodes, ...inner().querySelectorAll("[data-pending]"));
  else for (const bubble of [...fresh.querySelectorAll(".bubble")]) (find(bubble)?.replaceWith(bubble), bubble.isConnected || place(bubble));
  arrange();
  if (stay) toEnd();
}

function trim() {
  const all = bubbles();
  const link = inner().querySelector("[data-older]");
  if (!link || all.length <= LONGEST) return;
  const kept = all[all.length - LONGEST];
  all.slice(0, -LONGEST).forEach((bubble) => bubble.remove());
  link.dataset.older = `${inner().dataset.url}?before=${kept.dataset.id}`;
}
