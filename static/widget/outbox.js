// What the server has not yet accepted, kept over reloads: in IndexedDB, files included; where that is blocked, texts
// in the small store and files in memory.
// item: {echo_id, order, text, files: [File], page, written (ms), failed: reason or null, details: what a form before the first
// message has asked, {contact, custom_attributes}, or undefined}
import { ApiError, request } from "./api.js";
import { read, write } from "./host.js";
import { texts } from "./look.js";

const MAX_AGE = 24 * 3600 * 1000;
const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 30000;
let database = null;
let memory = new Map();
let name;

export async function openOutbox(websiteToken) {
  name = `parley-${websiteToken}`;
  try {
    database = await openDatabase();
  } catch {
    const kept = JSON.parse(read("outbox") || "[]");
    memory = new Map(kept.map((item) => [item.echo_id, { ...item, files: [] }]));
  }
}

function openDatabase() {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(name, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("outbox", { keyPath: "echo_id" });
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = opening.onblocked = () => reject(opening.error);
  });
}

function inStore(mode, use) {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction("outbox", mode);
    const asked = use(transaction.objectStore("outbox"));
    transaction.oncomplete = () => resolve(asked.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}

async function waitingItems() {
  const items = database ? await inStore("readonly", (store) => store.getAll()).catch(() => []) : [];
  return [...items, ...memory.values()].sort((a, b) => a.order - b.order);
}

// Full or broken storage must not stop a message.
async function keep(item) {
  try {
    if (database) return await inStore("readwrite", (store) => store.put(item));
  } catch { /* below */ }
  memory.set(item.echo_id, item);
  mirror();
}

export async function drop(echoId) {
  if (memory.delete(echoId)) mirror();
  if (database) await inStore("readwrite", (store) => store.delete(echoId)).catch(() => {});
}

export async function dropAll() {
  memory.clear();
  if (database) await inStore("readwrite", (store) => store.clear()).catch(() => {});
}

function mirror() {
  const told = ({ files, ...rest }) => (files.length ? { ...rest, failed: texts.files_lost } : rest);
  if (!database) write("outbox", JSON.stringify([...memory.values()].filter(({ text }) => text).map(told)));
}

// crypto.randomUUID exists on https (and localhost) only.
const digit = (mask) => (mask ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (mask / 4)))).toString(16);
const uuid = () => crypto.randomUUID?.() ?? "10000000-1000-4000-8000-100000000000".replace(/[018]/g, digit);

let last = 0;

function newItem(text, files, page, details) {
  last = Math.max(Date.now(), last + 1);
  return { echo_id: uuid(), order: last, text, files, page, details, written: Date.now(), failed: null };
}

// Sending: one at a time, in order, each once (the server answers a repeated echo_id with the message it has already).
// A refusal marks a message failed and lets the next one go; a lost connection holds all.
let pause = FIRST_PAUSE;
let timer;
let running = false;
let again = false;
let limitedUntil = 0;
let others = null;
let report = () => {};

// report(kind, item, detail): added, sending (share or null), waiting, limited (seconds), failed, dropped, sent (message)
export async function openSender(reporter) {
  report = reporter;
  addEventListener("online", flush);
  try {
    others = new BroadcastChannel(name);
    others.onmessage = ({ data }) => report("sent", { echo_id: data.echo_id }, data.message);
  } catch { /* blocked: each tab for itself */ }
  for (const item of await waitingItems()) {
    if (Date.now() - item.written > MAX_AGE && !item.failed) await fail(item, texts.stale, true);
    else report("added", item);
  }
  flush();
}

export async function submit(text, files, page, details) {
  const item = newItem(text, files, page, details);
  report("added", item);
  await keep(item);
  flush();
}

export async function retry(item) {
  const { order, written } = newItem();
  Object.assign(item, { order, written, failed: null });
  report("waiting", item);
  await keep(item);
  flush();
}

export async function discard(item) {
  await drop(item.echo_id);
  report("dropped", item);
}

export async function flush() {
  again = running;
  if (running) return;
  running = true;
  clearTimeout(timer);
  try {
    await alone(sendAll);
  } finally {
    running = false;
  }
  if (again) flush();
}

// Two tabs of one visitor share the outbox; one of them sends at a time.
async function alone(work) {
  try {
    if (navigator.locks) return await navigator.locks.request(name, work);
  } catch (error) {
    if (error.name !== "SecurityError") throw error;
  }
  return work();
}

const queued = async () => (await waitingItems()).filter((item) => !item.failed);

async function sendAll() {
  if (Date.now() < limitedUntil) return hold();
  for (let item; ([item] = await queued(), item); ) {
    try {
      await sendOne(item);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 429) limitedUntil = Date.now() + 1000 * (error.retryAfter || 5);
      if (error.temporary) return hold(error.status ? "trying" : null);
      await fail(item, error.message);
    }
  }
}

async function sendOne(item) {
  if (!navigator.onLine) throw new ApiError(0, "");
  report("sending", item, item.files.length ? 0 : null);
  const answer = await request("POST", item.details ? "conversations" : "messages", bodyOf(item));
  const message = answer.messages?.[0] ?? answer;
  pause = FIRST_PAUSE;
  await drop(item.echo_id);
  report("sent", item, message);
  others?.postMessage({ echo_id: item.echo_id, message });
}

function bodyOf(item) {
  const message = { content: item.text, echo_id: item.echo_id, timestamp: new Date(item.written).toISOString(), referer_url: item.page };
  if (!item.files.length) return { body: { message, ...item.details } };
  const form = new FormData();
  for (const key in message) form.append(`message[${key}]`, message[key]);
  for (const file of item.files) form.append("message[attachments][]", file, file.name);
  return { form, progress: (share) => report("sending", item, share) };
}

// The server's own limit is waited for; without a connection the pauses grow.
async function hold(why) {
  const limit = Math.max(0, limitedUntil - Date.now());
  for (const item of await queued()) report(limit ? "limited" : "waiting", item, limit ? Math.ceil(limit / 1000) : why);
  timer = setTimeout(flush, limit || pause * (0.75 + Math.random() / 2));
  if (!limit) pause = Math.min(pause * 2, LONGEST_PAUSE);
}

async function fail(item, reason, quietly) {
  item.failed = reason;
  await keep(item);
  report(quietly ? "added" : "failed", item);
}
