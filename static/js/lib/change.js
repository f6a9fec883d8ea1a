// Changing a conversation: painted at once, sent, and taken back if the server says no. What can be undone offers
// Undo: the values that the head showed before are sent again.
import { relative, reason, toast, word } from "./words.js";
import { neighbour, step } from "./steps.js";
import { parse } from "./fragments.js";
import { openId } from "./thread.js";

const KINDS = ["status", "assignee", "team", "priority", "muted"];
export const head = () => document.getElementById("conversation-head");

export function start() {
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
export function change(kind, values, { next = false, paint = null, undo = null } = {}) {
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

export async function undone(conversation, kind, values) {
  const answer = await send(conversation, kind, values);
  if (!answer?.ok) return void toast((await reason(answer)).message, { kind: "error" });
  if (openId() === conversation) swap(parse(await answer.text()).querySelector("header"));
  toast(word("undone"));
}

export function send(conversation, kind, values) {
  const body = values instanceof FormData ? values : form(values);
  body.set("zone", Intl.DateTimeFormat().resolvedOptions().timeZone ?? "");
  const base = `/app/accounts/${document.body.dataset.account}/conversations/${conversation}`;
  return post(`${base}/${kind}`, body);
}

export function post(url, body) {
  const headers = { "HX-Request": "true", Accept: "text/html, application/json", "X-CSRFToken": document.body.dataset.csrf };
  return fetch(url, { method: "POST", body, headers }).catch(() => null);
}

export function form(values) {
  const data = new FormData();
  for (const [name, value] of Object.entries(values)) for (const one of [value].flat()) data.append(name, one);
  return data;
}

/** The successor takes the focus of what was pressed: it must not fall to the page. */
export function swap(after) {
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
