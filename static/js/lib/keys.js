// Single keys, only outside text fields, never with Alt, Ctrl or Meta, never while composing; "?" shows them and
// switches them off (WCAG 2.1.4). Each presses a control that is on the page anyway.
import { show } from "./panes.js";

const OFF = "keys-off";

const press = (selector) => () => { const control = document.querySelector(selector); control?.click(); return !!control; };
const write = (kind) => () => {
  const form = document.getElementById("composer");
  if (!form) return false;
  const tab = form.querySelector(`[name="kind"][value="${kind}"]`);
  if (!tab.checked && !tab.disabled) tab.click();
  document.getElementById("composer-text").focus();
  return true;
};

const keys = {
  j: () => step(1),
  k: () => step(-1),
  r: write("reply"),
  n: write("note"),
  e: press('[data-shortcut="e"]'),
  i: () => assignMe(),
  d: press('[data-action="details"]'),
  1: press('[data-shortcut="1"]'),
  2: press('[data-shortcut="2"]'),
  3: press('[data-shortcut="3"]'),
  "/": press('[data-shortcut="/"]'),
  "?": () => help(),
};

const off = document.querySelector("#keys-help [name=off]");
off.checked = !!localStorage.getItem(OFF);
off.addEventListener("change", () => (off.checked ? localStorage.setItem(OFF, "1") : localStorage.removeItem(OFF)));

export function pressed(event) {
  if (event.altKey || event.ctrlKey || event.metaKey || event.isComposing || inField(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  if (localStorage.getItem(OFF) && event.key !== "?") return;
  const run = keys[event.key] ?? keys[latin(event)];
  if (run?.()) event.preventDefault();
}

const inField = (target) => target.closest?.("input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]");

/** The key at that place of a Latin board, for people who write another script. */
const latin = ({ code, key }) => (/^[\x21-\x7e]$/.test(key) ? "" : code.startsWith("Key") ? code[3].toLowerCase() : "");

function step(by) {
  const links = [...document.querySelectorAll("#rows .row__link")];
  if (!links.length) return false;
  const focused = links.indexOf(document.activeElement?.closest?.(".row__link"));
  const at = focused >= 0 ? focused : links.findIndex((link) => link.getAttribute("aria-current"));
  const link = links[Math.min(links.length - 1, Math.max(0, at < 0 ? 0 : at + by))];
  link.focus();
  show(link.href, { focus: false });
  return true;
}

function assignMe() {
  const select = document.getElementById("assignee");
  if (!select) return false;
  select.value = document.body.dataset.user;
  select.dispatchEvent(new Event("change", { bubbles: true }));
  return true;
}

function help() {
  document.getElementById("keys-help").showModal();
  return true;
}
