// Storing files ahead of their message, a few at a time, with their progress. An item is {file, url, name, size, state,
// done, id, message}; its state goes waiting → sending → stored | failed (may be tried again) | refused (by size, type).
import { paint } from "./filerows.js";
import { announce, word } from "./words.js";

const AT_ONCE = 3;
const REFUSALS = [400, 413, 415, 422];
const queue = new Set(); // also of a composer that was left: what is to be stored goes on
let busy = [];

export function next(items = []) {
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

export function refuse(item, message) {
  Object.assign(item, { state: "refused", message });
  paint(item);
  announce(`${item.name}: ${message}`, { now: true });
}

export function again(item) {
  item.state = "waiting";
  next([item]);
}

/** Not wanted any more: stop sending it, or have it forgotten. */
export function cancel(item) {
  item.state = "gone";
  item.xhr?.abort();
  if (item.id) fetch(`${item.url}/${item.id}`, { method: "DELETE", headers: { "X-CSRFToken": document.body.dataset.csrf }, keepalive: true }).catch(() => null);
}

/** For a message on its way: null when all its files are stored, else the problem, in the terms of words.js reason(). */
export async function ready(items) {
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
export const kept = (items) => items.filter(({ id }) => id).map(({ id, url, name, size }) => ({ id, url, name, size, state: "stored", done: 1 }));
