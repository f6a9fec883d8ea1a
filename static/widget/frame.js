// Starts the chat in its frame and joins the parts. Nothing is stored and nothing is asked of the server before the
// loader says "open" (the visitor) or "check" (a visitor with a conversation has come back).
import { forgetSession, openApi, renew, request, token } from "./api.js";
import * as composer from "./composer.js";
import { carried, forgetAll, framed, hear, mark, openStore, read, tell, trusted, wish, write } from "./host.js";
import { openLive } from "./live.js";
import { applyBrand, applyTheme, whenFrom, labelPage, say, texts, useTexts } from "./look.js";
import * as outbox from "./outbox.js";
import * as reading from "./reading.js";
import * as thread from "./thread.js";

const STRIP_AFTER = 5000;
const TYPING_FOR = 6000;
const ui = Object.fromEntries([...document.querySelectorAll("[id]")].map((node) => [node.id, node]));
const config = JSON.parse(ui.config.textContent);
let opened = false;
let page = "";
let connected = true;
let started = null;
let resumed = null;
let painting = Promise.resolve();
let asking = null;
let calls = null;
let status = "";
let stripTimer;
let typingTimer;

const live = openLive({
  url: new URL(config.live_url, location.href.replace(/^http/, "ws")).href,
  hello: () => ({ website_token: config.website_token, token: token() }),
  onFrame: received,
  onSync: (whole) => (whole ? reading.refresh() : reading.catchUp()),
  onState: connection,
  onRefused: refused,
});

// Everything that touches storage or network waits for this; made once, by the first open or check.
function start() {
  started ||= (async () => {
    await openStore(config.website_token);
    if (carried) write("token", carried);
    composer.restoreDraft();
    await outbox.openOutbox(config.website_token);
    await outbox.openSender(outboxChanged);
  })();
  return started;
}

async function open({ focus, keyboard, page: address }) {
  opened = true;
  page = address || page;
  if (focus) takeFocus(keyboard);
  await start();
  thread.toEnd();
  if (token()) await resume();
  else ui.intro.hidden = false;
  await askFirst(focus);
  reading.review();
}

// The form of the inbox stands where a conversation will, until there is one.
async function askFirst(focus) {
  if (!config.pre_chat || asking || !thread.isEmpty() || !(reading.isComplete() || !token())) return;
  const { openForm } = await import("./prechat.js");
  asking = await openForm({ options: config.pre_chat, told: calls?.told || {}, send: (text, details) => (answered(), send(text, [], details)) });
  if (!asking) return;
  ui.form.replaceChildren(asking.node);
  ui.composer.hidden = true;
  ui.scroller.scrollTop = 0;
  if (focus && !matchMedia("(pointer: coarse)").matches) asking.focus();
}

function answered() {
  asking = null;
  ui.form.replaceChildren();
  ui.composer.hidden = false;
  composer.focusComposer();
}

function takeFocus(keyboard) {
  window.focus();
  if (keyboard || matchMedia("(pointer: coarse)").matches) ui.title.focus();
  else composer.focusComposer();
}

function resume() {
  live.start();
  resumed ||= reading.loadFirst();
  return resumed;
}

// A returning visitor's page: only the number of unread messages, and the socket while the conversation is open.
async function check() {
  await start();
  if (!token() || opened) return;
  const found = await request("GET", "conversations").catch(() => null);
  if (!found) return;
  if (found.status && found.status !== "resolved") return resume();
  await reading.loadFirst();
  mark(false);
}

function received({ type, data = {} }) {
  if (type === "message.created") inOrder(data, arrived);
  else if (type === "message.updated") inOrder(data, thread.add);
  else if (type.startsWith("conversation.") && data.status) changed(data);
  else if (type === "conversation.typing_on") agentTyping(data.user?.name || data.sender?.name || data.name || texts.agent);
  else if (type === "conversation.typing_off") agentTyping("");
}

// A message waits for what it is painted with, and the next one for it.
function inOrder(message, take) {
  painting = painting.then(() => thread.ready([message])).then(() => take(message));
}

function changed({ status: now, agent_last_seen_at: seenAt }) {
  if (seenAt) thread.agentSaw(seenAt);
  if (now === status) return;
  status = now;
  thread.keepingPlace(() => (ui.over.hidden = status !== "resolved"));
}

function arrived(message) {
  if (message.message_type !== 0) {
    agentTyping("");
    if (read("sound")) import("./sound.js").then((sound) => sound.ring(), () => {});
  }
  tell("emit", { name: "message", value: message });
  if (message.echo_id) outbox.drop(message.echo_id);
  thread.add(message);
  reading.review();
}

function agentTyping(name) {
  clearTimeout(typingTimer);
  thread.typingLine(ui.typing, name && say("typing", { name }));
  if (name) typingTimer = setTimeout(agentTyping, TYPING_FOR, "");
}

