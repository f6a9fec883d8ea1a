// Joined from app.js and lib/*.js by .ci/join_scripts.py: change those.
const _words = (() => {
// What the page says: sentences (translated by the server, in <template id="words">), toasts, announcements, and
// times in the reader's own zone and language.
const words = new Map();

function word(name, values = {}) {
  if (!words.size) {
    for (const item of document.getElementById("words").content.querySelectorAll("[data-word]")) {
      words.set(item.dataset.word, item.textContent);
    }
  }
  return (words.get(name) ?? name).replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
}

/** Read out by a screen reader, seen by nobody. */
function announce(text, { now = false } = {}) {
  document.getElementById(now ? "assertive" : "polite").textContent = text;
}

/** At most three; an ordinary one leaves after 6 s unless pointed at, an error stays. Never takes focus. */
function toast(text, { kind = "info", action = null } = {}) {
  const place = document.getElementById("toasts");
  const box = document.createElement("div");
  box.className = "toast";
  box.dataset.kind = kind;
  box.append(Object.assign(document.createElement("span"), { textContent: text }));
  if (action) {
    const press = button(action.key ? `${action.name} (${action.key})` : action.name, () => { box.remove(); action.run(); });
    press.dataset.undo = "";
    box.append(press);
  }
  box.append(button("×", () => box.remove(), word("close"), "toast__close"));
  place.append(box);
  while (place.children.length > 3) place.firstElementChild.remove();
  announce(text, { now: kind === "error" });
  if (kind !== "error") leaveLater(box);
}

function button(text, run, label = null, className = "link-button") {
  const element = document.createElement("button");
  Object.assign(element, { type: "button", textContent: text, className });
  if (label) element.setAttribute("aria-label", label);
  element.addEventListener("click", run);
  return element;
}

function leaveLater(box) {
  const leave = () => (box.matches(":hover, :focus-within") ? setTimeout(leave, 2000) : box.remove());
  setTimeout(leave, 6000);
}

/** The words for a refused or failed request: `answer` is a Response, or null when nothing came back. */
async function reason(answer) {
  if (!answer) return { code: "unreachable", message: word("unreachable") };
  const codes = { 400: "invalid", 401: "signed-out", 403: "forbidden", 404: "gone", 409: "conflict", 413: "too-large", 422: "invalid", 429: "too-many", 503: "restarting" };
  const code = codes[answer.status] ?? "broken";
  const wait = Number(answer.headers.get("Retry-After")) || 5;
  let said = null;
  if ((answer.headers.get("Content-Type") ?? "").includes("json")) said = await answer.json().catch(() => null);
  const general = word(code, { n: wait });
  const detail = code === "invalid" || code === "too-large" ? said?.message : null;
  return { code, wait, message: detail || general, status: answer.status };
}

// --- times ---
const language = document.documentElement.lang || undefined;
const formats = {
  clock: new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit" }),
  full: new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }),
  short: new Intl.DateTimeFormat(language, { day: "numeric", month: "short" }),
  year: new Intl.DateTimeFormat(language, { year: "numeric", month: "short", day: "numeric" }),
  weekday: new Intl.DateTimeFormat(language, { weekday: "long", day: "numeric", month: "long" }),
};
const ago = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "narrow" });
const nearDay = new Intl.RelativeTimeFormat(language, { numeric: "auto" });

/** "now", "5 min ago", "09:12", "4 Mar", "4 Mar 2024": the shortest that is still clear. */
function relative(at, now = new Date()) {
  const minutes = Math.round((now - at) / 60000);
  if (minutes < 1) return ago.format(0, "second");
  if (minutes < 60) return ago.format(-minutes, "minute");
  if (daysBetween(at, now) === 0) return formats.clock.format(at);
  return (at.getFullYear() === now.getFullYear() ? formats.short : formats.year).format(at);
}

/** "today", "yesterday", "Tuesday, 4 March". */
function dayName(at, now = new Date()) {
  const days = daysBetween(at, now);
  if (days <= 1) return nearDay.format(-days, "day");
  return (at.getFullYear() === now.getFullYear() ? formats.weekday : formats.year).format(at);
}

function daysBetween(earlier, later) {
  const start = (date) => Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
  return Math.round((start(later) - start(earlier)) / 86400000);
}

function clockIn(timeZone, at) {
  try {
    return new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", timeZone }).format(at);
  } catch {
    return "";
  }
}

class LocalTime extends HTMLElement {
  connectedCallback() {
    this.show();
  }

