// Writing: the bubble appears at once, the text is kept until the server has accepted it. Drafts are drafts.js's,
// what was sent and not accepted is outbox.js's, files are files.js's.
import * as drafts from "./drafts.js";
import * as files from "./files.js";
import * as outbox from "./outbox.js";
import { clearNotice, notice, replyTo } from "./notices.js";
import { catchUp, openId } from "./thread.js";
import { announce, button, word } from "./words.js";

const NEARLY = 0.9; // of the longest text, from where its length is shown
const VARIABLE = /\{\{\s*[\w.]+\s*\}\}/;
let before = "reply";
let suggest = null; // the module, once "/" was typed

const form = () => document.getElementById("composer");
const text = () => document.getElementById("composer-text");
const kind = () => form().elements.kind.value;
const place = () => form().dataset.draft;

export function start() {
  outbox.start();
  files.start(form);
  document.addEventListener("submit", submitted, true);
  document.addEventListener("input", (event) => event.target.id === "composer-text" && typed());
  document.addEventListener("keydown", pressed, true);
  document.addEventListener("change", (event) => event.target.name === "kind" && event.target.form === form() && switched());
  document.addEventListener("focusout", (event) => event.target.id === "composer-text" && saveDraft());
  document.addEventListener("visibilitychange", () => document.hidden && saveDraft());
  document.addEventListener("desk:accepted", ({ detail }) => accepted(detail));
  document.addEventListener("desk:reply-to", ({ detail }) => replyTo(detail));
  document.addEventListener("desk:quote", ({ detail }) => quote(detail));
  document.addEventListener("desk:leaving", () => saveDraft());
  addEventListener("desk:returned", (event) => giveBack(event.detail));
  drafts.onOther(elsewhere);
  opened();
}

export function opened() {
  files.opened();
  if (!form()) return;
  drafts.reconcile(place(), JSON.parse(form().dataset.drafts || "{}"));
  if (drafts.read(place(), "note").text && !drafts.read(place(), "reply").text) form().elements.kind.value = "note";
  before = kind();
  if (!text().value) text().value = drafts.read(place(), kind()).text;
  if (outbox.holds(place(), text().value)) text().value = "";
  replyTo(null);
  count();
  outbox.show(openId());
}

function typed() {
  const [field, mode] = [text(), kind()];
  drafts.later(place(), mode, () => field.value);
  count();
  if (suggest) suggest.typed(field);
  else if (field.value.includes("/")) import("./suggest.js").then((module) => { suggest = module; suggest.typed(field); }, () => null);
}

export function saveDraft(mode) {
  if (form()) drafts.save(place(), mode ?? kind(), text().value);
}

/** Another tab wrote in the same conversation. */
function elsewhere({ place: theirs, mode, text: value }) {
  if (!form() || theirs !== place() || mode !== kind() || document.activeElement === text() && document.hasFocus()) return;
  text().value = value;
  count();
}

function switched() {
  saveDraft(before);
  before = kind();
  text().value = drafts.read(place(), kind()).text;
  count();
  text().focus();
}

function count() {
  const left = text().maxLength - text().value.length;
  const box = document.getElementById("composer-count");
  box.hidden = text().value.length < text().maxLength * NEARLY;
  box.textContent = box.hidden ? "" : word("characters-left", { n: left });
}

function pressed(event) {
  if (event.target.id !== "composer-text" || event.isComposing || suggest?.pressed(event)) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form().requestSubmit(event.shiftKey ? form().querySelector('[name="then"]') : undefined);
  }
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
  if (kind() === "reply" && VARIABLE.test(content)) return unfilled();
  clearNotice();
  const item = { conversation: openId(), url: form().action, draft: place(), kind: kind(), content, files: files.all() };
  outbox.send({ ...item, replyTo: form().elements.reply_to.value, then: event.submitter?.name === "then" ? event.submitter.value : "" });
  text().value = "";
  files.only([]);
  replyTo(null);
  drafts.keep(place(), kind(), "");
  count();
  text().focus();
  document.dispatchEvent(new CustomEvent("desk:sent"));
}

/** A customer must never read "Dear {{contact.name}}". */
function unfilled() {
  import("./suggest.js").then((module) => {
    const { value } = text();
    const full = module.filled(value);
    if (full !== value) text().value = full;
    if (!module.toUnfilled(text())) return form().requestSubmit();
    notice(word("unfilled"), []);
    module.toUnfilled(text());
  });
}

/** The server has it: now it may forget the draft, unless something new was begun. */
function accepted({ draft, kind: mode }) {
  if (!drafts.read(draft, mode).text) drafts.push(draft, mode);
}

/** A refusal that only the writer can mend: the text returns, with the reason and what can be done. */
function giveBack({ item, problem }) {
  if (item.conversation !== openId()) return;
  form().elements.kind.value = before = item.kind;
  if (!text().value.includes(item.content)) text().value = [item.content, text().value.trim()].filter(Boolean).join("\n\n");
  files.only(item.files);
  saveDraft();
  if (problem.code === "conflict") catchUp();
  const again = () => { clearNotice(); text().value = ""; files.only([]); drafts.keep(place(), kind(), ""); outbox.send({ ...item, anyway: true }); };
  notice(problem.message, problem.code === "conflict" ? [button(word("send-anyway"), again)] : []);
}

function quote({ text: quoted }) {
  if (kind() !== "note") { form().elements.kind.value = "note"; switched(); }
  text().value = [text().value.trim(), quoted, ""].filter((one, at) => one || at === 2).join("\n\n");
  text().dispatchEvent(new Event("input", { bubbles: true }));
  text().focus();
  announce(word("quoted"));
}
