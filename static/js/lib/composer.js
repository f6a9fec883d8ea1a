// Writing: the bubble appears at once, the text is kept until the server has accepted it.
// A draft per conversation and kind in localStorage; what was sent but not accepted waits there, too (outbox.js).
import * as files from "./files.js";
import * as outbox from "./outbox.js";
import { button, word } from "./words.js";
import { catchUp, openId } from "./thread.js";

const DRAFT_AFTER = 300;
let timer = 0;

const form = () => document.getElementById("composer");
const text = () => document.getElementById("composer-text");
const kind = () => form().elements.kind.value;
const draftKey = (which = kind()) => `draft:${form().dataset.draft}:${which}`;

export function start() {
  outbox.start();
  files.start(form);
  document.addEventListener("submit", submitted, true);
  document.addEventListener("input", (event) => { if (event.target.id === "composer-text") saveSoon(); });
  document.addEventListener("keydown", pressed);
  document.addEventListener("change", changed);
  document.addEventListener("visibilitychange", () => document.hidden && saveDraft());
  addEventListener("desk:returned", (event) => giveBack(event.detail));
  opened();
}

export function opened() {
  files.opened();
  if (!form()) return;
  const note = localStorage.getItem(draftKey("note"));
  if (note && !localStorage.getItem(draftKey("reply"))) form().elements.kind.value = "note";
  before = kind();
  restore();
  outbox.show(openId());
}

function restore() {
  if (!text().value) text().value = localStorage.getItem(draftKey()) ?? "";
}

function saveSoon() {
  clearTimeout(timer);
  timer = setTimeout(saveDraft, DRAFT_AFTER);
}

export function saveDraft(which) {
  clearTimeout(timer);
  if (!form()) return;
  const key = draftKey(which);
  if (text().value.trim()) localStorage.setItem(key, text().value);
  else localStorage.removeItem(key);
}

let before = "reply";
function changed(event) {
  if (event.target.name === "kind" && event.target.form === form()) {
    saveDraft(before);
    before = kind();
    text().value = localStorage.getItem(draftKey()) ?? "";
    text().focus();
  }
}

function pressed(event) {
  if (event.target.id !== "composer-text" || event.isComposing) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); form().requestSubmit(); }
  if (event.key === "Escape") { saveDraft(); document.getElementById("thread-scroll").focus(); }
}

function submitted(event) {
  if (event.target !== form()) return;
  event.preventDefault();
  event.stopPropagation();
  const content = text().value.trim();
  if (!content && !files.all().length) return text().focus();
  const bad = files.unusable();
  if (bad) return notice(`${bad.name}: ${bad.message}`, []);
  clearNotice();
  outbox.send({ conversation: openId(), url: form().action, draft: form().dataset.draft, kind: kind(), content, files: files.all() });
  text().value = "";
  files.only([]);
  saveDraft();
  text().focus();
  document.dispatchEvent(new CustomEvent("desk:sent"));
}

/** A refusal that only the writer can mend: the text returns, with the reason and what can be done. */
function giveBack({ item, problem }) {
  if (item.conversation !== openId()) return;
  form().elements.kind.value = before = item.kind;
  if (!text().value.includes(item.content)) text().value = [item.content, text().value.trim()].filter(Boolean).join("\n\n");
  files.only(item.files);
  saveDraft();
  if (problem.code === "conflict") catchUp();
  const actions = problem.code === "conflict"
    ? [button(word("send-anyway"), () => { clearNotice(); text().value = ""; files.only([]); saveDraft(); outbox.send({ ...item, anyway: true }); })]
    : [];
  notice(problem.message, actions);
}

function notice(message, actions) {
  const box = document.createElement("div");
  Object.assign(box, { className: "notice notice--danger", tabIndex: -1 });
  box.setAttribute("role", "alert");
  box.append(Object.assign(document.createElement("p"), { textContent: message, className: "grow" }), ...actions);
  document.getElementById("composer-notice").replaceChildren(box);
  text().focus();
}

function clearNotice() {
  document.getElementById("composer-notice").replaceChildren();
}