  show() {
    const time = this.querySelector("time");
    if (!time) return;
    const at = "now" in this.dataset ? new Date() : new Date(time.dateTime);
    if (this.dataset.zone) return void (time.textContent = clockIn(this.dataset.zone, at));
    const text = this.dataset.style === "relative" ? relative(at) : formats[this.dataset.style]?.format(at) ?? formats.full.format(at);
    if (time.textContent !== text) time.textContent = text;
    time.title = formats.full.format(at);
  }
}
customElements.define("local-time", LocalTime);
setInterval(() => {
  if (!document.hidden) document.querySelectorAll('local-time:is([data-style="relative"], [data-now])').forEach((element) => element.show());
}, 30000);
return { word, announce, toast, button, reason, relative, dayName };
})();
const _fragments = (() => {
// Pieces of pages, as the server renders them.
const parse = (html) => Object.assign(document.createElement("template"), { innerHTML: html }).content;

/** An element as the server has it now. It is named as the source, too: from there the server learns which part. */
const reload = (element) => htmx.ajax("GET", element.dataset.url, { source: element, target: `#${element.id}`, swap: "outerMorph" });

/** What is there, parsed; null if it could not be had, for whatever reason. */
async function get(url) {
  const answer = await fetch(url, { headers: { "HX-Request": "true" } }).catch(() => null);
  return answer?.ok && !answer.redirected ? parse(await answer.text()) : null;
}
return { parse, reload, get };
})();
const _marks = (() => {
// What the client marks in a thread: mine, groups of one author, a line per day, bursts of activity folded.
const { dayName, word } = _words;

const GROUP = 180; // seconds between two messages of one author that still stand together
const BURST = 3; // lines of activity in a row that are still shown

const line = (className, text) => Object.assign(document.createElement("p"), { className, textContent: text });

/** Runs over everything; 300 bubbles take about a millisecond. */
function arrange(thread) {
  const me = `user:${document.body.dataset.user}`;
  thread.querySelectorAll(".thread__day").forEach((day) => day.remove());
  let last = null;
  const all = [...thread.querySelectorAll(".bubble")];
  for (const bubble of all) {
    const at = Number(bubble.dataset.at) || Date.now() / 1000;
    const date = new Date(at * 1000);
    const sameDay = last?.day === date.toDateString();
    if (!sameDay) bubble.before(line("thread__day", dayName(date)));
    const together = sameDay && last.kind === bubble.dataset.kind && last.sender === bubble.dataset.sender && at - last.at < GROUP;
    bubble.toggleAttribute("data-mine", bubble.dataset.sender === me);
    bubble.toggleAttribute("data-continued", together);
    bubble.removeAttribute("data-followed");
    last?.bubble.toggleAttribute("data-followed", together);
    last = { bubble, at, day: date.toDateString(), kind: bubble.dataset.kind, sender: bubble.dataset.sender };
  }
  fold(thread, all);
  oneStop(all);
}

/** More than three lines of activity in a row become one, that unfolds. What was unfolded stays so. */
function fold(thread, all) {
  const open = new Set([...thread.querySelectorAll('.thread__fold[aria-expanded="true"]')].map((button) => button.dataset.first));
  const focused = document.activeElement?.matches?.(".thread__fold") ? document.activeElement.dataset.first : "";
  thread.querySelectorAll(".thread__fold").forEach((button) => button.remove());
  let run = [];
  for (const bubble of [...all, null]) {
    if (bubble?.dataset.kind === "activity") { run.push(bubble); continue; }
    const folds = run.length > BURST;
    const shown = folds && open.has(run[0].id);
    run.forEach((one) => one.toggleAttribute("data-folded", folds && !shown));
    if (folds) run[0].before(button(run, shown));
    run = [];
  }
  if (focused) thread.querySelector(`.thread__fold[data-first="${focused}"]`)?.focus({ preventScroll: true });
}

function button(run, shown) {
  const element = Object.assign(document.createElement("button"), { type: "button", className: "thread__fold", textContent: word("changes", { n: run.length }) });
  element.dataset.first = run[0].id;
  element.setAttribute("aria-expanded", String(shown));
  element.addEventListener("click", () => {
    const now = element.getAttribute("aria-expanded") !== "true";
    element.setAttribute("aria-expanded", String(now));
    run.forEach((one) => one.toggleAttribute("data-folded", !now));
  });
  return element;
}

/** One stop for Tab in the whole thread; arrows go from message to message. */
function oneStop(all) {
  const buttons = all.map((bubble) => bubble.querySelector(".bubble__more")).filter(Boolean);
  buttons.forEach((one, at) => { one.tabIndex = at === buttons.length - 1 ? 0 : -1; });
}
return { line, arrange };
})();
const _older = (() => {
// What is older than the thread shows: a stretch before its oldest message, fetched while there is still some way up.
const { get } = _fragments;
const { arrange } = _marks;

const EARLY = 600; // px before the top
const AGAIN_AFTER = 3_000; // ms until what failed is tried again

const inner = () => document.getElementById("thread");
const scroller = () => document.getElementById("thread-scroll");

/** Near the top, or is there so little that the top is in sight? */
function lookUp() {
  if (inner() && scroller().scrollTop < EARLY) older();
}

/** Whoever waits up there scrolls no more: so what failed is asked for again by itself, and so is what a refresh has
 * put in the link's place meanwhile. */
async function older() {
  const shown = inner();
  const link = shown.querySelector("[data-older]");
  if (!link || link.ariaBusy) return;
  link.ariaBusy = "true";
  const answer = await get(link.dataset.older);
  link.ariaBusy = null;
  if (inner() !== shown) return; // another conversation by now
  if (!answer) return void setTimeout(lookUp, AGAIN_AFTER);
  if (link.isConnected) unfold(link, answer);
  lookUp();
}

/** The view stays where it was, to the pixel. */
function unfold(link, stretch) {
  inner().ariaBusy = "true"; // history is not news: the log stays silent
  const fromEnd = scroller().scrollHeight - scroller().scrollTop;
  link.parentElement.replaceWith(stretch);
  arrange(inner());
  scroller().scrollTop = scroller().scrollHeight - fromEnd;
  inner().ariaBusy = null;
}
return { lookUp };
})();
const _thread = (() => {
// The open thread: insert by id, dedupe by id and echo_id, mark mine, groups and days, stay at the end if there.
const { get } = _fragments;
const { arrange: mark, line } = _marks;
const { lookUp } = _older;
const { word } = _words;

const NEAR = 100; // px from the end that still count as "at the end"
const LONGEST = 300; // messages kept in the page
const STRETCH = 30; // messages in one answer of the server
let [below, stuck] = [0, true]; // how many arrived out of sight; at the end when last looked

const inner = () => document.getElementById("thread");
const scroller = () => document.getElementById("thread-scroll");
const bubbles = () => [...inner().querySelectorAll(".bubble[data-id]")];
const openId = () => document.getElementById("pane")?.dataset.conversation ?? null;
const lastId = () => bubbles().reduce((last, bubble) => Math.max(last, Number(bubble.dataset.id)), 0);
const atEnd = () => scroller().scrollHeight - scroller().scrollTop - scroller().clientHeight < NEAR;

/** Show what was just opened: at the first unread message, else exactly at the end. */
function opened() {
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
function upsert(bubble, { own = false } = {}) {
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

const arrange = () => mark(inner());

function toEnd() {
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
async function catchUp() {
  const shown = inner();
  const answer = shown && (await get(`${shown.dataset.url}?after=${lastId()}`));
  if (!answer || inner() !== shown) return;
  const missed = [...answer.querySelectorAll(".bubble")];
  missed.forEach((bubble) => upsert(bubble));
  if (missed.length >= STRETCH) await catchUp();
}

/** The newest stretch as the server has it now. More missed than it holds: it becomes the thread. */
function merge(fresh) {
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
return { inner, openId, lastId, atEnd, opened, upsert, arrange, toEnd, catchUp, merge };
})();
const _panes = (() => {
// Opening a conversation: fetched when the pointer rests or goes down on a row, shown from memory at once, then
// brought up to date by morph. Every open pane has a URL; without script the same links load the same page.
const { reason, toast, word } = _words;
const { parse } = _fragments;
const thread = _thread;

const KEPT = 30;
const FRESH = 2_000; // ms in which a fetched pane needs no second look
const panes = new Map(); // url -> {text: Promise<string|null>, at}
let hover = 0;
let wanted = "";

/** Something changed there: what is kept of it, or is on its way, is old. */
function forget(conversation) {
  for (const url of panes.keys()) if (new RegExp(`/conversations/${conversation}(?!\\d)`).test(url)) panes.delete(url);
}

const forgetAll = () => panes.clear();

function start() {
  document.addEventListener("htmx:before:history:restore", (event) => { event.preventDefault(); restore(event.detail.path); });
  document.addEventListener("click", clicked);
  document.addEventListener("pointerdown", (event) => { const link = rowLink(event); if (link) preload(link.href); });
  document.addEventListener("pointerover", (event) => {
    clearTimeout(hover);
    const link = rowLink(event);
    if (link) hover = setTimeout(() => preload(link.href), 65);
  });
}

const rowLink = (event) => event.target.closest?.(".row__link");

function clicked(event) {
  const link = rowLink(event);
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  show(link.href);
}

function preload(url) {
  if (!panes.has(url) || Date.now() - panes.get(url).at > 60_000) fetchPane(url);
}

/** focus: true moves it to the pane's heading (click, Enter); false leaves it on the row (j, k). */
async function show(url, { focus = true } = {}) {
  wanted = url;
  const known = panes.get(url);
  const fresh = !known || Date.now() - known.at < FRESH;
  const text = await current(url);
  if (wanted !== url || text === "") return; // overtaken by another choice, or told by a toast
  if (text === null) return void (location.href = url); // the page itself says what is wrong
  document.dispatchEvent(new CustomEvent("desk:leaving"));
  await htmx.swap({ sourceElement: document.body, text, target: "#pane", swap: "outerHTML", push: url, request: { action: url } });
  document.getElementById("workspace").dataset.view = "pane";
  if (focus) document.getElementById("conversation-title")?.focus({ preventScroll: true });
  document.dispatchEvent(new CustomEvent("desk:opened"));
  if (!fresh) refresh();
}

/** The pane's text; fetched again if something happened there while it was on its way. */
async function current(url) {
  const entry = panes.get(url) ?? fetchPane(url);
  const text = await entry.text;
  return !text || panes.get(url) === entry ? text : current(url);
}

/** Bring the open pane up to date: header and details anew, messages one by one, the composer left alone. */
async function refresh() {
  const pane = document.getElementById("pane");
  if (!pane?.dataset.conversation) return;
  forget(pane.dataset.conversation);
  const text = await fetchPane(location.href).text;
  if (!text || !pane.isConnected) return;
  const fresh = parse(text);
  const old = document.getElementById("conversation-head");
  // Being used: the next change brings it.
  if (!old.contains(document.activeElement)) old.replaceWith(fresh.getElementById("conversation-head"));
  document.dispatchEvent(new CustomEvent("desk:details", { detail: fresh.getElementById("details") }));
  thread.merge(fresh.getElementById("thread"));
  document.dispatchEvent(new CustomEvent("desk:refreshed"));
}

/** Back and forward: the page of that URL from the server; the list stays, with its scroll, if it is the same. */
async function restore(path) {
  wanted = path;
  const answer = await fetch(path).catch(() => null);
  if (wanted !== path) return;
  if (!answer?.ok || answer.redirected) return void location.reload();
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("workspace");
  if (!fresh || !document.getElementById("list")) return void location.reload();
  const same = ["base", "query"].every((name) => fresh.querySelector("#list").dataset[name] === document.getElementById("list").dataset[name]);
  for (const id of same ? ["pane"] : ["list", "pane"]) {
    const part = document.adoptNode(page.getElementById(id));
    document.getElementById(id).replaceWith(part);
    htmx.process(part);
  }
  document.getElementById("workspace").dataset.view = fresh.dataset.view;
  document.title = page.title;
  document.dispatchEvent(new CustomEvent("desk:opened"));
}

function fetchPane(url) {
  const headers = { "HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "main#pane" };
  const text = fetch(url, { headers }).then(read, () => { toast(word("unreachable"), { kind: "error" }); return ""; });
  const entry = { text, at: Date.now() };
  panes.set(url, entry);
  text.then((value) => value || panes.delete(url));
  if (panes.size > KEPT) panes.delete(panes.keys().next().value);
  return entry;
}

async function read(answer) {
  if (answer.ok && !answer.redirected) return answer.text();
  if (answer.status >= 500 || answer.status === 429) { toast((await reason(answer)).message, { kind: "error" }); return ""; }
  return null;
}
return { forget, forgetAll, start, preload, show, refresh };
})();
const _steps = (() => {
// From one conversation of the list to the next.
const { show } = _panes;

const links = () => [...document.querySelectorAll("#rows .row:not([data-leaving]) .row__link")];

function current() {
  const all = links();
  const focused = document.activeElement?.closest?.(".row__link");
  return all.includes(focused) ? focused : all.find((link) => link.getAttribute("aria-current")) ?? null;
}

/** The one after the open conversation, or before it at the end; null if there is no other. */
function neighbour() {
  const all = links();
  const at = all.findIndex((link) => link.getAttribute("aria-current"));
  return all[at + 1] ?? all[at - 1] ?? null;
}

/** The focus stays in the list: whoever walks by keys goes on walking. */
function step(link) {
  if (!link) return document.getElementById("list-title")?.focus();
  link.focus();
  show(link.href, { focus: false });
}

function walk(by, { open = true } = {}) {
  const all = links();
  if (!all.length) return null;
  const at = all.indexOf(current());
  const link = all[Math.min(all.length - 1, Math.max(0, at < 0 ? 0 : at + by))];
  if (open) step(link);
  else link.focus();
  return link;
}
return { current, neighbour, step, walk };
})();
const _change = (() => {
// Changing a conversation: painted at once, sent, and taken back if the server says no. What can be undone offers
// Undo: the values that the head showed before are sent again.
const { relative, reason, toast, word } = _words;
const { neighbour, step } = _steps;
const { parse } = _fragments;
const { openId } = _thread;

const KINDS = ["status", "assignee", "team", "priority", "muted"];
const head = () => document.getElementById("conversation-head");

function start() {
  document.addEventListener("submit", (event) => {
    const form = event.target.closest?.("form[data-change]");
    if (!form) return;
    event.preventDefault();
    if (form.querySelector("[aria-busy=true]")) return; // pressed twice
    for (const menu of form.querySelectorAll(".menu[open]")) {
      if (menu.contains(document.activeElement)) menu.querySelector("summary").focus(); // what closes must not keep the focus
      menu.open = false;
    }
    const data = new FormData(form, event.submitter);
    if (event.submitter?.value !== "custom") data.delete("until");
    change(form.dataset.change, data, { next: event.submitter?.hasAttribute("data-next") });
  }, true);
}

const lines = new Map(); // conversation → its changes on their way: one after another, {last, waiting, known}

/** values: FormData or an object of what to send; paint: what the head shows until the server has answered. */
function change(kind, values, { next = false, paint = null, undo = null } = {}) {
  const conversation = openId();
  const line = lines.get(conversation) ?? { last: Promise.resolve(), waiting: 0, known: head().cloneNode(true) };
  lines.set(conversation, line);
  const going = next ? neighbour() : null;
  (paint ?? painters[kind])?.(values);
  if (next) step(going);
  line.waiting += 1;
  line.last = line.last.then(() => finish(line, conversation, kind, values, undo));
  return line.last;
}

/** `known` is the head as the server had it last: what is painted and not answered yet is not in it. */
async function finish(line, conversation, kind, values, undo) {
  const answer = await send(conversation, kind, values);
  const failed = !answer?.ok || answer.redirected;
  const before = line.known;
  if (failed) toast((await reason(answer)).message, { kind: "error" });
  else line.known = parse(await answer.text()).querySelector("header");
  line.waiting -= 1;
  if (!line.waiting) {
    lines.delete(conversation);
    whenFree(() => { if (openId() === conversation && head() && !lines.has(conversation)) swap(line.known.cloneNode(true)); });
  }
  if (failed) return;
  document.dispatchEvent(new CustomEvent("desk:changed", { detail: { conversation } }));
  offer(conversation, kind, before, line.known, undo);
}

/** A list that is open keeps the head: replaced now, it would be gone, and what is typed would go astray. */
function whenFree(run) {
  if (head()?.querySelector(".picker__sheet")) document.addEventListener("desk:picked", () => whenFree(run), { once: true });
  else run();
}

function offer(conversation, kind, before, after, undo) {
  const changed = KINDS.filter((one) => before.dataset[one] !== after.dataset[one] || (one === "status" && before.dataset.snoozed !== after.dataset.snoozed));
  const text = undo?.said ?? (changed.length ? said(changed.includes(kind) ? kind : changed[0], after) : "");
  if (!text) return;
  const run = undo?.run ?? (async () => { for (const one of changed.reverse()) await back(conversation, one, before.dataset); });
  toast(text, { action: { name: word("undo"), run, key: "z" } });
}

/** The value that was there before, for the conversation it was of, whichever is open now. */
async function back(conversation, kind, { status, snoozed, ...rest }) {
  const values = kind === "status" ? { status, ...(snoozed ? { until: snoozed } : {}) } : { [kind]: rest[kind] };
  await undone(conversation, kind, values);
}

async function undone(conversation, kind, values) {
  const answer = await send(conversation, kind, values);
  if (!answer?.ok) return void toast((await reason(answer)).message, { kind: "error" });
  if (openId() === conversation) swap(parse(await answer.text()).querySelector("header"));
  toast(word("undone"));
}

function send(conversation, kind, values) {
  const body = values instanceof FormData ? values : form(values);
  body.set("zone", Intl.DateTimeFormat().resolvedOptions().timeZone ?? "");
  const base = `/app/accounts/${document.body.dataset.account}/conversations/${conversation}`;
  return post(`${base}/${kind}`, body);
}

function post(url, body) {
  const headers = { "HX-Request": "true", Accept: "text/html, application/json", "X-CSRFToken": document.body.dataset.csrf };
  return fetch(url, { method: "POST", body, headers }).catch(() => null);
}

function form(values) {
  const data = new FormData();
  for (const [name, value] of Object.entries(values)) for (const one of [value].flat()) data.append(name, one);
  return data;
}

/** The successor takes the focus of what was pressed: it must not fall to the page. */
function swap(after) {
  const old = head();
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const again = focused && (focused.dataset.picker ? `[data-picker="${focused.dataset.picker}"]` : focused.dataset.shortcut ? `[data-shortcut="${focused.dataset.shortcut}"]` : "#status-main");
  old.replaceWith(after);
  if (focused) (after.querySelector(again) ?? after.querySelector("#status-main")).focus({ preventScroll: true });
  document.dispatchEvent(new CustomEvent("desk:refreshed"));
}

const value = (data, name) => (data instanceof FormData ? data.get(name) : data[name]);

const painters = {
  status(data) {
    const status = value(data, "snooze") || value(data, "until") ? "snoozed" : value(data, "status");
    head().dataset.status = status;
    head().querySelector('[data-say="status"]').textContent = word(`status-${status}`);
    head().querySelector("#status-main").ariaBusy = "true";
  },
};

/** What a toast says of the change that this head shows. */
function said(kind, after) {
  const name = after.querySelector(`[data-picker="${kind}"] [data-value]`)?.textContent.trim();
  const { status, snoozed, assignee, team, priority, muted } = after.dataset;
  if (kind === "status" && status === "snoozed" && snoozed) return word("snoozed-until", { time: relative(new Date(snoozed)) });
  return {
    status: () => word(`now-${status}`),
    assignee: () => (assignee ? word("now-assigned", { name }) : word("now-unassigned")),
    team: () => (team ? word("now-team", { name }) : word("now-no-team")),
    priority: () => (priority ? word("now-priority", { name }) : word("now-no-priority")),
    muted: () => word(muted ? "now-muted" : "now-unmuted"),
  }[kind]();
}
return { head, start, change, undone, send, post, form, swap };
})();
const _details = (() => {
// The details panel: fields change in place (Enter or leaving saves, Esc reverts), sections remember whether they are
// open, what somebody else changed never overwrites a field that is being used.
const { post } = _change;
const { parse } = _fragments;
const { announce, button, reason, toast, word } = _words;

const CLOSED = "closed-sections";
const closed = () => new Set(JSON.parse(localStorage.getItem(CLOSED) ?? "[]"));

function start() {
  document.addEventListener("change", ({ target }) => { const form = target.closest?.("form[data-edit]"); if (form) save(form); });
  document.addEventListener("submit", submitted, true);
  document.addEventListener("keydown", pressed);
  document.addEventListener("toggle", ({ target }) => target.dataset?.section && remember(target), true);
  document.addEventListener("click", ({ target }) => { const control = target.closest?.("[data-copy]"); if (control) copy(control.dataset.copy); });
  document.addEventListener("desk:details", ({ detail }) => renew(detail));
  arrange();
}

const copy = (text) => navigator.clipboard?.writeText(text).then(() => toast(word("copied")), () => toast(word("not-copied"), { kind: "error" }));

function arrange() {
  const shut = closed();
  document.querySelectorAll("#details [data-section]").forEach((section) => { if (shut.has(section.dataset.section)) section.open = false; });
}

function remember({ dataset: { section }, open, isConnected }) {
  if (!isConnected) return;
  const shut = closed();
  shut[open ? "delete" : "add"](section);
  localStorage.setItem(CLOSED, JSON.stringify([...shut]));
}

function submitted(event) {
  const { target } = event;
  if (target.matches?.("form[data-edit]")) { event.preventDefault(); save(target); }
  if (target.matches?.("form[data-notes]")) { event.preventDefault(); note(target); }
}

const field = (form) => form.querySelector('[name="value"]');
const now = (input) => (input.type === "checkbox" ? String(input.checked) : input.value);
const was = (input) => (input.type === "checkbox" ? String(input.defaultChecked) : input.tagName === "SELECT" ? [...input.options].find((option) => option.defaultSelected)?.value ?? "" : input.defaultValue);

function pressed(event) {
  const input = event.target.closest?.("form[data-edit] [name=value]");
  if (!input || event.isComposing) return;
  if (event.key !== "Escape") return;
  event.stopPropagation();
  revert(input);
  say(input.form, "");
}

function revert(input) {
  if (input.type === "checkbox") input.checked = input.defaultChecked;
  else input.value = was(input);
}

function settle(input, value) {
  if (input.type === "checkbox") input.defaultChecked = input.checked = !!value && value !== "false";
  else if (input.tagName === "SELECT") for (const option of input.options) option.defaultSelected = option.selected = option.value === value;
  else if (input.value === input.dataset.sent) input.value = input.defaultValue = value;
  else input.defaultValue = value;
}

async function save(form) {
  const input = field(form);
  if (now(input) === was(input)) return say(form, "");
  if (input.dataset.sent === now(input) && form.ariaBusy) return; // Enter and leaving come together
  form.ariaBusy = "true";
  input.dataset.sent = now(input);
  const data = new FormData(form);
  if (input.type === "checkbox") data.set("value", now(input));
  const answer = await post(form.action, data);
  form.ariaBusy = null;
  if (!answer?.ok || answer.redirected) return say(form, (await reason(answer)).message, "field__error");
  const { value } = await answer.json();
  settle(input, value ?? "");
  say(form, "");
  announce(word("saved"));
}

function say(form, text, className = "field__hint", ...actions) {
  const input = field(form);
  form.querySelector(".edit__said")?.remove();
  input.removeAttribute("aria-describedby");
  input.toggleAttribute("aria-invalid", className === "field__error" && !!text);
  if (className === "field__error" && text) input.setAttribute("aria-invalid", "true");
  if (!text) return;
  const line = Object.assign(document.createElement("p"), { className: `edit__said ${className}`, id: `${input.id}-said`, textContent: `${text} ` });
  line.append(...actions);
  if (className === "field__error") line.setAttribute("role", "alert");
  input.setAttribute("aria-describedby", line.id);
  form.append(line);
}

/** A fresh panel for the old one; a field that is in use stays, and says what changed behind it. */
function renew(fresh) {
  const old = document.getElementById("details");
  const used = old.querySelector("form[data-edit] :focus, form[data-notes] :focus") ?? [...old.querySelectorAll("form[data-edit] [name=value]")].find((input) => now(input) !== was(input));
  const draft = old.querySelector("#note-text")?.value;
  const top = old.scrollTop;
  if (used?.closest("form[data-edit]")) return keep(old, fresh, used);
  if (old.contains(document.activeElement)) return;
  old.replaceWith(fresh);
  if (draft) fresh.querySelector("#note-text").value = draft;
  arrange();
  fresh.scrollTop = top;
}

function keep(old, fresh, used) {
  const theirs = fresh.querySelector(`#${CSS.escape(used.id)}`);
  if (theirs && was(theirs) !== was(used) && used.dataset.sent === undefined) {
    const take = button(word("use-theirs"), () => { used.value = was(theirs); settle(used, was(theirs)); say(used.form, ""); });
    return say(used.form, word("changed-elsewhere", { value: was(theirs) }), "field__hint", take);
  }
  for (const form of fresh.querySelectorAll("form[data-edit]")) {
    const mine = old.querySelector(`#${CSS.escape(field(form).id)}`);
    if (mine && mine !== used && now(mine) === was(mine)) { settle(mine, was(field(form))); if (mine.type !== "checkbox") mine.value = was(field(form)); }
  }
}

async function note(form) {
  const answer = await post(form.action, new FormData(form));
  if (!answer?.ok || answer.redirected) return toast((await reason(answer)).message, { kind: "error" });
  const fresh = parse(await answer.text()).querySelector("#notes");
  document.getElementById("notes").replaceWith(fresh);
  fresh.querySelector("#note-text").focus();
}
return { start, copy, arrange };
})();
const _choices = (() => {
// What there is to choose from, fetched once; the browser asks for it again by its tag when a page is opened.
const kept = new Map();

function fetched(name) {
  const answer = fetch(`/app/accounts/${document.body.dataset.account}/${name}`, { headers: { Accept: "application/json" } })
    .then((response) => (response.ok && !response.redirected ? response.json() : null), () => null);
  answer.then((value) => value || kept.delete(name)); // a failure is tried again with the next use
  kept.set(name, answer);
  return answer;
}

const choices = () => kept.get("choices") ?? fetched("choices");
const canned = () => kept.get("canned") ?? fetched("canned");
const forget = () => kept.clear();
return { choices, canned, forget };
})();
const _suggest = (() => {
// A list above the composer while one writes: "/" for canned responses. Arrows choose, Enter or Tab inserts, Esc
// closes. Variables are filled in; those that cannot be wait for the writer.
const { canned } = _choices;
const { announce, word } = _words;

const TRIGGER = /(^|\s)\/([^\s/]*)$/;
const VARIABLE = /\{\{\s*([\w.]+)\s*\}\}/g;
const MOST = 50;
let state = null; // {text, box, shown, at, from}

function typed(text) {
  const before = text.value.slice(0, text.selectionStart);
  const found = TRIGGER.exec(before);
  if (!found) return close();
  open(text, found[2], before.length - found[2].length - 1);
}

/** From the toolbar: everything, at the caret. */
async function browse(text) {
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

function close() {
  if (!state) return;
  state.box.remove();
  for (const name of ["aria-controls", "aria-activedescendant"]) state.text.removeAttribute(name);
  state = null;
}

/** true: the key was for the list. */
function pressed(event) {
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
function filled(content) {
  const values = known();
  return content.replace(VARIABLE, (whole, name) => values[name.toLowerCase()] || whole);
}

/** Selects the first variable without a value from `start` on; whether there is one. */
function toUnfilled(text, start = 0) {
  VARIABLE.lastIndex = start;
  const found = VARIABLE.exec(text.value);
  VARIABLE.lastIndex = 0;
  if (!found) return false;
  text.focus();
  text.setSelectionRange(found.index, found.index + found[0].length);
  return true;
}
return { typed, browse, close, pressed, filled, toUnfilled };
})();
const _emoji = (() => {
// Emoji: fetched when they are asked for. Words filter, arrows walk the grid, Enter inserts, Esc gives the focus back.
const { word } = _words;

const COLUMNS = 9;
const RECENT = "emoji";
let data = null;
let box = null;

async function toggle(button, text) {
  if (box) return close(button);
  data ??= await fetch(button.dataset.emoji).then((answer) => (answer.ok ? answer.json() : null), () => null);
  if (!data || !button.isConnected) return;
  box = Object.assign(document.createElement("div"), { className: "emoji menu__sheet menu__sheet--up menu__sheet--start" });
  const input = Object.assign(document.createElement("input"), { className: "input", type: "search", placeholder: word("choose-emoji") });
  input.setAttribute("aria-label", word("choose-emoji"));
  const grid = Object.assign(document.createElement("div"), { className: "emoji__grid" });
  box.append(input, grid);
  button.parentElement.append(box);
  button.setAttribute("aria-expanded", "true");
  input.addEventListener("input", () => draw(grid, input.value));
  box.addEventListener("keydown", (event) => pressed(event, button, input, grid));
  box.addEventListener("focusout", ({ relatedTarget }) => { if (box && relatedTarget && !box.contains(relatedTarget) && relatedTarget !== button) close(); });
  grid.addEventListener("click", ({ target }) => { const one = target.closest("button"); if (one) insert(one.textContent, button, text); });
  draw(grid, "");
  input.focus();
}

function close(button = null) {
  box?.remove();
  box = null;
  document.querySelector("[data-emoji]")?.setAttribute("aria-expanded", "false");
  button?.focus();
}

const recent = () => JSON.parse(localStorage.getItem(RECENT) ?? "[]");

function draw(grid, words) {
  const wanted = words.trim().toLowerCase();
  const all = Object.entries(data);
  const hits = wanted ? all.filter(([, name]) => name.includes(wanted)) : [...recent().map((one) => [one, data[one] ?? one]), ...all];
  grid.replaceChildren(...hits.slice(0, wanted ? 90 : 700).map(([sign, name], at) => {
    const one = Object.assign(document.createElement("button"), { type: "button", className: "emoji__one", textContent: sign, title: name, tabIndex: at ? -1 : 0 });
    one.setAttribute("aria-label", name);
    return one;
  }));
  if (!hits.length) grid.append(Object.assign(document.createElement("p"), { className: "menu__label", textContent: word("nothing-found") }));
}

function pressed(event, button, input, grid) {
  if (event.key === "Escape") { event.stopPropagation(); event.preventDefault(); return close(button); }
  const all = [...grid.querySelectorAll("button")];
  const at = all.indexOf(document.activeElement);
  const moves = { ArrowDown: at < 0 ? 0 : at + COLUMNS, ArrowUp: at - COLUMNS, ArrowRight: at + 1, ArrowLeft: at - 1 };
  if (!(event.key in moves) || (at < 0 && event.key !== "ArrowDown")) {
    if (event.key === "Enter" && at < 0 && all[0]) { event.preventDefault(); all[0].click(); }
    return;
  }
  event.preventDefault();
  (all[moves[event.key]] ?? (moves[event.key] < 0 ? input : all.at(-1))).focus();
}

function insert(sign, button, text) {
  localStorage.setItem(RECENT, JSON.stringify([...new Set([sign, ...recent()])].slice(0, COLUMNS * 2)));
  close();
  text.focus();
  text.setRangeText(sign, text.selectionStart, text.selectionEnd, "end");
  text.dispatchEvent(new Event("input", { bubbles: true }));
}
return { toggle };
})();
const _palette = (() => {
// Ctrl or Cmd and K: everything that the page can do, and everywhere it leads, by typing a few letters of it. Acts are
// the controls of the page: the palette presses them. Conversations and people are found by the server, too.
const { show } = _panes;
const { announce, word } = _words;

const MOST = 12;
const ASK_AFTER = 120; // ms after the last letter
let dialog = null;
let [items, shown, at, asking] = [[], [], 0, 0];

function toggle() {
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
return { toggle };
})();
const _actions = (() => {
// What buttons with data-action do; keys.js presses the same buttons.
const change = _change;
const { copy } = _details;
const { toEnd } = _thread;

const text = () => document.getElementById("composer-text");

const actions = {
  unfold(button) {
    const nav = document.getElementById("nav");
    nav.dataset.open = String(nav.dataset.open !== "true");
    button.setAttribute("aria-expanded", nav.dataset.open);
  },
  theme({ dataset: { themeChoice } }) {
    if (themeChoice) document.documentElement.dataset.theme = themeChoice;
    else delete document.documentElement.dataset.theme;
    document.cookie = `theme=${themeChoice};path=/;max-age=${themeChoice ? 31536000 : 0};SameSite=Lax`;
  },
  details() {
    const pane = document.getElementById("pane");
    const wide = matchMedia("(min-width: 80.01rem)").matches;
    const value = wide ? "closed" : "details";
    if (pane.dataset.panel === value) delete pane.dataset.panel;
    else pane.dataset.panel = value;
  },
  back() {
    history.pushState({ htmx: true }, "", document.getElementById("list").dataset.url);
    document.getElementById("workspace").dataset.view = "list";
    document.querySelector("#rows [aria-current]")?.focus();
  },
  jump: toEnd,
  copyLink: () => copy(`${location.origin}${document.getElementById("pane").dataset.url}`),
  assignMe: () => change.change("assignee", { assignee: document.body.dataset.user }),
  canned: () => Promise.resolve(_suggest).then((suggest) => suggest.browse(text())),
  emoji: (button) => Promise.resolve(_emoji).then((emoji) => emoji.toggle(button, text())),
  density({ dataset: { density } }) {
    document.body.dataset.density = density;
    document.cookie = `density=${density};path=/;max-age=${density ? 31536000 : 0};SameSite=Lax`;
  },
  palette: () => Promise.resolve(_palette).then((palette) => palette.toggle()),
  help: () => document.getElementById("keys-help").showModal(),
};
return { actions };
})();
const _live = (() => {
// One socket per tab. Frames become events "live:<type>" of the document; the cursor makes a reconnect exact:
// the server replays what came after it, or says reset and everybody reloads by GET.
const QUIET = 75_000; // two heartbeats and a half
const LONGEST_WAIT = 20_000;
const STRIP_AFTER = 5_000;

let socket = null;
let cursor = null;
let tries = 0;
let retry = 0;
let watch = 0;
let strip = 0;
let stopped = false;
let address = "";

const online = () => socket?.readyState === WebSocket.OPEN;

function send(frame) {
  if (online()) socket.send(JSON.stringify(frame));
}

/** after: the number of the newest event that the page itself already shows; null if it does not know. */
function start(path, after) {
  cursor = after;
  address = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${path}`;
  addEventListener("online", now);
  addEventListener("focus", now);
  document.addEventListener("visibilitychange", () => document.hidden || now());
  addEventListener("pagehide", () => { stopped = true; socket?.close(); });
  addEventListener("pageshow", (event) => { if (event.persisted) { stopped = false; now(); } });
  open();
}

function now() {
  if (stopped) return;
  if (online()) return send({ type: "ping" });
  if (socket?.readyState === WebSocket.CONNECTING) return;
  clearTimeout(retry);
  open();
}

function open() {
  const mine = new WebSocket(address);
  socket = mine;
  mine.onopen = () => mine.send(JSON.stringify({ type: "hello", cursor, locale: document.documentElement.lang }));
  mine.onmessage = (event) => { if (mine === socket) take(JSON.parse(event.data)); };
  mine.onclose = (event) => { if (mine === socket) closed(event.code); };
}

function take(frame) {
  clearTimeout(watch);
  watch = setTimeout(() => socket?.close(), QUIET);
  if (Number.isSafeInteger(frame.seq)) advance(frame);
  if (frame.type === "welcome") welcomed();
  // Answered here and not by a timer: a hidden tab's timers sleep, and the server closes who is silent for a minute.
  if (frame.type === "heartbeat") return send({ type: "ping" });
  say(frame.type, frame);
}

/** A welcome comes before the replay, so it may not move the cursor past it; a reset may move it back. */
function advance({ type, seq }) {
  if (type === "welcome") cursor ??= seq;
  else cursor = type === "reset" ? seq : Math.max(cursor ?? 0, seq);
}

function welcomed() {
  tries = 0;
  clearTimeout(strip);
  strip = 0;
  say("online");
}

function closed(code) {
  clearTimeout(watch);
  socket = null;
  if (code === 4401 || code === 4403 || code === 4404) {
    stopped = true;
    return say("refused", { code });
  }
  if (stopped) return;
  strip ||= setTimeout(() => say("offline"), STRIP_AFTER);
  const wait = Math.min(LONGEST_WAIT, 500 * 2 ** tries++);
  retry = setTimeout(open, wait * (0.5 + Math.random() / 2));
}

function say(type, detail = {}) {
  document.dispatchEvent(new CustomEvent(`live:${type}`, { detail }));
}

const on = (type, run) => document.addEventListener(`live:${type}`, (event) => run(event.detail));
return { online, send, start, on };
})();
const _told = (() => {
// Notifications: their number in the nav, their list kept fresh, and what is done with one of them.
const { post } = _change;
const { reload } = _fragments;
const { on } = _live;
const { announce, reason, toast } = _words;

const SOON = 300; // ms: what comes together is fetched once
let timer = 0;

function start() {
  for (const type of ["created", "updated", "deleted"]) on(`notification.${type}`, ({ data }) => heard(type, data));
  document.addEventListener("submit", submitted, true);
}

function heard(type, { unread_count: unread, title }) {
  show(unread);
  if (type === "created" && title) announce(title);
  if (listed()) (clearTimeout(timer), (timer = setTimeout(refresh, SOON)));
}

/** In the nav, wherever one is. */
function show(unread) {
  document.querySelectorAll("[data-notifications]").forEach((badge) => { badge.textContent = unread > 99 ? "99+" : unread || ""; });
}

const listed = () => document.getElementById("list")?.dataset.kind === "notifications";

function refresh() {
  if (listed()) reload(document.getElementById("list"));
}

async function submitted(event) {
  const form = event.target.closest?.("form[data-notify]");
  if (!form) return;
  event.preventDefault();
  const data = new FormData(form, event.submitter);
  data.set("zone", Intl.DateTimeFormat().resolvedOptions().timeZone ?? "");
  const row = form.closest(".row");
  const next = (row?.nextElementSibling ?? row?.previousElementSibling)?.querySelector("a") ?? document.getElementById("list-title");
  const answer = await post(event.submitter?.getAttribute("formaction") ?? form.action, data);
  if (!answer?.ok || answer.redirected) return void toast((await reason(answer)).message, { kind: "error" });
  if (form.contains(document.activeElement)) next.focus(); // what it stood on goes
  refresh();
}
return { start, show };
})();
const _badges = (() => {
// The numbers around the conversations: folders, other accounts, the title, the icon of the tab, marks of drafts.
const { on } = _live;
const { show: showTold } = _told;
const { word } = _words;

const EVERY = 1_500; // ms at least between two questions
let timer = 0;
let asked = 0;
let drafts = new Set();

function start() {
  on("counts.changed", soon);
  on("reset", soon);
  // A message changes no count of conversations, but it may be the first unread one of mine.
  on("conversation.row", ({ data }) => String(data.assignee_id) === document.body.dataset.user && soon());
  document.addEventListener("desk:rows", markDrafts);
  document.addEventListener("desk:draft", ({ detail: { conversation, there } }) => { drafts[there ? "add" : "delete"](conversation); markDrafts(); });
  document.addEventListener("desk:read", soon);
  document.addEventListener("desk:opened", show);
  document.addEventListener("htmx:after:swap", fill);
  soon();
}

let known = { unread: 0, folders: {}, accounts: [], drafts: [] };

function soon() {
  timer ||= setTimeout(ask, Math.max(0, asked + EVERY - Date.now()));
}

async function ask() {
  timer = 0;
  asked = Date.now();
  const answer = await fetch(`/app/accounts/${document.body.dataset.account}/badges`, { headers: { Accept: "application/json" } }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  known = await answer.json();
  drafts = new Set(known.drafts.map(String));
  fill();
  show();
  showTold(known.notifications);
  markDrafts();
}

function fill() {
  for (const badge of document.querySelectorAll("#sections [data-folder]")) {
    const number = known.folders[badge.dataset.folder] ?? 0;
    badge.textContent = number > 99 ? "99+" : number || "";
  }
  const others = known.accounts.filter((id) => String(id) !== document.body.dataset.account);
  document.querySelector("#nav .nav__account")?.toggleAttribute("data-unread", others.length > 0);
  document.querySelectorAll("#accounts [data-account-id]").forEach((link) => link.toggleAttribute("data-unread", known.accounts.includes(Number(link.dataset.accountId))));
}

/** "(3) Ana #12": what of mine is unread, readable from another tab. */
function show() {
  const plain = document.title.replace(/^\(\d+\+?\) /, "");
  const number = known.unread > 99 ? "99+" : known.unread;
  document.title = known.unread ? `(${number}) ${plain}` : plain;
  const icon = document.querySelector("link[rel=icon]");
  icon.dataset.plain ??= icon.href;
  const dot = encodeURIComponent("<circle cx='25' cy='7' r='7' fill='#c42b38'/></svg>");
  icon.href = known.unread ? icon.dataset.plain.replace(/%3C\/svg%3E$/, dot) : icon.dataset.plain;
  if (known.unread) navigator.setAppBadge?.(known.unread).catch(() => null);
  else navigator.clearAppBadge?.().catch(() => null);
}

function markDrafts() {
  for (const row of document.querySelectorAll("#rows .row")) {
    const preview = row.querySelector(".row__preview");
    const there = drafts.has(row.dataset.id);
    const mark = preview.querySelector(".row__draft");
    if (there && !mark) preview.prepend(Object.assign(document.createElement("span"), { className: "row__draft", textContent: word("draft") }));
    if (!there) mark?.remove();
  }
}
return { start, markDrafts };
})();
const _drafts = (() => {
// What is written and not sent: in this browser after 0.3 s, on the server after 1.5 s, when the field is left and
// when the page is hidden. The newer one wins; tabs tell each other; saves and clearings go one after another.
const { form, post } = _change;

const LOCAL_AFTER = 300;
const SERVER_AFTER = 1_500;
const timers = new Map(); // place -> its two timers
const channel = "BroadcastChannel" in self ? new BroadcastChannel("drafts") : null;
const cleared = new Map(); // when: an old copy of the page must not bring back what was sent
let line = Promise.resolve(); // saves and clearings, in order

const key = (place, mode) => `draft:${place}:${mode}`;

/** place: "account:conversation". {text, at}; at is 0 if there is none. */
function read(place, mode) {
  try {
    return { text: "", at: cleared.get(key(place, mode)) ?? 0, ...JSON.parse(localStorage.getItem(key(place, mode)) ?? "{}") };
  } catch {
    return { text: "", at: 0 };
  }
}

/** Takes what the server has where that is newer, and gives it what is newer here. */
function reconcile(place, served) {
  for (const mode of ["reply", "note"]) {
    const [here, there] = [read(place, mode), served[mode] ?? { content: "", version: 0 }];
    if (there.version > here.at) store(place, mode, there.content, there.version);
    else if (here.at > there.version && here.text !== there.content) push(place, mode);
  }
}

function onOther(run) {
  channel?.addEventListener("message", ({ data }) => run(data));
}

function later(place, mode, text) {
  const mine = timers.get(place) ?? {};
  clearTimeout(mine.local);
  clearTimeout(mine.server);
  timers.set(place, {
    local: setTimeout(() => keep(place, mode, text()), LOCAL_AFTER),
    server: setTimeout(() => push(place, mode), SERVER_AFTER),
  });
}

/** Now, and on the server too; `text` is a string. */
function save(place, mode, text) {
  const mine = timers.get(place) ?? {};
  clearTimeout(mine.local);
  clearTimeout(mine.server);
  if (keep(place, mode, text)) push(place, mode);
  else if (mine.server) push(place, mode);
  timers.delete(place);
}

/** In this browser only: what was sent waits in the outbox, and the server forgets it once it has accepted it. */
function keep(place, mode, text) {
  if (read(place, mode).text.trim() === text.trim()) return false;
  const at = Date.now();
  store(place, mode, text, at);
  channel?.postMessage({ place, mode, text, at });
  return true;
}

function store(place, mode, text, at) {
  if (text.trim()) localStorage.setItem(key(place, mode), JSON.stringify({ text, at }));
  else {
    localStorage.removeItem(key(place, mode));
    cleared.set(key(place, mode), at);
  }
  const there = ["reply", "note"].some((one) => read(place, one).text);
  document.dispatchEvent(new CustomEvent("desk:draft", { detail: { conversation: place.split(":")[1], there } }));
}

const said = new Map(); // what the server was told last
function push(place, mode) {
  line = line.then(async () => {
    const { text, at } = read(place, mode);
    if (said.get(key(place, mode)) === text) return;
    const [account, conversation] = place.split(":");
    const answer = await post(`/app/accounts/${account}/conversations/${conversation}/draft`, form({ mode, content: text, version: at || Date.now() }));
    if (answer?.ok && !answer.redirected) said.set(key(place, mode), text);
  });
  return line;
}
return { read, reconcile, onOther, later, save, keep, push };
})();
const _filerows = (() => {
// How a file that waits for its message looks: its picture, its name cut in the middle, its progress, its size or why not.
const { button, word } = _words;

/** The row of an item, made once. `actions`: what × and Retry do with the item. */
function painted(item, actions) {
  item.element ??= frame(item, actions);
  paint(item);
  return item.element;
}

function paint(item) {
  const row = item.element;
  if (!row) return;
  row.dataset.state = item.state;
  row.querySelector("progress").value = item.done;
  const notes = { waiting: word("upload-waiting"), sending: `${Math.round(item.done * 100)} %`, stored: bytes(item.size) };
  row.querySelector(".upload__note").textContent = notes[item.state] ?? item.message;
  row.querySelector(".upload__retry").hidden = item.state !== "failed";
}

function frame(item, { remove, retry }) {
  const row = document.getElementById("upload").content.firstElementChild.cloneNode(true);
  const [start, end] = halves(item.name);
  row.querySelector(".cut-middle__start").textContent = start;
  row.querySelector(".cut-middle__end").textContent = end;
  row.querySelector(".cut-middle").title = item.name;
  row.querySelector("progress").setAttribute("aria-label", item.name);
  show(row.querySelector("img"), item.file);
  row.append(
    button(word("retry"), () => retry(item), `${word("retry")}: ${item.name}`, "link-button upload__retry"),
    button("×", () => remove(item), word("remove", { name: item.name }), "file__remove"),
  );
  return row;
}

function show(picture, file) {
  if (!file || file.size > 2e7 || !/^image\/(png|jpeg|gif|webp)$/.test(file.type)) return picture.remove();
  picture.src = URL.createObjectURL(file);
  for (const type of ["load", "error"]) picture.addEventListener(type, () => URL.revokeObjectURL(picture.src), { once: true });
  picture.addEventListener("error", () => picture.remove(), { once: true });
}

/** A name in two parts without invisible characters, so that its middle is cut and its ending stays. */
function halves(name) {
  const letters = [...name.replace(/[\p{Cc}\p{Cf}]/gu, "")];
  return letters.length < 16 ? [letters.join(""), ""] : [letters.slice(0, -10).join(""), letters.slice(-10).join("")];
}

function bytes(size) {
  const [unit, amount] = size < 1e6 ? ["kilobyte", Math.max(1, Math.round(size / 1024))] : ["megabyte", Math.round((size / 1048576) * 10) / 10];
  return new Intl.NumberFormat(document.documentElement.lang || undefined, { style: "unit", unit }).format(amount);
}
return { painted, paint, halves };
})();
const _uploads = (() => {
// Storing files ahead of their message, a few at a time, with their progress. An item is {file, url, name, size, state,
// done, id, message}; its state goes waiting → sending → stored | failed (may be tried again) | refused (by size, type).
const { paint } = _filerows;
const { announce, word } = _words;

const AT_ONCE = 3;
const REFUSALS = [400, 413, 415, 422];
const queue = new Set(); // also of a composer that was left: what is to be stored goes on
let busy = [];

function next(items = []) {
  for (const item of items) if (item.state === "waiting") queue.add(item);
  for (const item of queue) {
    if (item.state === "waiting" && busy.length >= AT_ONCE) return;
    queue.delete(item);
    if (item.state === "waiting") store(item);
  }
}

function store(item) {
  const xhr = new XMLHttpRequest(); // fetch cannot tell how far an upload is
  const body = new FormData();
  body.append("file", item.file, item.name);
  Object.assign(item, { xhr, state: "sending", done: 0, message: "" });
  busy.push(item);
  xhr.upload.addEventListener("progress", ({ loaded, total }) => { item.done = loaded / total; paint(item); });
  item.settled = new Promise((resolve) => xhr.addEventListener("loadend", () => { answered(item, xhr); resolve(); }));
  xhr.open("POST", item.url);
  xhr.setRequestHeader("X-CSRFToken", document.body.dataset.csrf);
  xhr.setRequestHeader("Accept", "application/json");
  xhr.responseType = "json";
  xhr.send(body);
  paint(item);
}

function answered(item, { status, response, responseURL }) {
  busy = busy.filter((other) => other !== item);
  delete item.xhr;
  if (item.state !== "gone") {
    const elsewhere = status === 200 || (responseURL && !responseURL.endsWith("/uploads")); // sent to the sign-in page
    if (status === 201) stored(item, response);
    else if (REFUSALS.includes(status)) refuse(item, response?.message ?? word("invalid"));
    else failed(item, response?.message ?? word(elsewhere ? "signed-out" : "upload-failed"));
  }
  next();
}

function stored(item, { id, name }) {
  Object.assign(item, { state: "stored", id, done: 1 });
  paint(item);
  announce(word("uploaded", { name }));
}

function failed(item, message) {
  Object.assign(item, { state: "failed", message });
  paint(item);
  announce(`${item.name}: ${message}`, { now: true });
}

function refuse(item, message) {
  Object.assign(item, { state: "refused", message });
  paint(item);
  announce(`${item.name}: ${message}`, { now: true });
}

function again(item) {
  item.state = "waiting";
  next([item]);
}

/** Not wanted any more: stop sending it, or have it forgotten. */
function cancel(item) {
  item.state = "gone";
  item.xhr?.abort();
  if (item.id) fetch(`${item.url}/${item.id}`, { method: "DELETE", headers: { "X-CSRFToken": document.body.dataset.csrf }, keepalive: true }).catch(() => null);
}

/** For a message on its way: null when all its files are stored, else the problem, in the terms of words.js reason(). */
async function ready(items) {
  for (const item of items) if (item.state === "failed") again(item);
  while (items.some(({ state }) => state === "waiting" || state === "sending")) {
    next(items);
    await Promise.race([...busy.map(({ settled }) => settled), new Promise((done) => setTimeout(done, 1000))]);
  }
  const bad = items.find(({ state }) => state !== "stored");
  if (!bad) return null;
  const message = `${bad.name}: ${bad.message || word("upload-failed")}`;
  return bad.state === "refused" ? { code: "invalid", message } : { code: "unreachable", message };
}

/** What of a stored file survives a reload: the server has it for a day. */
const kept = (items) => items.filter(({ id }) => id).map(({ id, url, name, size }) => ({ id, url, name, size, state: "stored", done: 1 }));
return { next, refuse, again, cancel, ready, kept };
})();
const _files = (() => {
// Files for the next message: picked, pasted or dropped, and stored at once, each with its progress, while the text is
// still being written. What cannot be stored says why, keeps its place, and leaves the text alone.
const { painted } = _filerows;
const { again, cancel, next, refuse } = _uploads;
const { word } = _words;

let files = []; // of the open composer; items as in uploads.js
let form = () => null;
const left = new Map(); // of other conversations: draft → the files that wait there
const known = new Map(); // address of an account's uploads → what it allows

const all = () => files;
const unusable = () => files.find(({ state }) => state === "refused" || state === "failed");

function start(composer) {
  form = composer;
  document.addEventListener("change", ({ target }) => {
    if (target.name !== "attachments" || target.form !== form()) return;
    add(target.files);
    target.value = "";
  });
  document.addEventListener("paste", (event) => { if (event.target.id === "composer-text" && event.clipboardData.files.length) { event.preventDefault(); add(event.clipboardData.files); } });
  for (const type of ["dragover", "dragleave", "drop"]) document.addEventListener(type, dragged);
  addEventListener("beforeunload", (event) => { if (files.some(({ state }) => state === "sending")) event.preventDefault(); });
}

function dragged(event) {
  if (!form() || !event.dataTransfer?.types.includes("Files") || !event.target.closest?.(".conversation")) return;
  event.preventDefault();
  form().toggleAttribute("data-drop", event.type === "dragover");
  if (event.type === "drop") add(event.dataTransfer.files);
}

async function add(added) {
  const url = form().dataset.uploads;
  const items = [...added].map((file) => ({ file, url, name: file.name || "file", size: file.size, state: "waiting", done: 0 }));
  const draft = form().dataset.draft;
  only([...files, ...items]);
  const allowed = await limits(url);
  let room = allowed.together - files.filter((item) => !items.includes(item)).reduce((sum, { size }) => sum + size, 0);
  for (const item of items) {
    const place = files.indexOf(item);
    if (place >= allowed.most) refuse(item, word("too-many-files", { n: allowed.most }));
    else if (item.size > allowed.each) refuse(item, word("file-too-large", { n: Math.floor(allowed.each / 1048576) }));
    else if (item.size > room) refuse(item, word("files-too-large", { n: Math.floor(allowed.together / 1048576) }));
    else room -= item.size;
  }
  if (form()?.dataset.draft === draft) next(files);
}

/** What the account allows: {each, together} in bytes, {most} files. Without an answer the server decides later. */
async function limits(url) {
  if (!known.has(url)) {
    const answer = await fetch(url, { headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer?.ok) return { each: Infinity, together: Infinity, most: 15 };
    known.set(url, await answer.json());
  }
  return known.get(url);
}

/** Another conversation: its files, as they were left. */
function opened() {
  files = (form() && left.get(form().dataset.draft)) ?? [];
  only(files);
}

/** These instead of what was there: after sending (none), or when a refused message comes back with its files. */
function only(wanted) {
  files = [...wanted];
  if (form()) left.set(form().dataset.draft, files);
  document.getElementById("composer-files")?.replaceChildren(...files.map((item) => painted(item, { remove, retry: again })));
  document.dispatchEvent(new CustomEvent("desk:files"));
}

function remove(item) {
  cancel(item);
  only(files.filter((other) => other !== item));
  document.getElementById("composer-text")?.focus();
}
return { all, unusable, start, add, opened, only };
})();
const _outbox = (() => {
// What was sent and not yet accepted. Each message carries an echo_id, the server's key against doubles: sending
// it twice is safe. In order, one at a time; texts survive a reload in localStorage, files are stored ahead.
const uploads = _uploads;
const { announce, button, reason, word } = _words;
const { parse } = _fragments;
const thread = _thread;

const queue = []; // items: {echo, conversation, url, draft, kind, content, files, anyway, replyTo, then, state}
let busy = false;
let retry = 0;

const key = (item) => `outbox:${item.draft}`;
const MENDABLE = new Set(["conflict", "invalid", "too-large", "forbidden"]); // by the writer
const PASSING = new Set(["unreachable", "too-many", "restarting"]); // by itself

function start() {
  addEventListener("online", flush);
  document.addEventListener("live:online", flush);
}

function send(item) {
  const sent = { echo: crypto.randomUUID?.() ?? fallbackId(), seen: thread.lastId(), ...item };
  queue.push(sent);
  keep(sent);
  paint(sent, "sending");
  flush();
}

/** Whether this text is on its way already: a reload in between leaves it as a draft on the server. */
const holds = (draft, content) => !!content && JSON.parse(localStorage.getItem(key({ draft })) ?? "[]").some((item) => item.content === content.trim());

/** Bubbles of what still waits for this conversation, also from before a reload. */
function show(conversation) {
  const draft = document.getElementById("composer").dataset.draft;
  for (const item of JSON.parse(localStorage.getItem(`outbox:${draft}`) ?? "[]")) {
    if (!queue.some((other) => other.echo === item.echo)) queue.push({ ...item, files: item.files ?? [], state: "failed" });
  }
  for (const item of queue) if (item.conversation === conversation) paint(item, item.state ?? "sending");
}

async function flush() {
  if (busy) return;
  busy = true;
  clearTimeout(retry);
  for (let item; (item = queue.find((other) => other.state !== "failed")); ) if (!(await post(item))) break;
  busy = false;
}

/** true: this one is settled, go on with the next. */
async function post(item) {
  const stuck = await uploads.ready(item.files);
  if (stuck) return settled(item, stuck);
  keep(item); // with the files that are stored now
  const answer = await fetch(item.url.split("?")[0], { method: "POST", body: body(item), headers: { "HX-Request": "true", Accept: "text/html, application/json", "X-CSRFToken": document.body.dataset.csrf } }).catch(() => null);
  if (answer?.ok && !answer.redirected) return accepted(item, await answer.text());
  const problem = answer?.redirected ? { code: "signed-out", message: word("signed-out") } : await reason(answer);
  return settled(item, problem);
}

/** After a problem: wait for better times, give it back to its writer, or leave it with Retry. */
function settled(item, problem) {
  if (PASSING.has(problem.code)) {
    const message = problem.code === "unreachable" ? word("waiting") : problem.message;
    queue.filter((other) => other.state !== "failed").forEach((other) => paint(other, "waiting", message));
    retry = setTimeout(flush, (problem.wait ?? 5) * 1000);
    return false;
  }
  if (MENDABLE.has(problem.code)) {
    settle(item);
    bubble(item)?.remove();
    dispatchEvent(new CustomEvent("desk:returned", { detail: { item, problem } }));
    return true;
  }
  item.state = "failed";
  paint(item, "failed", problem.message);
  announce(problem.message, { now: true });
  return true;
}

function body(item) {
  const data = new FormData();
  const fields = { content: item.content, kind: item.kind, echo_id: item.echo, seen: item.seen ?? "", anyway: item.anyway ? "1" : "", reply_to: item.replyTo ?? "", then: item.then ?? "" };
  for (const [name, value] of Object.entries(fields)) data.append(name, value);
  data.append("uploads", item.files.map(({ id }) => id).join(","));
  return data;
}

function accepted(item, html) {
  settle(item);
  document.dispatchEvent(new CustomEvent("desk:accepted", { detail: item }));
  const real = parse(html).querySelector(".bubble");
  if (real && item.conversation === thread.openId()) thread.upsert(real, { own: true });
  return true;
}

function settle(item) {
  queue.splice(queue.indexOf(item), 1);
  keep(item);
}

function keep({ draft }) {
  const texts = queue.filter((item) => item.draft === draft).map(({ files, ...text }) => ({ ...text, files: uploads.kept(files) }));
  if (texts.length) localStorage.setItem(key({ draft }), JSON.stringify(texts));
  else localStorage.removeItem(key({ draft }));
}

const bubble = (item) => thread.inner()?.querySelector(`[data-echo="${item.echo}"]`);

function paint(item, state, message = word(state)) {
  if (item.conversation !== thread.openId()) return;
  let element = bubble(item);
  if (element && !element.hasAttribute("data-pending")) return;
  if (!element) {
    element = document.getElementById("sent").content.firstElementChild.cloneNode(true);
    Object.assign(element.dataset, { echo: item.echo, kind: item.kind === "note" ? "note" : "out", sender: `user:${document.body.dataset.user}` });
    element.querySelector(".prose p").textContent = [item.content, ...item.files.map((file) => file.name)].filter(Boolean).join("\n");
    thread.upsert(element, { own: true });
  }
  element.dataset.status = state;
  const line = element.querySelector(".bubble__state");
  line.className = `bubble__state${state === "failed" ? " bubble__failure" : ""}`;
  line.textContent = message;
  if (state === "failed") line.append(" ", ...actions(item, element));
}

function actions(item, element) {
  return [
    button(word("retry"), () => { item.state = "sending"; paint(item, "sending"); flush(); }),
    button(word("copy"), () => navigator.clipboard.writeText(item.content).then(() => announce(word("copied")))),
    button(word("discard"), () => { settle(item); element.remove(); thread.arrange(); }),
  ].flatMap((control) => [control, " "]);
}

function fallbackId() {
  return "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (digit) => (Number(digit) ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (Number(digit) / 4)))).toString(16));
}
return { start, send, holds, show };
})();
const _notices = (() => {
// What stands above and in the composer: why something was not sent, and which message is being answered.
const { button, word } = _words;

const text = () => document.getElementById("composer-text");

function notice(message, actions) {
  const box = document.createElement("div");
  Object.assign(box, { className: "notice notice--danger", tabIndex: -1 });
  box.setAttribute("role", "alert");
  box.append(Object.assign(document.createElement("p"), { textContent: message, className: "grow" }), ...actions);
  document.getElementById("composer-notice").replaceChildren(box);
  text().focus();
}

function clearNotice() {
  document.getElementById("composer-notice").replaceChildren();
}

/** message: {id, text}, or null. */
function replyTo(message) {
  text().form.elements.reply_to.value = message?.id ?? "";
  const box = document.getElementById("composer-reply");
  box.replaceChildren();
  if (!message) return;
  const line = Object.assign(document.createElement("span"), { className: "cut grow", textContent: word("replying-to", { text: message.text }) });
  box.append(line, button("×", () => { replyTo(null); text().focus(); }, word("close")));
  text().focus();
}
return { notice, clearNotice, replyTo };
})();
const _composer = (() => {
// Writing: the bubble appears at once, the text is kept until the server has accepted it. Drafts are drafts.js's,
// what was sent and not accepted is outbox.js's, files are files.js's.
const drafts = _drafts;
const files = _files;
const outbox = _outbox;
const { clearNotice, notice, replyTo } = _notices;
const { catchUp, openId } = _thread;
const { announce, button, word } = _words;

const NEARLY = 0.9; // of the longest text, from where its length is shown
const VARIABLE = /\{\{\s*[\w.]+\s*\}\}/;
let before = "reply";
let suggest = null; // the module, once "/" was typed

const form = () => document.getElementById("composer");
const text = () => document.getElementById("composer-text");
const kind = () => form().elements.kind.value;
const place = () => form().dataset.draft;

function start() {
  outbox.start();
  files.start(form);
  document.addEventListener("submit", submitted, true);
  document.addEventListener("input", (event) => event.target.id === "composer-text" && typed());
  document.addEventListener("keydown", pressed, true);
  document.addEventListener("change", (event) => event.target.name === "kind" && event.target.form === form() && switched());
  document.addEventListener("focusout", (event) => event.target.id === "composer-text" && saveDraft());
  document.addEventListener("visibilitychange", () => document.hidden && saveDraft());
  document.addEventListener("desk:accepted", ({ detail }) => accepted(detail));
  document.addEventListener("desk:reply-to", ({ detail }) => replyTo(detail));
  document.addEventListener("desk:quote", ({ detail }) => quote(detail));
  document.addEventListener("desk:leaving", () => saveDraft());
  addEventListener("desk:returned", (event) => giveBack(event.detail));
  drafts.onOther(elsewhere);
  opened();
}

function opened() {
  files.opened();
  if (!form()) return;
  drafts.reconcile(place(), JSON.parse(form().dataset.drafts || "{}"));
  if (drafts.read(place(), "note").text && !drafts.read(place(), "reply").text) form().elements.kind.value = "note";
  before = kind();
  if (!text().value) text().value = drafts.read(place(), kind()).text;
  if (outbox.holds(place(), text().value)) text().value = "";
  replyTo(null);
  count();
  outbox.show(openId());
}

function typed() {
  const [field, mode] = [text(), kind()];
  drafts.later(place(), mode, () => field.value);
  count();
  if (suggest) suggest.typed(field);
  else if (field.value.includes("/")) Promise.resolve(_suggest).then((module) => { suggest = module; suggest.typed(field); }, () => null);
}

function saveDraft(mode) {
  if (form()) drafts.save(place(), mode ?? kind(), text().value);
}

/** Another tab wrote in the same conversation. */
function elsewhere({ place: theirs, mode, text: value }) {
  if (!form() || theirs !== place() || mode !== kind() || document.activeElement === text() && document.hasFocus()) return;
  text().value = value;
  count();
}

function switched() {
  saveDraft(before);
  before = kind();
  text().value = drafts.read(place(), kind()).text;
  count();
  text().focus();
}

function count() {
  const left = text().maxLength - text().value.length;
  const box = document.getElementById("composer-count");
  box.hidden = text().value.length < text().maxLength * NEARLY;
  box.textContent = box.hidden ? "" : word("characters-left", { n: left });
}

function pressed(event) {
  if (event.target.id !== "composer-text" || event.isComposing || suggest?.pressed(event)) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form().requestSubmit(event.shiftKey ? form().querySelector('[name="then"]') : undefined);
  }
  if (event.key === "Escape") { saveDraft(); document.getElementById("thread-scroll").focus(); }
}

function submitted(event) {
  if (event.target !== form()) return;
  event.preventDefault();
  event.stopPropagation();
  const content = text().value.trim();
  if (!content && !files.all().length) return text().focus();
  const bad = files.unusable();
  if (bad) return notice(`${bad.name}: ${bad.message}`, []);
  if (kind() === "reply" && VARIABLE.test(content)) return unfilled();
  clearNotice();
  const item = { conversation: openId(), url: form().action, draft: place(), kind: kind(), content, files: files.all() };
  outbox.send({ ...item, replyTo: form().elements.reply_to.value, then: event.submitter?.name === "then" ? event.submitter.value : "" });
  text().value = "";
  files.only([]);
  replyTo(null);
  drafts.keep(place(), kind(), "");
  count();
  text().focus();
  document.dispatchEvent(new CustomEvent("desk:sent"));
}

/** A customer must never read "Dear {{contact.name}}". */
function unfilled() {
  Promise.resolve(_suggest).then((module) => {
    const { value } = text();
    const full = module.filled(value);
    if (full !== value) text().value = full;
    if (!module.toUnfilled(text())) return form().requestSubmit();
    notice(word("unfilled"), []);
    module.toUnfilled(text());
  });
}

/** The server has it: now it may forget the draft, unless something new was begun. */
function accepted({ draft, kind: mode }) {
  if (!drafts.read(draft, mode).text) drafts.push(draft, mode);
}

/** A refusal that only the writer can mend: the text returns, with the reason and what can be done. */
function giveBack({ item, problem }) {
  if (item.conversation !== openId()) return;
  form().elements.kind.value = before = item.kind;
  if (!text().value.includes(item.content)) text().value = [item.content, text().value.trim()].filter(Boolean).join("\n\n");
  files.only(item.files);
  saveDraft();
  if (problem.code === "conflict") catchUp();
  const again = () => { clearNotice(); text().value = ""; files.only([]); drafts.keep(place(), kind(), ""); outbox.send({ ...item, anyway: true }); };
  notice(problem.message, problem.code === "conflict" ? [button(word("send-anyway"), again)] : []);
}

function quote({ text: quoted }) {
  if (kind() !== "note") { form().elements.kind.value = "note"; switched(); }
  text().value = [text().value.trim(), quoted, ""].filter((one, at) => one || at === 2).join("\n\n");
  text().dispatchEvent(new Event("input", { bubbles: true }));
  text().focus();
  announce(word("quoted"));
}
return { start, opened, saveDraft };
})();
const _counts = (() => {
// The numbers on the tabs of the list.
let counting = 0; // the timer
let asked = 0;

const list = () => document.getElementById("list");

/** From the server only, at most once a second. */
function count() {
  if (!list()?.dataset.counts) return;
  const wait = Math.max(0, asked + 1000 - Date.now());
  counting ||= setTimeout(async () => {
    counting = 0;
    asked = Date.now();
    const answer = await fetch(list().dataset.counts, { headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer?.ok || answer.redirected || !list()) return;
    for (const [name, value] of Object.entries(await answer.json())) {
      const place = list().querySelector(`[data-count="${name}"]`);
      if (place) place.textContent = value;
    }
  }, wait);
}
return { count };
})();
const _list = (() => {
// The list of conversations: rows come as frames, keyed by id, ordered by last activity. Rows never move under
// the pointer or the focus: their content changes in place, moves wait behind a pill.
const { count } = _counts;
const { on } = _live;
const { parse } = _fragments;
const { word } = _words;

const FOUND = ["mentions", "participating", "unattended", "view", "notifications"];
const waiting = new Map(); // id -> frame, held back while the list is pointed at or focused
const mine = new Set(); // ids of what I have just changed myself: those rows go at once

const list = () => document.getElementById("list");
const rows = () => document.getElementById("rows");
const held = () => list().querySelector(".list__scroll").matches(":hover, :focus-within");
const selected = () => document.getElementById("pane")?.dataset.conversation;

function start() {
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
function mark() {
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
return { start, mark };
})();
const _lightbox = (() => {
// The pictures of a thread, large: a native dialog. Arrows, Home and End go through them, + and - zoom, d downloads, Esc ends.
const { announce, button, word } = _words;

const ZOOMS = ["1", "2", "4"];
let dialog = null;
let pictures = [];
let at = 0;

function open(picture) {
  pictures = [...document.querySelectorAll("#thread [data-lightbox]")];
  if (!pictures.includes(picture)) pictures = [picture];
  dialog ??= build();
  if (!dialog.open) dialog.showModal();
  show(pictures.indexOf(picture));
  part("stage").focus();
}

const part = (name) => dialog.querySelector(`.lightbox__${name}`);

function build() {
  const box = Object.assign(document.createElement("dialog"), { className: "lightbox" });
  const make = (tag, name, more = {}) => Object.assign(document.createElement(tag), { className: `lightbox__${name}`, ...more });
  const press = (text, run, label, name) => button(text, run, label, `button button--icon lightbox__${name}`);
  const bar = make("header", "bar");
  bar.append(
    make("bdi", "name"), make("span", "count"),
    press("−", () => zoom(-1), word("zoom-out"), "out"), press("+", () => zoom(1), word("zoom-in"), "in"),
    make("a", "download", { download: "", textContent: word("download") }),
    press("×", () => box.close(), word("close"), "close"),
  );
  const stage = make("div", "stage", { tabIndex: 0 });
  stage.append(make("img", "image", { alt: "" }));
  box.append(bar, press("‹", () => step(-1), word("picture-before"), "before"), stage, press("›", () => step(1), word("picture-next"), "next"));
  box.addEventListener("keydown", pressed);
  box.addEventListener("click", ({ target }) => target === stage && box.close());
  stage.addEventListener("dblclick", () => zoom(stage.dataset.zoom === "1" ? 1 : -9));
  box.addEventListener("close", () => { pictures[at]?.focus({ preventScroll: true }); stage.firstChild.removeAttribute("src"); });
  document.body.append(box);
  return box;
}

function show(index) {
  at = index;
  const { href, dataset } = pictures[at];
  const image = Object.assign(part("image"), { src: href, alt: dataset.name });
  for (const side of ["width", "height"]) dataset[side] ? image.setAttribute(side, dataset[side]) : image.removeAttribute(side);
  part("name").textContent = dataset.name;
  part("count").textContent = pictures.length > 1 ? word("picture-of", { n: at + 1, all: pictures.length }) : "";
  part("download").href = dataset.original;
  for (const [name, edge] of [["before", 0], ["next", pictures.length - 1]]) part(name).disabled = at === edge;
  dialog.setAttribute("aria-label", dataset.name);
  zoom(-9);
  // A button that has just been switched off took the focus with it, and the keys.
  if (!dialog.contains(document.activeElement) || document.activeElement.disabled) part("stage").focus();
  announce([dataset.name, part("count").textContent].filter(Boolean).join(", "));
}

function step(by) {
  if (pictures[at + by]) show(at + by);
}

function zoom(by) {
  const stage = part("stage");
  const level = Math.min(ZOOMS.length - 1, Math.max(0, ZOOMS.indexOf(stage.dataset.zoom ?? "1") + by));
  stage.dataset.zoom = ZOOMS[level];
  part("out").disabled = level === 0;
  part("in").disabled = level === ZOOMS.length - 1;
  if (document.activeElement?.disabled) stage.focus();
  stage.scrollTo((stage.scrollWidth - stage.clientWidth) / 2, (stage.scrollHeight - stage.clientHeight) / 2);
}

function pressed(event) {
  event.stopPropagation(); // these are no keys of the desk
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const towards = document.dir === "rtl" ? -1 : 1;
  const zoomed = part("stage").dataset.zoom !== "1"; // then the arrows move the picture
  const runs = {
    ArrowLeft: () => step(-towards), ArrowRight: () => step(towards),
    Home: () => show(0), End: () => show(pictures.length - 1),
    "+": () => zoom(1), "=": () => zoom(1), "-": () => zoom(-1), 0: () => zoom(-9),
    d: () => part("download").click(),
  };
  if (zoomed && event.key.startsWith("Arrow")) return part("stage").focus();
  if (!runs[event.key]) return;
  event.preventDefault();
  runs[event.key]();
}
return { open };
})();
const _media = (() => {
// Pictures open in place, sound plays at the speed one likes. Without script both are links and native controls.
const SPEEDS = [1, 1.5, 2, 0.75];
let lightbox = null; // the module, once a picture was opened

function start() {
  document.addEventListener("click", (event) => {
    const speed = event.target.closest?.("[data-speed]");
    if (speed) return faster(speed);
    const picture = event.target.closest?.("[data-lightbox]");
    if (!picture || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    lightbox ??= Promise.resolve(_lightbox).catch(() => (lightbox = null));
    lightbox.then((module) => (module ? module.open(picture) : window.open(picture.href, "_blank", "noopener")));
  });
}

function faster(button) {
  const audio = button.closest(".player").querySelector("audio");
  audio.playbackRate = SPEEDS[(SPEEDS.indexOf(audio.playbackRate) + 1) % SPEEDS.length];
  button.textContent = `${new Intl.NumberFormat(document.documentElement.lang || undefined).format(audio.playbackRate)}×`;
}
return { start };
})();
const _menus = (() => {
// Menus are <details>: arrows, Home, End and the first letters move in them, Esc closes and gives the focus back,
// and so does leaving them.
const items = (menu) => [...menu.querySelectorAll(".menu__sheet :is(a, button, input):not([disabled])")].filter((item) => item.checkVisibility());
let [typed, at] = ["", 0];

function start() {
  document.addEventListener("toggle", ({ target }) => target.matches?.(".menu") && toggled(target), true);
  document.addEventListener("keydown", pressed);
  document.addEventListener("focusout", ({ target, relatedTarget }) => {
    const menu = target.closest?.(".menu[open]");
    if (menu && relatedTarget && !menu.contains(relatedTarget)) menu.open = false;
  });
}

function closeAll(but = null) {
  document.querySelectorAll(".menu[open]").forEach((menu) => { if (menu !== but && !menu.contains(but)) menu.open = false; });
}

function toggled(menu) {
  const summary = menu.querySelector("summary");
  summary.setAttribute("aria-expanded", String(menu.open));
  // By keyboard the first item is where one goes on; a pointer is there by itself.
  if (menu.open && summary.matches(":focus-visible")) items(menu)[0]?.focus();
}

function pressed(event) {
  const menu = event.target.closest?.(".menu[open]");
  if (!menu || event.isComposing) return;
  if (event.key === "Escape") return close(menu, event);
  if (event.target.matches("input:not([type=radio], [type=checkbox])")) return;
  const all = items(menu);
  const here = all.indexOf(document.activeElement);
  const moves = { ArrowDown: here + 1, ArrowUp: here < 0 ? all.length - 1 : here - 1, Home: 0, End: all.length - 1 };
  if (event.key in moves) go(event, all[(moves[event.key] + all.length) % all.length]);
  else if (event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey) go(event, byLetters(all, event.key, here));
}

function byLetters(all, key, here) {
  typed = Date.now() - at < 700 ? typed + key.toLowerCase() : key.toLowerCase();
  at = Date.now();
  const order = [...all.slice(here + (typed.length === 1 ? 1 : 0)), ...all];
  return order.find((item) => item.textContent.trim().toLowerCase().startsWith(typed));
}

function go(event, item) {
  event.preventDefault();
  event.stopPropagation();
  item?.focus();
}

function close(menu, event) {
  event.preventDefault();
  event.stopImmediatePropagation();
  menu.open = false;
  menu.querySelector("summary").focus();
}
return { start, closeAll };
})();
const _messages = (() => {
// The menu of a message: reply to, copy, link, quote into a note, send again, delete. And links to one message.
const { post, form } = _change;
const { copy } = _details;
const { parse } = _fragments;
const thread = _thread;
const { reason, toast, word } = _words;

let menu = null;

function start() {
  document.addEventListener("click", ({ target }) => {
    const more = target.closest?.(".bubble__more");
    if (more) return toggle(more);
    const again = target.closest?.("[data-retry]");
    if (again) return correct(again.closest(".bubble"), "retry");
    if (menu && !menu.contains(target)) close();
  });
  document.addEventListener("keydown", pressed);
}

function toggle(more) {
  if (menu?.previousElementSibling === more) return close();
  close();
  const bubble = more.closest(".bubble");
  menu = Object.assign(document.createElement("div"), { className: "menu__sheet bubble__menu" });
  menu.setAttribute("role", "menu");
  for (const [name, run] of acts(bubble)) {
    const item = Object.assign(document.createElement("button"), { type: "button", className: "menu__item", textContent: word(name) });
    item.setAttribute("role", "menuitem");
    item.addEventListener("click", () => { close({ focus: false }); run(bubble); });
    menu.append(item);
  }
  more.after(menu);
  more.setAttribute("aria-expanded", "true");
  menu.scrollIntoView({ block: "nearest" });
  menu.firstElementChild.focus();
}

function close({ focus = true } = {}) {
  if (!menu) return;
  const more = menu.previousElementSibling;
  menu.remove();
  menu = null;
  more?.setAttribute("aria-expanded", "false");
  if (focus) more?.focus();
}

function acts(bubble) {
  const { kind, status } = bubble.dataset;
  const deleted = bubble.hasAttribute("data-deleted");
  return [
    ...(deleted ? [] : [["reply-to", replyTo], ["copy-text", (one) => copy(said(one))]]),
    ["copy-link", (one) => copy(link(one))],
    ...(deleted ? [] : [["quote", quote]]),
    ...(status === "failed" ? [["retry", (one) => correct(one, "retry")]] : []),
    ...(deleted || kind === "activity" ? [] : [["delete", (one) => correct(one, "delete")]]),
  ];
}

const said = (bubble) => bubble.querySelector(".prose")?.innerText.trim() ?? "";
const link = ({ dataset: { id } }) => `${location.origin}${document.getElementById("pane").dataset.url}?messageId=${id}`;
const event = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));
const replyTo = (bubble) => event("desk:reply-to", { id: bubble.dataset.id, text: said(bubble) });
const quote = (bubble) => event("desk:quote", { text: said(bubble).split("\n").map((one) => `> ${one}`).join("\n") });

async function correct(bubble, what) {
  const answer = await post(`${thread.inner().dataset.url}/${bubble.dataset.id}/${what}`, form({}));
  if (!answer?.ok || answer.redirected) return toast((await reason(answer)).message, { kind: "error" });
  const fresh = parse(await answer.text()).querySelector(".bubble");
  thread.upsert(fresh);
  fresh.querySelector(".bubble__more")?.focus({ preventScroll: true });
}

function pressed(event) {
  const { key, target } = event;
  if (menu?.contains(target)) {
    const items = [...menu.children];
    const at = items.indexOf(target);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[key];
    if (next !== undefined) items[(next + items.length) % items.length].focus();
    else if (key === "Escape") close();
    else if (key === "Tab") return close({ focus: false });
    else if (key.length === 1 && key !== " ") items.find((item) => item.textContent.toLowerCase().startsWith(key.toLowerCase()))?.focus();
    else return;
  } else if (target.matches?.(".bubble__more") && (key === "ArrowDown" || key === "ArrowUp")) {
    const all = [...thread.inner().querySelectorAll(".bubble:not([data-folded]) .bubble__more")];
    const next = all[all.indexOf(target) + (key === "ArrowDown" ? 1 : -1)];
    if (next) { target.tabIndex = -1; next.tabIndex = 0; next.focus(); }
  } else return;
  event.preventDefault();
  event.stopPropagation();
}
return { start };
})();
const _selection = (() => {
// Several conversations at once: x ticks, Shift with j and k or a click extends, a click on a face ticks; the bar does the
// same to all of them, and Undo brings back to each what it had.
const { send } = _change;
const { choices } = _choices;
const { walk } = _steps;
const { toast, word } = _words;

const MOST = 100;
const chosen = new Set(); // ids as text
let last = null; // the row that was ticked last: Shift and a click reach from there

const bar = () => document.getElementById("bulk");
const rows = () => [...document.querySelectorAll("#rows .row")];

function start() {
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

function select(link, { on = null } = {}) {
  const row = link?.closest(".row");
  if (!row) return false;
  const { id } = row.dataset;
  if (on ?? !chosen.has(id)) { if (chosen.size < MOST) chosen.add(id); } else chosen.delete(id);
  last = row.id;
  arrange();
  return true;
}

function extend(by) {
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
return { start, select, extend };
})();
const _picker = (() => {
// Choosing by typing: a combobox over a list, below what opened it; a choice closes it. Arrows, Home, End, Enter;
// Esc gives the focus back.
const { change, head, undone } = _change;
const { choices } = _choices;
const { openId } = _thread;
const { announce, word } = _words;

let open = null; // {trigger, box, input, list, items, kind, shown, at}

async function toggle(trigger) {
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

function close({ focus = false } = {}) {
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
return { toggle, close };
})();
const _presence = (() => {
// Who types, who looks, what I have read. Loaded when the page is idle.
const { on, send } = _live;
const { announce, word } = _words;
const { atEnd, inner, openId } = _thread;

const TYPING_EVERY = 3_000;
const TYPING_STOPS = 5_000;
const TYPING_ENDS = 6_000; // a stop that never came
const READ_AFTER = 1_000;
const people = new Map(); // "42:7" -> {name, note, timer}
const announced = new Map();
const looking = new Map(); // user id -> name, of the open conversation
let said = 0;
let stop = 0;
let reading = 0;

function start() {
  on("conversation.typing_on", (frame) => typing(frame, true));
  on("conversation.typing_off", (frame) => typing(frame, false));
  on("conversation.viewing", viewed);
  on("message.created", ({ stream, data }) => { forgetSender(stream, data); if (stream === `conv:${openId()}`) readSoon(); });
  on("online", tellViewing);
  document.addEventListener("input", (event) => event.target.id === "composer-text" && typed(event.target.form));
  document.addEventListener("desk:sent", stopTyping);
  document.addEventListener("desk:opened", opened);
  document.addEventListener("visibilitychange", () => { tellViewing(); readSoon(); });
  document.addEventListener("scroll", readSoon, { capture: true, passive: true });
  opened();
}

function opened() {
  looking.clear();
  tellViewing();
  show();
  readSoon();
}

function tellViewing() {
  send({ type: "viewing", conversation: document.hidden ? null : Number(openId()) || null });
}

// --- typing ---
function typed(form) {
  const conversation = Number(openId());
  const note = form.elements.kind.value === "note";
  clearTimeout(stop);
  stop = setTimeout(stopTyping, TYPING_STOPS, conversation);
  if (Date.now() - said < TYPING_EVERY) return;
  said = Date.now();
  send({ type: "typing", conversation, on: true, private: note });
}

function stopTyping(conversation) {
  clearTimeout(stop);
  if (!said) return;
  said = 0;
  send({ type: "typing", conversation: Number(conversation) || Number(openId()), on: false });
}

function typing({ id, data }, on) {
  const { user } = data;
  if (user.type !== "contact" && user.id === Number(document.body.dataset.user)) return;
  const key = `${id}:${user.type}:${user.id}`;
  clearTimeout(people.get(key)?.timer);
  people.delete(key);
  if (on) people.set(key, { id, user, note: data.is_private, timer: setTimeout(() => { people.delete(key); show(); }, TYPING_ENDS) });
  show();
}

function forgetSender(stream, data) {
  for (const [key, { id, user }] of people) {
    if (stream === `conv:${id}` && user.id === data.sender_id) people.delete(key);
  }
  show();
}

function show() {
  for (const row of document.querySelectorAll("#rows .row")) {
    row.toggleAttribute("data-typing", [...people.values()].some(({ id }) => String(id) === row.dataset.id));
  }
  const line = document.getElementById("typing");
  if (!line) return;
  const here = [...people.values()].filter(({ id }) => String(id) === openId());
  const names = here.map(({ user, note }) => word(note ? "typing-note" : "typing", { name: user.name }));
  const others = [...looking.values()].map((name) => word("viewing", { name }));
  line.textContent = (names.length ? names : others).join(" · ");
  line.toggleAttribute("data-on", names.length > 0);
  here.forEach(({ user }) => announceOnce(`${openId()}:${user.id}`, names[0]));
}

/** Once per person and minute: a live region that repeats itself is worse than none. */
function announceOnce(key, text) {
  if (Date.now() - (announced.get(key) ?? 0) < 60_000) return;
  announced.set(key, Date.now());
  announce(text);
}

// --- viewing ---
function viewed({ id, data }) {
  if (String(id) !== openId() || data.user.id === Number(document.body.dataset.user)) return;
  if (data.on === false) looking.delete(data.user.id);
  else looking.set(data.user.id, data.user.name);
  show();
}

// --- read: pane visible, tab focused, last message in view for a second ---
function readSoon() {
  clearTimeout(reading);
  if (!inner() || document.hidden || !document.hasFocus() || !atEnd()) return;
  const row = document.getElementById(`row-${openId()}`);
  if (row && !row.hasAttribute("data-unread")) return;
  reading = setTimeout(tellRead, READ_AFTER, openId());
}

function tellRead(conversation) {
  if (conversation !== openId() || document.hidden || !atEnd()) return;
  const headers = { "X-CSRFToken": document.body.dataset.csrf, "HX-Request": "true" };
  fetch(inner().dataset.seenUrl, { method: "POST", headers, keepalive: true }).then(() => {
    const row = document.getElementById(`row-${conversation}`);
    row?.removeAttribute("data-unread");
    row?.querySelector(".badge--unread")?.remove();
  }, () => null);
}
return { start };
})();
const _keys = (() => {
// Single keys, only outside text fields, never with Alt, Ctrl or Meta, never while composing; "?" shows them and
// switches them off (WCAG 2.1.4). Each presses a control that is on the page anyway.
const { toEnd } = _thread;
const { current, walk } = _steps;
const { extend, select } = _selection;

const OFF = "keys-off";
const SEQUENCE = 1_500; // ms between g and its second key

const press = (selector) => () => { const control = [...document.querySelectorAll(selector)].find((one) => one.isConnected); control?.click(); return !!control; };
const key = (name) => press(`[data-shortcut="${name}"]`);
/** Opens a menu as a keyboard does: with the focus on its first item. */
const menu = (name) => () => { const summary = document.querySelector(`[data-shortcut="${name}"]`); summary?.focus(); summary?.click(); return !!summary; };
const open = (selector) => () => { const link = document.querySelector(selector); if (link) location.href = link.href; return !!link; };
const write = (kind) => () => {
  const form = document.getElementById("composer");
  if (!form) return false;
  const tab = form.querySelector(`[name="kind"][value="${kind}"]`);
  if (!tab.checked && !tab.disabled) tab.click();
  document.getElementById("composer-text").focus();
  return true;
};
const scroll = (pages) => () => {
  const thread = document.getElementById("thread-scroll");
  if (!thread || document.activeElement?.matches("a, button, summary, input")) return false;
  thread.scrollBy({ top: pages * (thread.clientHeight - 64) });
  return true;
};

const keys = {
  j: () => walk(1),
  k: () => walk(-1),
  ArrowDown: () => document.activeElement?.matches(".row__link") && walk(1, { open: false }),
  ArrowUp: () => document.activeElement?.matches(".row__link") && walk(-1, { open: false }),
  J: () => extend(1),
  K: () => extend(-1),
  x: () => select(current()),
  F: key("F"),
  r: write("reply"),
  n: write("note"),
  e: key("e"),
  E: key("E"),
  s: menu("s"),
  a: key("a"),
  t: key("t"),
  p: key("p"),
  l: key("l"),
  y: press('[data-action="copyLink"]'),
  z: () => { const last = [...document.querySelectorAll(".toast [data-undo]")].at(-1); last?.click(); return !!last; },
  i: press('[data-action="assignMe"]'),
  d: press('[data-action="details"]'),
  "/": () => press('[data-shortcut="/"]')(),
  " ": scroll(1),
  Home: () => { const thread = document.getElementById("thread-scroll"); if (!thread || document.activeElement?.matches(".row__link")) return false; thread.scrollTop = 0; return true; },
  End: () => { if (!document.getElementById("thread-scroll")) return false; toEnd(); return true; },
  1: key("1"),
  2: key("2"),
  3: key("3"),
  "?": () => help(),
};
const places = { c: open("#nav [data-place=c]"), i: open("#nav [data-place=i]"), m: open('#sections [href$="/mentions/conversations"]'), u: open('#sections [href$="/unattended/conversations"]'), p: open("#nav [data-place=p]"), r: open("#nav [data-place=r]"), s: open("#nav [data-place=s]") };
let going = 0;

const off = document.querySelector("#keys-help [name=off]");
off.checked = !!localStorage.getItem(OFF);
off.addEventListener("change", () => (off.checked ? localStorage.setItem(OFF, "1") : localStorage.removeItem(OFF)));

function pressed(event) {
  if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.isComposing || inField(event.target)) return;
  if (document.querySelector("dialog[open]") || event.target.closest?.(".menu__sheet")) return;
  if (localStorage.getItem(OFF) && event.key !== "?") return;
  const name = event.key in keys ? event.key : latin(event) || event.key;
  if (Date.now() - going < SEQUENCE) {
    going = 0;
    if (places[name]?.()) return event.preventDefault();
  }
  if (name === "g") return void (going = Date.now());
  if (event.shiftKey && name === " ") { if (scroll(-1)()) event.preventDefault(); return; }
  if (Object.hasOwn(keys, name) && keys[name]()) event.preventDefault();
}

const inField = (target) => target.closest?.("input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]");

/** The key at that place of a Latin board, for people who write another script. */
function latin({ code, key: typed, shiftKey }) {
  if (/^[\x21-\x7e]$/.test(typed) || !code.startsWith("Key")) return "";
  return shiftKey ? code[3] : code[3].toLowerCase();
}

function help() {
  document.getElementById("keys-help").showModal();
  return true;
}
return { pressed };
})();
const app = (() => {
// The dashboard: starts the parts and ties them to each other. Everything works without this file, by pages and forms.
const { actions } = _actions;
const badges = _badges;
const change = _change;
const composer = _composer;
const details = _details;
const { parse, reload } = _fragments;
const list = _list;
const live = _live;
const media = _media;
const menus = _menus;
const messages = _messages;
const panes = _panes;
const selection = _selection;
const { announce, reason, toast, word } = _words;
const thread = _thread;
const told = _told;

function clicked(event) {
  const control = event.target.closest("[data-action], [data-swap], [data-picker]");
  menus.closeAll(event.target);
  if (!control || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (control.dataset.picker) pick((picker) => picker.toggle(control));
  else if (control.dataset.swap) swapList(control);
  else actions[control.dataset.action](control);
}

let picker = null;
const pick = (run) => (picker ??= Promise.resolve(_picker).catch(() => (picker = null))).then((loaded) => loaded && run(loaded));

function swapList(link) {
  const url = new URL(link.href);
  const list = document.getElementById("list");
  const { base } = list.dataset;
  // The open conversation stays open, and in the address.
  const push = thread.openId() ? `${base}/conversations/${thread.openId()}${url.search}` : link.href;
  // The list is the source: the server answers with that part, and to a link it would with a whole page.
  htmx.ajax("GET", link.href, { source: list, target: "#list", swap: "outerHTML", push });
}

function opened() {
  thread.opened();
  composer.opened();
  details.arrange();
  list.mark();
}

function reloadAll() {
  panes.forgetAll();
  panes.refresh();
  const list = document.getElementById("list");
  if (list) reload(list);
}

live.on("message.created", (frame) => message(frame, true));
live.on("message.updated", (frame) => message(frame, false));
function message({ stream, html }) {
  const conversation = stream.slice("conv:".length);
  panes.forget(conversation);
  if (conversation !== thread.openId()) return;
  const bubble = parse(html).querySelector(".bubble");
  if (bubble) thread.upsert(bubble);
}

live.on("conversation.updated", ({ id }) => (String(id) === thread.openId() ? panes.refresh() : panes.forget(id)));
live.on("conversation.left", ({ id }) => {
  document.getElementById(`row-${id}`)?.remove();
  if (String(id) === thread.openId()) toast(word("gone"), { kind: "error" });
});
live.on("reset", reloadAll);
live.on("offline", () => { delete document.body.dataset.connected; strip(word("offline")); });
live.on("online", () => { document.body.dataset.connected = ""; strip(""); });
live.on("refused", ({ code }) => strip(word(code === 4403 ? "no-access" : "signed-out"), code !== 4403));

/** The switch shows what was chosen at once, and what was before if the server says no. */
async function availability(event) {
  if (!event.target.matches?.("form[data-availability]")) return;
  event.preventDefault();
  const chosen = event.submitter;
  const group = [...event.target.querySelectorAll("[name=availability]")];
  const was = group.find((one) => one.ariaPressed === "true");
  const mark = (one) => group.forEach((other) => { other.ariaPressed = String(other === one); });
  mark(chosen);
  const answer = await change.post(event.target.action, change.form({ availability: chosen.value }));
  if (!answer?.ok || answer.redirected) { mark(was); return void toast((await reason(answer)).message, { kind: "error" }); }
  document.querySelectorAll("[data-own-dot]").forEach((dot) => { dot.dataset.ownDot = chosen.value; });
}

function strip(text, signIn = false) {
  const box = document.getElementById("strip");
  box.hidden = !text;
  box.replaceChildren(text);
  if (signIn) box.append(" ", Object.assign(document.createElement("a"), { href: `${document.body.dataset.signIn}?next=${encodeURIComponent(location.pathname)}`, textContent: word("sign-in") }));
  if (text) announce(text, { now: true });
}

document.addEventListener("click", clicked);
document.addEventListener("desk:opened", opened);
document.addEventListener("desk:refreshed", list.mark);
document.addEventListener("submit", availability, true);
document.addEventListener("htmx:response:error", async ({ detail: { ctx } }) => toast((await reason(ctx.response.raw)).message, { kind: "error" }));
document.addEventListener("htmx:error", ({ detail }) => detail.ctx && toast(word("unreachable"), { kind: "error" }));

document.cookie = `zone=${Intl.DateTimeFormat().resolvedOptions().timeZone ?? ""};path=/;max-age=31536000;SameSite=Lax`;
panes.start();
list.start();
menus.start();
change.start();
details.start();
messages.start();
composer.start();
media.start();
selection.start();
thread.opened();
badges.start();
told.start();
live.start(document.body.dataset.live, document.body.dataset.seq ? Number(document.body.dataset.seq) : null);
(window.requestIdleCallback ?? setTimeout)(() => {
  Promise.resolve(_presence).then((presence) => presence.start(), () => null);
  if (document.getElementById("composer")) pick(() => null); // so that the first key opens it at once
});
document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  actions.palette();
});
let keys = null; // loaded by the first key outside a text field; a failure is tried again with the next one
document.addEventListener("keydown", (event) => {
  if (event.target.closest?.("input, textarea, select")) return;
  keys ??= Promise.resolve(_keys).catch(() => (keys = null));
  keys.then((loaded) => loaded?.pressed(event));
});
return {  };
})();
