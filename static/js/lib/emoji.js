// Emoji: fetched when they are asked for. Words filter, arrows walk the grid, Enter inserts, Esc gives the focus back.
import { word } from "./words.js";

const COLUMNS = 9;
const RECENT = "emoji";
let data = null;
let box = null;

export async function toggle(button, text) {
  if (box) return close(button);
  data ??= await fetch(button.dataset.emoji).then((answer) => (answer.ok ? answer.json() : null), () => null);
  if (!data || !button.isConnected) return;
  box = Object.assign(document.createElement("div"), { className: "emoji menu__sheet menu__sheet--up menu__sheet--start" });
  const input = Object.assign(document.createElement("input"), { className: "input", type: "search", placeholder: word("choose-emoji") });
  input.setAttribute("aria-label", word("choose-emoji"));
  const grid = Object.assign(document.createElement("div"), { className: "emoji__grid" });
  box.append(input, grid);
  button.parentElement.append(box);
  button.setAttribute("aria-expanded", "true");
  input.addEventListener("input", () => draw(grid, input.value));
  box.addEventListener("keydown", (event) => pressed(event, button, input, grid));
  box.addEventListener("focusout", ({ relatedTarget }) => { if (box && relatedTarget && !box.contains(relatedTarget) && relatedTarget !== button) close(); });
  grid.addEventListener("click", ({ target }) => { const one = target.closest("button"); if (one) insert(one.textContent, button, text); });
  draw(grid, "");
  input.focus();
}

function close(button = null) {
  box?.remove();
  box = null;
  document.querySelector("[data-emoji]")?.setAttribute("aria-expanded", "false");
  button?.focus();
}

const recent = () => JSON.parse(localStorage.getItem(RECENT) ?? "[]");

function draw(grid, words) {
  const wanted = words.trim().toLowerCase();
  const all = Object.entries(data);
  const hits = wanted ? all.filter(([, name]) => name.includes(wanted)) : [...recent().map((one) => [one, data[one] ?? one]), ...all];
  grid.replaceChildren(...hits.slice(0, wanted ? 90 : 700).map(([sign, name], at) => {
    const one = Object.assign(document.createElement("button"), { type: "button", className: "emoji__one", textContent: sign, title: name, tabIndex: at ? -1 : 0 });
    one.setAttribute("aria-label", name);
    return one;
  }));
  if (!hits.length) grid.append(Object.assign(document.createElement("p"), { className: "menu__label", textContent: word("nothing-found") }));
}

function pressed(event, button, input, grid) {
  if (event.key === "Escape") { event.stopPropagation(); event.preventDefault(); return close(button); }
  const all = [...grid.querySelectorAll("button")];
  const at = all.indexOf(document.activeElement);
  const moves = { ArrowDown: at < 0 ? 0 : at + COLUMNS, ArrowUp: at - COLUMNS, ArrowRight: at + 1, ArrowLeft: at - 1 };
  if (!(event.key in moves) || (at < 0 && event.key !== "ArrowDown")) {
    if (event.key === "Enter" && at < 0 && all[0]) { event.preventDefault(); all[0].click(); }
    return;
  }
  event.preventDefault();
  (all[moves[event.key]] ?? (moves[event.key] < 0 ? input : all.at(-1))).focus();
}

function insert(sign, button, text) {
  localStorage.setItem(RECENT, JSON.stringify([...new Set([sign, ...recent()])].slice(0, COLUMNS * 2)));
  close();
  text.focus();
  text.setRangeText(sign, text.selectionStart, text.selectionEnd, "end");
  text.dispatchEvent(new Event("input", { bubbles: true }));
}
