// Fetches messages: the newest page, older pages while the visitor scrolls up, and what came while the socket was away.
import { ApiError, request } from "./api.js";
import { tell } from "./host.js";
import { sayCount, texts } from "./look.js";
import * as thread from "./thread.js";

const PAGE = 20;
let complete = true;
let loading = null;
let broken = false;
let onPage = () => {};

export const isComplete = () => complete;

let onMissed = () => {};

// handler({complete, failed, meta}) runs after every answer; missed(message) for what came while the socket was away.
export function openHistory(handler, missed) {
  onPage = handler;
  onMissed = missed;
}

const fetchPage = (query) => request("GET", "messages", { query });

export function loadFirst() {
  complete = false;
  return once(async () => {
    const { payload, meta } = await fetchPage({});
    await thread.ready(payload);
    thread.quietly(() => payload.forEach(thread.add));
    complete = payload.length < PAGE;
    return meta;
  });
}

export function loadOlder() {
  if (complete || loading || broken || !thread.firstId() || !thread.nearTop()) return loading;
  return once(async () => {
    const { payload, meta } = await fetchPage({ before: thread.firstId() });
    await thread.ready(payload);
    thread.quietly(() => thread.addOlder(payload));
    complete = payload.length < PAGE;
    return meta;
  });
}

// What is newer than the last message here, then the newest page once more: it brings what was edited meanwhile.
export async function catchUp() {
  if (loading) await loading;
  if (!thread.lastId()) return loadFirst();
  return once(async () => {
    for (let more = true; more; ) {
      const last = thread.lastId();
      const { payload } = await fetchPage({ after: last });
      await thread.ready(payload);
      payload.forEach(onMissed);
      more = thread.lastId() !== last;
    }
  });
}

export async function refresh() {
  await catchUp();
  if (thread.lastId()) await once(async () => (await fetchPage({})).payload.forEach(thread.add));
}

function once(work) {
  loading = work().then(
    (meta) => settle({ meta }),
    (error) => {
      if (!(error instanceof ApiError)) throw error;
      settle({ failed: error });
    },
  );
  return loading;
}

// A short page leaves room above: the next one is asked for at once.
function settle(outcome) {
  loading = null;
  broken = !!outcome.failed;
  onPage({ complete, ...outcome });
  loadOlder();
}

// What the visitor has not seen: the number on the launcher, and telling the server when it has been seen.

const LOOK = 1000;
let seenAt = 0;
let seenId = 0;
let told = 0;
let toldId;
let timer;
let isOpen = () => false;

export function openUnread(opened) {
  isOpen = opened;
  document.addEventListener("visibilitychange", review);
}

const unseen = () => thread.records().filter(({ mine, at, id }) => !mine && at > seenAt && id > seenId);

export function serverSaw(seconds) {
  seenAt = Math.max(seenAt, seconds * 1000);
}

export function review() {
  const fresh = unseen();
  const looking = isOpen() && !document.hidden && thread.atEnd();
  clearTimeout(timer);
  if (fresh.length && looking) timer = setTimeout(markSeen, LOOK);
  show(isOpen() ? [] : fresh);
}

function show(fresh) {
  const n = fresh.length;
  const newest = fresh.at(-1)?.id;
  if (n === told && newest === toldId) return;
  told = n;
  toldId = newest;
  const text = n > 99 ? "99+" : n ? String(n) : "";
  tell("unread", { value: n, text, label: n ? sayCount("unread", n) : "", card: n ? card(fresh.at(-1)) : null });
}

// What stands above the closed launcher: the newest answer, without the marks of its markdown.
function card({ id, name, text, attachments }) {
  const words = text.replace(/[*_`~#>]+|!?\[([^\]]*)\]\([^)]*\)/g, "$1").trim().slice(0, 200);
  return { id, name, text: words || attachments[0]?.name || texts.file, label: texts.open, dismiss: texts.dismiss };
}

async function markSeen() {
  const newest = Math.max(...unseen().map(({ id }) => id));
  if (!Number.isFinite(newest)) return;
  seenId = newest;
  await request("POST", "conversations/update_last_seen", { body: {} }).catch(() => {});
}

export function forgetSeen() {
  seenAt = seenId = 0;
  show([]);
}
