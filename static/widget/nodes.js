// What messages are built of. Whatever a person wrote becomes text nodes, never markup; addresses become links by the DOM.
import { texts } from "./look.js";

const LINK = /https?:\/\/[^\s<>"'`]+/gi;
// Characters that turn the reading direction could show "gpj.exe" as "exe.jpg" in a file name.
const TURNING = /[\u0000-\u001f\u007f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

export function make(name, className, ...children) {
  const node = document.createElement(name);
  if (className) node.className = className;
  node.append(...children);
  return node;
}

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#i-${name}`);
  svg.setAttribute("class", "icon");
  svg.ariaHidden = true;
  svg.append(use);
  return svg;
}

export const plainName = (name) => String(name || "").replace(TURNING, "").trim() || texts.file;

export function webAddress(text) {
  try {
    const url = new URL(text, location.href);
    return /^https?:$/.test(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

// "(see https://a.example/b)." -> the closing bracket and the stop are not part of the address.
export function trimLink(found) {
  let link = found;
  for (;;) {
    const last = link.at(-1);
    const opened = { ")": "(", "]": "[", "}": "{" }[last];
    const loose = opened && link.split(last).length > link.split(opened).length;
    if (!loose && !/[.,;:!?*_~]/.test(last)) return link;
    link = link.slice(0, -1);
  }
}

export function linked(text) {
  const nodes = [];
  let at = 0;
  for (const match of text.matchAll(LINK)) {
    const found = trimLink(match[0]);
    const href = webAddress(found);
    if (!href || match.index < at) continue;
    nodes.push(text.slice(at, match.index), outside(make("a", "", found), href));
    at = match.index + found.length;
  }
  return [...nodes, text.slice(at)];
}

export function outside(anchor, href) {
  return Object.assign(anchor, { href, target: "_blank", rel: "noopener noreferrer nofollow ugc" });
}