function outboxChanged(kind, item, detail) {
  if (kind === "added") thread.addItem(item);
  else if (kind === "dropped") thread.dropItem(item);
  else if (kind === "sent") sent(item, detail);
  else thread.itemState(item, kind, detail);
}

function sent(item, message) {
  thread.accepted(item.echo_id, message);
  mark(true);
  resumed ||= Promise.resolve();
  live.start();
  calls?.apply(true);
}

async function send(text, files = [], details) {
  mark(true);
  await start();
  tell("emit", { name: "conversation", value: { hasConversation: !!thread.conversation() } });
  thread.toEnd();
  await outbox.submit(text, files, page, details);
}

function act(name, { item }) {
  if (name === "retry") outbox.retry(item);
  else outbox.discard(item);
  composer.focusComposer();
}

function typing(on) {
  tell("page");
  const conversation = thread.conversation();
  if (conversation) live.send({ type: "typing", conversation, on });
}

function paged({ complete, failed, meta }) {
  if (meta?.contact_last_seen_at) reading.serverSaw(meta.contact_last_seen_at);
  if (meta?.status) changed(meta);
  thread.keepingPlace(() => {
    ui.intro.hidden = !complete;
    ui.older.hidden = complete || !!failed;
    ui.problem.hidden = !failed;
  });
  ui.reason.textContent = failed?.status ? failed.message : texts.history_failed;
  if (thread.lastId()) mark(true);
  reading.review();
}

function connection(up) {
  connected = up;
  if (up) outbox.flush();
  clearTimeout(stripTimer);
  if (reachable()) ui.strip.hidden = true;
  else stripTimer = setTimeout(() => (ui.strip.hidden = reachable()), STRIP_AFTER);
}

const reachable = () => navigator.onLine && (connected || !token());

async function refused(code) {
  if (code !== 4401) return composer.complain(texts.unavailable);
  const before = token();
  const after = await renew().catch(() => before);
  if (after === before) composer.complain(texts.unavailable);
}

// The old session's messages are no longer ours to show; what waits in the outbox goes to the new one.
function renewed() {
  thread.clearThread();
  reading.forgetSeen();
  live.restart();
}

async function reset() {
  await start();
  live.stop();
  forgetSession();
  await outbox.dropAll();
  composer.clearComposer();
  forgetAll();
  calls?.forget();
  thread.clearThread();
  thread.clearItems();
  reading.forgetSeen();
  resumed = null;
  changed({ status: "" });
  ui.intro.hidden = false;
  if (opened) await askFirst(false);
}

// One after the other: two imports of the same module may end in any order, and a page's calls have one.
let turn = Promise.resolve();
const called = (one) => (turn = turn.catch(() => {}).then(() => obey(one)));

async function obey(one) {
  await start();
  calls ||= await import("./calls.js");
  calls.handle(one, composer);
  if (thread.conversation()) calls.apply(true);
}

// Answered here or in another tab.
const takeAnswer = ({ detail }) => thread.add(detail);

async function openMenu() {
  const menu = await import("./menu.js");
  const hasTalk = () => !!thread.conversation();
  const canEnd = () => config.features.includes("end_conversation") && hasTalk() && status !== "resolved";
  menu.openMenu(ui, { hasTalk, canEnd, ended: () => changed({ status: "resolved" }), complain: composer.complain });
}

function close() {
  opened = false;
  reading.review();
}

function wire() {
  openApi(config, renewed);
  reading.openHistory(paged, arrived);
  reading.openUnread(() => opened);
  thread.openThread(ui, { act, fallbackName: config.website_name || texts.agent, needOlder: reading.loadOlder });
  composer.openComposer(ui, { maxBytes: config.max_upload_bytes, onSend: send, onTyping: typing });
  ui.menu.onclick = openMenu;
  ui.close.onclick = () => tell("close");
  ui.again.onclick = reading.refresh;
  ui.scroller.onscroll = reading.review;
  addEventListener("keydown", (event) => event.key === "Escape" && !event.isComposing && tell("close"));
  addEventListener("offline", () => connection(false));
  addEventListener("online", () => connection(connected));
  hear("open", open);
  hear("close", close);
  hear("check", check);
  hear("reset", reset);
  hear("call", called);
  addEventListener("parley-answered", takeAnswer);
  addEventListener("parley-stale", reading.refresh);
  hear("page", ({ value }) => (page = value));
}

useTexts(config);
labelPage(document);
config.widget_color = wish.color || config.widget_color;
applyBrand(config.widget_color);
applyTheme(wish.theme);
if (config.opens_at) ui.reply.textContent = say("opens", { when: whenFrom(config.opens_at) });
else ui.reply.textContent = texts[config.closed ? "closed" : config.here ? "here" : config.reply_time] || "";
ui.reply.toggleAttribute("data-here", !!config.here);
if (trusted()) {
  wire();
  tell("ready", { value: config.widget_color });
  ui.close.hidden = !framed;
  if (!framed) open({ focus: true });
} else {
  ui.error.textContent = texts.unavailable;
  ui.error.hidden = false;
}
