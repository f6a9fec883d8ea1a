// Single keys, only outside text fields, never with Alt, Ctrl or Meta, never while composing; "?" shows them and
// switches them off (WCAG 2.1.4). Each presses a control that is on the page anyway.
import { toEnd } from "./thread.js";
import { current, walk } from "./steps.js";
import { extend, select } from "./selection.js";

const OFF = "keys-off";
const SEQUENCE = 1_500; // ms between g and its second key

const press = (selector) => () => { const control = [...document.querySelectorAll(selector)].find((one) => one.isConnected); control?.click(); return !!control; };
const key = (name) => press(`[data-shortcut="${name}"]`);
/** Opens a menu as a keyboard does: with the focus on its first item. */
const menu = (name) => () => { const summary = document.querySelector(`[data-shortcut="${name}"]`); summary?.focus(); summary?.click(); return !!summary; };
const open = (selector) => () => { const link = document.querySelector(selector); if (link) location.href = link.href; return !!link; };
const write = (kind) => () => {
  const form = document.getElementById("composer");
  if (!form) return false;
  const tab = form.querySelector(`[name="kind"][value="${kind}"]`);
  if (!tab.checked && !tab.disabled) tab.click();
  document.getElementById("composer-text").focus();
  return true;
};
const scroll = (pages) => () => {
  const thread = document.getElementById("thread-scroll");
  if (!thread || document.activeElement?.matches("a, button, summary, input")) return false;
  thread.scrollBy({ top: pages * (thread.clientHeight - 64) });
  return true;
};

const keys = {
  j: () => walk(1),
  k: () => walk(-1),
  ArrowDown: () => document.activeElement?.matches(".row__link") && walk(1, { open: false }),
  ArrowUp: () => document.activeElement?.matches(".row__link") && walk(-1, { open: false }),
  J: () => extend(1),
  K: () => extend(-1),
  x: () => select(current()),
  F: key("F"),
  r: write("reply"),
  n: write("note"),
  e: key("e"),
  E: key("E"),
  s: menu("s"),
  a: key("a"),
  t: key("t"),
  p: key("p"),
  l: key("l"),
  y: press('[data-action="copyLink"]'),
  z: () => { const last = [...document.querySelectorAll(".toast [data-undo]")].at(-1); last?.click(); return !!last; },
  i: press('[data-action="assignMe"]'),
  d: press('[data-action="details"]'),
  "/": () => press('[data-shortcut="/"]')(),
  " ": scroll(1),
  Home: () => { const thread = document.getElementById("thread-scroll"); if (!thread || document.activeElement?.matches(".row__link")) return false; thread.scrollTop = 0; return true; },
  End: () => { if (!document.getElementById("thread-scroll")) return false; toEnd(); return true; },
  1: key("1"),
  2: key("2"),
  3: key("3"),
  "?": () => help(),
};
const places = { c: open("#nav [data-place=c]"), i: open("#nav [data-place=i]"), m: open('#sections [href$="/mentions/conversations"]'), u: open('#sections [href$="/unattended/conversations"]'), p: open("#nav [data-place=p]"), r: open("#nav [data-place=r]"), s: open("#nav [data-place=s]") };
let going = 0;

const off = document.querySelector("#keys-help [name=off]");
off.checked = !!localStorage.getItem(OFF);
off.addEventListener("change", () => (off.checked ? localStorage.setItem(OFF, "1") : localStorage.removeItem(OFF)));

export function pressed(event) {
  if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.isComposing || inField(event.target)) return;
  if (document.querySelector("dialog[open]") || event.target.closest?.(".menu__sheet")) return;
  if (localStorage.getItem(OFF) && event.key !== "?") return;
  const name = event.key in keys ? event.key : latin(event) || event.key;
  if (Date.now() - going < SEQUENCE) {
    going = 0;
    if (places[name]?.()) return event.preventDefault();
  }
  if (name === "g") return void (going = Date.now());
  if (event.shiftKey && name === " ") { if (scroll(-1)()) event.preventDefault(); return; }
  if (Object.hasOwn(keys, name) && keys[name]()) event.preventDefault();
}

const inField = (target) => target.closest?.("input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]");

/** The key at that place of a Latin board, for people who write another script. */
function latin({ code, key: typed, shiftKey }) {
  if (/^[\x21-\x7e]$/.test(typed) || !code.startsWith("Key")) return "";
  return shiftKey ? code[3] : code[3].toLowerCase();
}

function help() {
  document.getElementById("keys-help").showModal();
  return true;
}
