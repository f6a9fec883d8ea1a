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

export const online = () => socket?.readyState === WebSocket.OPEN;

export function send(frame) {
  if (online()) socket.send(JSON.stringify(frame));
}

/** after: the number of the newest event that the page itself already shows; null if it does not know. */
export function start(path, after) {
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

export const on = (type, run) => document.addEventListener(`live:${type}`, (event) => run(event.detail));
