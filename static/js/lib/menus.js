// Menus are <details>: arrows, Home, End and the first letters move in them, Esc closes and gives the focus back,
// and so does leaving them.
const items = (menu) => [...menu.querySelectorAll(".menu__sheet :is(a, button, input):not([disabled])")].filter((item) => item.checkVisibility());
let [typed, at] = ["", 0];

export function start() {
  document.addEventListener("toggle", ({ target }) => target.matches?.(".menu") && toggled(target), true);
  document.addEventListener("keydown", pressed);
  document.addEventListener("focusout", ({ target, relatedTarget }) => {
    const menu = target.closest?.(".menu[open]");
    if (menu && relatedTarget && !menu.contains(relatedTarget)) menu.open = false;
  });
}

export function closeAll(but = null) {
  document.querySelectorAll(".menu[open]").forEach((menu) => { if (menu !== but && !menu.contains(but)) menu.open = false; });
}

function toggled(menu) {
  const summary = menu.querySelector("summary");
  summary.setAttribute("aria-expanded", String(menu.open));
  // By keyboard the first item is where one goes on; a pointer is there by itself.
  if (menu.open && summary.matches(":focus-visible")) items(menu)[0]?.focus();
}

function pressed(event) {
  const menu = event.target.closest?.(".menu[open]");
  if (!menu || event.isComposing) return;
  if (event.key === "Escape") return close(menu, event);
  if (event.target.matches("input:not([type=radio], [type=checkbox])")) return;
  const all = items(menu);
  const here = all.indexOf(document.activeElement);
  const moves = { ArrowDown: here + 1, ArrowUp: here < 0 ? all.length - 1 : here - 1, Home: 0, End: all.length - 1 };
  if (event.key in moves) go(event, all[(moves[event.key] + all.length) % all.length]);
  else if (event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey) go(event, byLetters(all, event.key, here));
}

function byLetters(all, key, here) {
  typed = Date.now() - at < 700 ? typed + key.toLowerCase() : key.toLowerCase();
  at = Date.now();
  const order = [...all.slice(here + (typed.length === 1 ? 1 : 0)), ...all];
  return order.find((item) => item.textContent.trim().toLowerCase().startsWith(typed));
}

function go(event, item) {
  event.preventDefault();
  event.stopPropagation();
  item?.focus();
}

function close(menu, event) {
  event.preventDefault();
  event.stopImmediatePropagation();
  menu.open = false;
  menu.querySelector("summary").focus();
}
