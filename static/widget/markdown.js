// What agents write, as DOM: paragraphs, lists, quotes, code, emphasis, links. Text becomes text nodes and addresses pass
// the same check as everywhere, so nothing a message says can become markup.
import { linked, make, outside, webAddress } from "./nodes.js";

const DEEPEST = 8;
const FENCE = /^\s*(```|~~~)/;
const ITEM = /^(\s*)(?:[-*+]|(\d{1,9})[.)])\s+(.*)$/;
const HEADING = /^\s{0,3}(#{1,6})\s+(.*?)\s*#*$/;
const RULE = /^\s{0,3}(?:(?:-\s*){3,}|(?:\*\s*){3,}|(?:_\s*){3,})$/;
// Each alternative ends at its own closing mark, on the same line: no search goes over a text twice.
const INLINE = /\\([\\`*_{}[\]()#+\-.!~>|])|`([^`\n]+)`|!?\[([^\]\n]{0,500})\]\(<?([^\s)>]{1,2000})>?(?:\s+"[^"\n]*")?\)|(\*\*|__|~~)(?=\S)([^\n]{1,2000}?\S|\S)\5|(?<![\w*_])([*_])(?=\S)([^\n*_]{1,2000}?)(?<=\S)\7(?![\w*_])/g;
const NAMES = { "**": "strong", __: "strong", "~~": "s" };

export function markdown(text) {
  const box = holding("div", blocks(text.replace(/\r\n?/g, "\n").split("\n"), 0));
  box.className = "rich";
  box.dir = "auto";
  return box;
}

// One by one: a long text has more pieces than a call may have arguments.
function holding(name, nodes) {
  const node = make(name);
  for (const each of nodes) node.append(each);
  return node;
}

function blocks(lines, depth) {
  const found = [];
  for (let at = 0; at < lines.length; ) {
    [fence, quote, list, single, paragraph].some((read) => read(lines, at, depth, found));
    at = taken;
  }
  return found;
}

// Each reader that knows what begins at a line puts it into `found` and says in `taken` where the next thing begins.
let taken = 0;

function fence(lines, at, depth, found) {
  const mark = FENCE.exec(lines[at])?.[1];
  if (!mark) return false;
  let end = at + 1;
  while (end < lines.length && !lines[end].trim().startsWith(mark)) end++;
  found.push(make("pre", "", make("code", "", lines.slice(at + 1, end).join("\n"))));
  taken = end + 1;
  return true;
}

function quote(lines, at, depth, found) {
  if (depth > DEEPEST || !/^\s{0,3}>/.test(lines[at])) return false;
  let end = at;
  while (end < lines.length && /^\s{0,3}>/.test(lines[end])) end++;
  const inner = blocks(lines.slice(at, end).map((line) => line.replace(/^\s{0,3}> ?/, "")), depth + 1);
  found.push(holding("blockquote", inner));
  taken = end;
  return true;
}

function list(lines, at, depth, found) {
  const first = ITEM.exec(lines[at]);
  if (depth > DEEPEST || !first || RULE.test(lines[at])) return false;
  const indent = first[1].length;
  const items = [];
  let end = at;
  for (; end < lines.length; end++) {
    const item = ITEM.exec(lines[end]);
    if (item && item[1].length <= indent + 1) {
      if (item[1].length < indent || !item[2] !== !first[2]) break;
      items.push([item[3]]);
    } else if (lines[end].trim() && /^\s/.test(lines[end])) items.at(-1).push(lines[end].slice(indent + 2));
    else break;
  }
  const node = holding(first[2] ? "ol" : "ul", items.map((item) => holding("li", blocks(item, depth + 1))));
  if (first[2]) node.start = Number(first[2]);
  found.push(node);
  taken = end;
  return true;
}

function single(lines, at, depth, found) {
  const heading = HEADING.exec(lines[at]);
  taken = at + 1;
  if (!lines[at].trim()) return true;
  if (RULE.test(lines[at])) return found.push(make("hr", ""));
  if (heading) return found.push(Object.assign(holding("p", inline(heading[2], 0)), { className: "rich__heading" }));
  return false;
}

function paragraph(lines, at, depth, found) {
  let end = at + 1;
  const goes = (line) => line?.trim() && ![FENCE, ITEM, HEADING, RULE, /^\s{0,3}>/].some((other) => other.test(line));
  while (goes(lines[end])) end++;
  found.push(holding("p", inline(lines.slice(at, end).join("\n"), 0)));
  taken = end;
  return true;
}

function inline(text, depth) {
  if (depth > DEEPEST) return [text];
  const nodes = [];
  let at = 0;
  for (const match of text.matchAll(INLINE)) {
    nodes.push(...linked(text.slice(at, match.index)), ...piece(match, depth));
    at = match.index + match[0].length;
  }
  return [...nodes, ...linked(text.slice(at))];
}

function piece([whole, escaped, code, label, address, strong, strongly, , softly], depth) {
  if (escaped) return [escaped];
  if (code) return [make("code", "", code)];
  if (strong) return [holding(NAMES[strong], inline(strongly, depth + 1))];
  if (softly) return [holding("em", inline(softly, depth + 1))];
  const href = /^mailto:[^\s?]+@/i.test(address) ? address : /^https?:/i.test(address) && webAddress(address);
  return href ? [outside(make("a", "", label || address), href)] : [whole];
}
