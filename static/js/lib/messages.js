// The menu of a message: reply to, copy, link, quote into a note, send again, delete. And links to one message.
import { post, form } from "./change.js";
import { copy } from "./details.js";
import { parse } from "./fragments.js";
import * as thread from "./thread.js";
import { reason, toast, word } from "./words.js";

let menu = null;

export function start() {
  document.addEventListener("click", ({ target }) => {
    const more = target.closest?.(".bubble__more");
    if (more) return toggle(more);
    const again = target.closest?.("[data-retry]");
    if (again) return correct(again.closest(".bubble"), "retry");
    if (menu && !menu.contains(target)) close();
  });
  document.addEventListener("keydown", pressed);
}

function toggle(more) {
  if (menu?.previousElementSibling === more) return close();
  close();
  const bubble = more.closest(".bubble");
  menu = Object.assign(document.createElement("div"), { className: "menu__sheet bubble__menu" });
  menu.setAttribute("role", "menu");
  for (const [name, run] of acts(bubble)) {
    const item = Object.assign(document.createElement("button"), { type: "button", className: "menu__item", textContent: word(name) });
    item.setAttribute("role", "menuitem");
    item.addEventListener("click", () => { close({ focus: false }); run(bubble); });
    menu.append(item);
  }
  more.after(menu);
  more.setAttribute("aria-expanded", "true");
  menu.scrollIntoView({ block: "nearest" });
  menu.firstElementChild.focus();
}

function close({ focus = true } = {}) {
  if (!menu) return;
  const more = menu.previousElementSibling;
  menu.remove();
  menu = null;
  more?.setAttribute("aria-expanded", "false");
  if (focus) more?.focus();
}

function acts(bubble) {
  const { kind, status } = bubble.dataset;
  const deleted = bubble.hasAttribute("data-deleted");
  return [
    ...(deleted ? [] : [["reply-to", replyTo], ["copy-text", (one) => copy(said(one))]]),
    ["copy-link", (one) => copy(link(one))],
    ...(deleted ? [] : [["quote", quote]]),
    ...(status === "failed" ? [["retry", (one) => correct(one, "retry")]] : []),
    ...(deleted || kind === "activity" ? [] : [["delete", (one) => correct(one, "delete")]]),
  ];
}

const said = (bubble) => bubble.querySelector(".prose")?.innerText.trim() ?? "";
const link = ({ dataset: { id } }) => `${location.origin}${document.getElementById("pane").dataset.url}?messageId=${id}`;
const event = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));
const replyTo = (bubble) => event("desk:reply-to", { id: bubble.dataset.id, text: said(bubble) });
const quote = (bubble) => event("desk:quote", { text: said(bubble).split("\n").map((one) => `> ${one}`).join("\n") });

async function correct(bubble, what) {
  const answer = await post(`${thread.inner().dataset.url}/${bubble.dataset.id}/${what}`, form({}));
  if (!answer?.ok || answer.redirected) return toast((await reason(answer)).message, { kind: "error" });
  const fresh = parse(await answer.text()).querySelector(".bubble");
  thread.upsert(fresh);
  fresh.querySelector(".bubble__more")?.focus({ preventScroll: true });
}

function pressed(event) {
  const { key, target } = event;
  if (menu?.contains(target)) {
    const items = [...menu.children];
    const at = items.indexOf(target);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[key];
    if (next !== undefined) items[(next + items.length) % items.length].focus();
    else if (key === "Escape") close();
    else if (key === "Tab") return close({ focus: false });
    else if (key.length === 1 && key !== " ") items.find((item) => item.textContent.toLowerCase().startsWith(key.toLowerCase()))?.focus();
    else return;
  } else if (target.matches?.(".bubble__more") && (key === "ArrowDown" || key === "ArrowUp")) {
    const all = [...thread.inner().querySelectorAll(".bubble:not([data-folded]) .bubble__more")];
    const next = all[all.indexOf(target) + (key === "ArrowDown" ? 1 : -1)];
    if (next) { target.tabIndex = -1; next.tabIndex = 0; next.focus(); }
  } else return;
  event.preventDefault();
  event.stopPropagation();
}
