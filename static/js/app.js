// The dashboard: starts the parts and ties them to each other. Everything works without this file, by pages and forms.
import { actions } from "./lib/actions.js";
import * as badges from "./lib/badges.js";
import * as change from "./lib/change.js";
import * as composer from "./lib/composer.js";
import * as details from "./lib/details.js";
import { parse, reload } from "./lib/fragments.js";
import * as list from "./lib/list.js";
import * as live from "./lib/live.js";
import * as media from "./lib/media.js";
import * as menus from "./lib/menus.js";
import * as messages from "./lib/messages.js";
import * as panes from "./lib/panes.js";
import * as selection from "./lib/selection.js";
import { announce, reason, toast, word } from "./lib/words.js";
import * as thread from "./lib/thread.js";
import * as told from "./lib/told.js";

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
const pick = (run) => (picker ??= import("./lib/picker.js").catch(() => (picker = null))).then((loaded) => loaded && run(loaded));

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
  import("./lib/presence.js").then((presence) => presence.start(), () => null);
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
  keys ??= import("./lib/keys.js").catch(() => (keys = null));
  keys.then((loaded) => loaded?.pressed(event));
});
