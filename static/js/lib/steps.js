// From one conversation of the list to the next.
import { show } from "./panes.js";

const links = () => [...document.querySelectorAll("#rows .row:not([data-leaving]) .row__link")];

export function current() {
  const all = links();
  const focused = document.activeElement?.closest?.(".row__link");
  return all.includes(focused) ? focused : all.find((link) => link.getAttribute("aria-current")) ?? null;
}

/** The one after the open conversation, or before it at the end; null if there is no other. */
export function neighbour() {
  const all = links();
  const at = all.findIndex((link) => link.getAttribute("aria-current"));
  return all[at + 1] ?? all[at - 1] ?? null;
}

/** The focus stays in the list: whoever walks by keys goes on walking. */
export function step(link) {
  if (!link) return document.getElementById("list-title")?.focus();
  link.focus();
  show(link.href, { focus: false });
}

export function walk(by, { open = true } = {}) {
  const all = links();
  if (!all.length) return null;
  const at = all.indexOf(current());
  const link = all[Math.min(all.length - 1, Math.max(0, at < 0 ? 0 : at + by))];
  if (open) step(link);
  else link.focus();
  return link;
}
