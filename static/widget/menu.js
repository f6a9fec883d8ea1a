// The menu of the header: sound, a window of its own, the end of the conversation (which can be taken back for a while).
import { ApiError, request, token } from "./api.js";
import { framed, read, write } from "./host.js";
import { texts } from "./look.js";
import { icon, make } from "./nodes.js";

const UNDO = 5000;
let ui, state, list;

// state: {hasTalk(), canEnd(): whether there is a conversation, and one to end; ended(), complain(text)}
export function openMenu(elements, given) {
  ui = elements;
  state = given;
  if (list) return close();
  list = make("ul", "menu", ...items());
  list.role = "menu";
  list.onkeydown = keys;
  ui.menu.after(list);
  ui.menu.ariaExpanded = true;
  list.querySelector("button").focus();
  setTimeout(() => addEventListener("pointerdown", outsideOf));
}

function items() {
  const found = [item(texts.sound, "bell", toggleSound, read("sound") === "1")];
  if (framed) found.push(item(texts.popout, "out", popOut));
  if (state.hasTalk()) found.push(item(texts.transcript, "file", mailIt));
  if (state.canEnd()) found.push(item(texts.end, "close", end));
  return found.map((one) => Object.assign(make("li", "", one), { role: "none" }));
}

function item(label, symbol, act, checked) {
  const node = make("button", "menu__item", icon(symbol), make("span", "", label));
  Object.assign(node, { type: "button", role: checked == null ? "menuitem" : "menuitemcheckbox", tabIndex: -1 });
  if (checked != null) node.ariaChecked = checked;
  node.onclick = () => {
    close();
    act();
  };
  return node;
}

function keys(event) {
  const all = [...list.querySelectorAll("button")];
  const at = all.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1 + all.length, Home: 0, End: all.length - 1 }[event.key];
  if (to !== undefined) all[to % all.length].focus();
  else if (event.key === "Escape" || event.key === "Tab") close();
  else return;
  // Escape closes the menu, not the chat.
  event.preventDefault();
  event.stopPropagation();
}

const outsideOf = (event) => list && !list.contains(event.target) && !ui.menu.contains(event.target) && close(false);

function close(refocus = true) {
  list?.remove();
  list = null;
  ui.menu.ariaExpanded = false;
  removeEventListener("pointerdown", outsideOf);
  if (refocus) ui.menu.focus();
}

async function toggleSound() {
  const on = read("sound") !== "1";
  write("sound", on ? "1" : null);
  if (on) (await import("./sound.js")).ring();
}

// The frame's storage is this site's part of it; a window has another, so the visitor's token goes with the address.
function popOut() {
  const address = location.pathname + location.search + (token() ? `#v=${token()}` : "");
  window.open(address, "_blank", "noopener,width=420,height=720");
}

async function mailIt() {
  try {
    const { sent } = await request("POST", "conversations/transcript", { body: {} });
    toast(sent ? texts.mailed : texts.no_address);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    state.complain(error.message || texts.not_mailed);
  }
}

function toast(text, ...more) {
  const note = make("p", "toast", make("span", "", text), ...more);
  note.role = "status";
  ui.composer.before(note);
  if (!more.length) setTimeout(() => note.remove(), UNDO);
  return note;
}

// Told to the server only when it cannot be taken back any more, or when the page goes.
function end() {
  const undo = make("button", "link", texts.undo);
  undo.type = "button";
  const note = toast(texts.ended, undo);
  undo.focus();
  const settle = (really) => {
    clearTimeout(timer);
    removeEventListener("pagehide", leave);
    note.remove();
    ui.text.focus();
    if (really) tellServer();
  };
  const leave = () => settle(true);
  const timer = setTimeout(settle, UNDO, true);
  undo.onclick = () => settle(false);
  addEventListener("pagehide", leave);
}

async function tellServer() {
  try {
    await request("GET", "conversations/toggle_status", { keepalive: true });
    state.ended();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    state.complain(error.message || texts.not_ended);
  }
}
