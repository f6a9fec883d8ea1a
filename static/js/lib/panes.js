// Opening a conversation: fetched when the pointer rests or goes down on a row, shown from memory at once, then
// brought up to date by morph. Every open pane has a URL; without script the same links load the same page.
import { reason, toast, word } from "./words.js";
import { parse } from "./fragments.js";
import * as thread from "./thread.js";

const KEPT = 30;
const FRESH = 2_000; // ms in which a fetched pane needs no second look
const panes = new Map(); // url -> {text: Promise<string|null>, at}
let hover = 0;
let wanted = "";

/** Something changed there: what is kept of it, or is on its way, is old. */
export function forget(conversation) {
  for (const url of panes.keys()) if (new RegExp(`/conversations/${conversation}(?!\\d)`).test(url)) panes.delete(url);
}

export const forgetAll = () => panes.clear();

export function start() {
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

export function preload(url) {
  if (!panes.has(url) || Date.now() - panes.get(url).at > 60_000) fetchPane(url);
}

/** focus: true moves it to the pane's heading (click, Enter); false leaves it on the row (j, k). */
export async function show(url, { focus = true } = {}) {
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
export async function refresh() {
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
