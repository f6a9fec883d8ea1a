// The details panel: fields change in place (Enter or leaving saves, Esc reverts), sections remember whether they are
// open, what somebody else changed never overwrites a field that is being used.
import { post } from "./change.js";
import { parse } from "./fragments.js";
import { announce, button, reason, toast, word } from "./words.js";

const CLOSED = "closed-sections";
const closed = () => new Set(JSON.parse(localStorage.getItem(CLOSED) ?? "[]"));

export function start() {
  document.addEventListener("change", ({ target }) => { const form = target.closest?.("form[data-edit]"); if (form) save(form); });
  document.addEventListener("submit", submitted, true);
  document.addEventListener("keydown", pressed);
  document.addEventListener("toggle", ({ target }) => target.dataset?.section && remember(target), true);
  document.addEventListener("click", ({ target }) => { const control = target.closest?.("[data-copy]"); if (control) copy(control.dataset.copy); });
  document.addEventListener("desk:details", ({ detail }) => renew(detail));
  arrange();
}

export const copy = (text) => navigator.clipboard?.writeText(text).then(() => toast(word("copied")), () => toast(word("not-copied"), { kind: "error" }));

export function arrange() {
  const shut = closed();
  document.querySelectorAll("#details [data-section]").forEach((section) => { if (shut.has(section.dataset.section)) section.open = false; });
}

function remember({ dataset: { section }, open, isConnected }) {
  if (!isConnected) return;
  const shut = closed();
  shut[open ? "delete" : "add"](section);
  localStorage.setItem(CLOSED, JSON.stringify([...shut]));
}

function submitted(event) {
  const { target } = event;
  if (target.matches?.("form[data-edit]")) { event.preventDefault(); save(target); }
  if (target.matches?.("form[data-notes]")) { event.preventDefault(); note(target); }
}

const field = (form) => form.querySelector('[name="value"]');
const now = (input) => (input.type === "checkbox" ? String(input.checked) : input.value);
const was = (input) => (input.type === "checkbox" ? String(input.defaultChecked) : input.tagName === "SELECT" ? [...input.options].find((option) => option.defaultSelected)?.value ?? "" : input.defaultValue);

function pressed(event) {
  const input = event.target.closest?.("form[data-edit] [name=value]");
  if (!input || event.isComposing) return;
  if (event.key !== "Escape") return;
  event.stopPropagation();
  revert(input);
  say(input.form, "");
}

function revert(input) {
  if (input.type === "checkbox") input.checked = input.defaultChecked;
  else input.value = was(input);
}

function settle(input, value) {
  if (input.type === "checkbox") input.defaultChecked = input.checked = !!value && value !== "false";
  else if (input.tagName === "SELECT") for (const option of input.options) option.defaultSelected = option.selected = option.value === value;
  else if (input.value === input.dataset.sent) input.value = input.defaultValue = value;
  else input.defaultValue = value;
}

async function save(form) {
  const input = field(form);
  if (now(input) === was(input)) return say(form, "");
  if (input.dataset.sent === now(input) && form.ariaBusy) return; // Enter and leaving come together
  form.ariaBusy = "true";
  input.dataset.sent = now(input);
  const data = new FormData(form);
  if (input.type === "checkbox") data.set("value", now(input));
  const answer = await post(form.action, data);
  form.ariaBusy = null;
  if (!answer?.ok || answer.redirected) return say(form, (await reason(answer)).message, "field__error");
  const { value } = await answer.json();
  settle(input, value ?? "");
  say(form, "");
  announce(word("saved"));
}

function say(form, text, className = "field__hint", ...actions) {
  const input = field(form);
  form.querySelector(".edit__said")?.remove();
  input.removeAttribute("aria-describedby");
  input.toggleAttribute("aria-invalid", className === "field__error" && !!text);
  if (className === "field__error" && text) input.setAttribute("aria-invalid", "true");
  if (!text) return;
  const line = Object.assign(document.createElement("p"), { className: `edit__said ${className}`, id: `${input.id}-said`, textContent: `${text} ` });
  line.append(...actions);
  if (className === "field__error") line.setAttribute("role", "alert");
  input.setAttribute("aria-describedby", line.id);
  form.append(line);
}

/** A fresh panel for the old one; a field that is in use stays, and says what changed behind it. */
function renew(fresh) {
  const old = document.getElementById("details");
  const used = old.querySelector("form[data-edit] :focus, form[data-notes] :focus") ?? [...old.querySelectorAll("form[data-edit] [name=value]")].find((input) => now(input) !== was(input));
  const draft = old.querySelector("#note-text")?.value;
  const top = old.scrollTop;
  if (used?.closest("form[data-edit]")) return keep(old, fresh, used);
  if (old.contains(document.activeElement)) return;
  old.replaceWith(fresh);
  if (draft) fresh.querySelector("#note-text").value = draft;
  arrange();
  fresh.scrollTop = top;
}

function keep(old, fresh, used) {
  const theirs = fresh.querySelector(`#${CSS.escape(used.id)}`);
  if (theirs && was(theirs) !== was(used) && used.dataset.sent === undefined) {
    const take = button(word("use-theirs"), () => { used.value = was(theirs); settle(used, was(theirs)); say(used.form, ""); });
    return say(used.form, word("changed-elsewhere", { value: was(theirs) }), "field__hint", take);
  }
  for (const form of fresh.querySelectorAll("form[data-edit]")) {
    const mine = old.querySelector(`#${CSS.escape(field(form).id)}`);
    if (mine && mine !== used && now(mine) === was(mine)) { settle(mine, was(field(form))); if (mine.type !== "checkbox") mine.value = was(field(form)); }
  }
}

async function note(form) {
  const answer = await post(form.action, new FormData(form));
  if (!answer?.ok || answer.redirected) return toast((await reason(answer)).message, { kind: "error" });
  const fresh = parse(await answer.text()).querySelector("#notes");
  document.getElementById("notes").replaceWith(fresh);
  fresh.querySelector("#note-text").focus();
}
