// The dashboard: starts the parts and ties them to each other. Everything works without this file, by pages and forms.
import * as composer from "./lib/composer.js";
import * as list from "./lib/list.js";
import * as live from "./lib/live.js";
import * as media from "./lib/media.js";
import * as panes from "./lib/panes.js";
import { announce, reason, toast, word } from "./lib/words.js";
import * as thread from "./lib/thread.js";

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
  jump: thread.toEnd,
};

function clicked(event) {
  const control = event.target.closest("[data-action], [data-swap]");
  document.querySelectorAll(".menu[open]").forEach((menu) => menu.contains(event.target) || (menu.open = false));
  if (!control || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (control.dataset.swap) swapList(control);
  else actions[control.dataset.action](control);
}

function swapList(link) {
  const url = new URL(link.href);
  const base = document.getElementById("list").dataset.base;
  // The open conversation stays open, and in the address.
  const push = thread.openId() ? `${base}/conversations/${thread.openId()}${url.search}` : link.href;
  htmx.ajax("GET", link.href, { source: link, target: "#list", swap: "outerHTML", push });
}

function opened() {
  thread.opened();
  composer.opened();
  list.mark();
  fillPeople();
}

/** The people to assign come once, with the sections of the nav. */
function fillPeople() {
  const select = document.querySelector("select[data-people]");
  const known = new Set([...(select?.options ?? [])].map((option) => option.value));
  for (const person of document.querySelectorAll("#people option")) {
    if (select && !known.has(person.value)) select.append(new Option(person.textContent, person.value));
  }
}

function reloadAll() {
  panes.forgetAll();
  panes.refresh();
  const url = document.getElementById("list")?.dataset.url;
  if (url) htmx.ajax("GET", url, { target: "#list", swap: "outerMorph" });
}

live.on("message.created", (frame) => message(frame, true));
live.on("message.updated", (frame) => message(frame, false));
function message({ stream, html }) {
  const conversation = stream.slice("conv:".length);
  panes.forget(conversation);
  if (conversation !== thread.openId()) return;
  const bubble = thread.parse(html).querySelector(".bubble");
  if (bubble) thread.upsert(bubble);
}

live.on("conversation.updated", ({ id }) => (String(id) === thread.openId() ? panes.refresh() : panes.forget(id)));
live.on("conversation.left", ({ id }) => {
  document.getElementById(`row-${id}`)?.remove();
  if (String(id) === thread.openId()) toast(word("gone"), { kind: "error" });
});
live.on("reset", reloadAll);
live.on("offline", () => strip(word("offline")));
live.on("online", () => strip(""));
live.on("refused", ({ code }) => strip(word(code === 4403 ? "no-access" : "signed-out"), code !== 4403));

function strip(text, signIn = false) {
  const box = document.getElementById("strip");
  box.hidden = !text;
  box.replaceChildren(text);
  if (signIn) box.append(" ", Object.assign(document.createElement("a"), { href: `${document.body.dataset.signIn}?next=${encodeURIComponent(location.pathname)}`, textContent: word("sign-in") }));
  if (text) announce(text, { now: true });
}

document.addEventListener("click", clicked);
document.addEventListener("keydown", ({ key }) => key === "Escape" && document.querySelectorAll(".menu[open]").forEach((menu) => { menu.open = false; menu.querySelector("summary").focus(); }));
document.addEventListener("desk:opened", opened);
document.addEventListener("desk:refreshed", () => { fillPeople(); list.mark(); });
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  fillPeople();
  // What was pressed is gone with the old header: its successor takes the focus.
  if (ctx.target?.id === "conversation-head" && document.activeElement === document.body) document.getElementById("status-main")?.focus({ preventScroll: true });
});
document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
  const offset = ctx.request.body?.has?.("offset");
  if (offset) ctx.request.body.set("offset", String(-new Date().getTimezoneOffset()));
});
document.addEventListener("htmx:response:error", async ({ detail: { ctx } }) => toast((await reason(ctx.response.raw)).message, { kind: "error" }));
document.addEventListener("htmx:error", ({ detail }) => detail.ctx && toast(word("unreachable"), { kind: "error" }));

panes.start();
list.start();
composer.start();
media.start();
thread.opened();
fillPeople();
live.start(document.body.dataset.live, document.body.dataset.seq ? Number(document.body.dataset.seq) : null);
(window.requestIdleCallback ?? setTimeout)(() => {
  import("./lib/presence.js").then((presence) => presence.start(), () => null);
});
let keys = null; // loaded by the first key outside a text field; a failure is tried again with the next one
document.addEventListener("keydown", (event) => {
  if (event.target.closest?.("input, textarea, select")) return;
  keys ??= import("./lib/keys.js").catch(() => (keys = null));
  keys.then((loaded) => loaded?.pressed(event));
});
