// Who types, who looks, what I have read. Loaded when the page is idle.
import { on, send } from "./live.js";
import { announce, word } from "./words.js";
import { atEnd, inner, openId } from "./thread.js";

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

export function start() {
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
