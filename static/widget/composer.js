// Where the visitor writes: text that grows to five lines, files by picker, paste or drop, the draft that survives a
// reload, and the typing signal.
import { icon, make, plainName } from "./nodes.js";
import { fileSize } from "./rows.js";
import { read, write } from "./host.js";
import { say } from "./look.js";

const MOST_FILES = 10;
const DRAFT_PAUSE = 300;
const TYPING_EVERY = 3000;
const TYPING_IDLE = 5000;
let parts, maxBytes, onSend, onTyping;
let files = [];
let draftTimer;
let idleTimer;
let typedAt = 0;

export function openComposer(elements, options) {
  parts = elements;
  ({ maxBytes, onSend, onTyping } = options);
  parts.composer.addEventListener("submit", submit);
  parts.text.addEventListener("input", typed);
  parts.text.addEventListener("keydown", pressed);
  parts.text.addEventListener("paste", pasted);
  parts.attach.addEventListener("click", () => parts.picker.click());
  parts.picker.addEventListener("change", picked);
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", dropped);
  refresh();
}

export function restoreDraft() {
  parts.text.value ||= read("draft") || "";
  refresh();
}

export function prefill(text) {
  parts.text.value = text;
  typed();
}

export const focusComposer = () => parts.text.focus({ preventScroll: true });

// Enter that ends a composition (Japanese, Chinese) belongs to it; Safari reports it as key code 229.
function pressed(event) {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  submit(event);
}

function typed() {
  refresh();
  clearTimeout(draftTimer);
  draftTimer = setTimeout(saveDraft, DRAFT_PAUSE);
  signalTyping();
}

const saveDraft = () => write("draft", parts.text.value || null);

function signalTyping() {
  clearTimeout(idleTimer);
  if (!parts.text.value.trim()) return stopTyping();
  idleTimer = setTimeout(stopTyping, TYPING_IDLE);
  if (Date.now() - typedAt < TYPING_EVERY) return;
  typedAt = Date.now();
  onTyping(true);
}

function stopTyping() {
  clearTimeout(idleTimer);
  if (typedAt) onTyping(false);
  typedAt = 0;
}

function submit(event) {
  event.preventDefault();
  const text = parts.text.value.trim();
  if (!text && !files.length) return;
  onSend(text, files);
  clearComposer();
  focusComposer();
}

export function addFiles(list) {
  const refused = [];
  for (const file of list) {
    const name = plainName(file.name);
    if (maxBytes && file.size > maxBytes) refused.push(say("too_large", { name, limit: fileSize(maxBytes) }));
    else if (files.length >= MOST_FILES) refused.push(say("too_many", { n: MOST_FILES }));
    else files.push(file);
  }
  complain([...new Set(refused)].join("\n"));
  paintChips();
}

function picked() {
  addFiles(parts.picker.files);
  parts.picker.value = "";
  focusComposer();
}

function pasted(event) {
  if (!event.clipboardData?.files.length) return;
  event.preventDefault();
  addFiles(event.clipboardData.files);
}

function dropped(event) {
  event.preventDefault();
  addFiles(event.dataTransfer.files);
}

function paintChips() {
  parts.chips.replaceChildren(...files.map(chip));
  parts.chips.hidden = !files.length;
  refresh();
}

function chip(file) {
  const name = plainName(file.name);
  const remove = make("button", "chip__remove", icon("close"));
  remove.type = "button";
  remove.ariaLabel = say("remove", { name });
  remove.onclick = () => {
    files = files.filter((each) => each !== file);
    paintChips();
    focusComposer();
  };
  const label = make("bdi", "chip__name", name);
  label.dir = "auto";
  return make("li", "chip", label, make("small", "", fileSize(file.size)), remove);
}

export function complain(message) {
  parts.error.textContent = message;
  parts.error.hidden = !message;
}

function refresh() {
  const { text, send } = parts;
  send.disabled = !text.value.trim() && !files.length;
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight}px`;
}

export function clearComposer() {
  parts.text.value = "";
  files = [];
  stopTyping();
  clearTimeout(draftTimer);
  saveDraft();
  complain("");
  paintChips();
}
