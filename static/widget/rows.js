// One message as DOM. Whatever a person wrote becomes text nodes, never markup; addresses become links by the DOM.
import { locale, say, texts } from "./look.js";

const PICTURE = [240, 180];
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

function webAddress(text) {
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

function linked(text) {
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

function outside(anchor, href) {
  return Object.assign(anchor, { href, target: "_blank", rel: "noopener noreferrer nofollow ugc" });
}

export function fileSize(bytes) {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"];
  const step = Math.min(3, Math.floor(Math.log(Math.max(bytes, 1)) / Math.log(1000)));
  const unitDisplay = step ? "short" : "long";
  const style = { style: "unit", unit: units[step], unitDisplay, maximumFractionDigits: step > 1 ? 1 : 0 };
  return new Intl.NumberFormat(locale, style).format(bytes / 1000 ** step);
}

// The middle of a long name may be cut, its ending not: it tells what the file is.
function nameParts(name) {
  const cut = name.length < 24 ? name.length : Math.max(1, (name.lastIndexOf(".") + 1 || name.length - 4) - 5);
  return [make("span", "file__stem", name.slice(0, cut)), make("span", "", name.slice(cut))];
}

function attachmentNode({ picture, name, url, size, width, height, file }) {
  const shown = plainName(name);
  const href = url && webAddress(url);
  const holder = href ? outside(make("a", "file"), href) : make("div", "file");
  holder.dir = "auto";
  if (picture && (href || file)) return pictureNode(holder, shown, webAddress(picture), width, height, file);
  const about = make("span", "file__about", make("bdi", "file__name", ...nameParts(shown)));
  if (size) about.append(make("small", "", fileSize(size)));
  holder.append(icon("file"), about);
  return holder;
}

// The tile has its final size before the picture is there, so nothing moves when it comes.
const fitted = (width, height) => {
  const [w, h] = width && height ? [width, height] : PICTURE;
  const scale = Math.min(PICTURE[0] / w, PICTURE[1] / h, 1);
  return { width: Math.round(w * scale), height: Math.round(h * scale) };
};

function pictureNode(holder, name, source, width, height, file) {
  const view = make(file ? "canvas" : "img", "file__view");
  if (file) preview(view, file);
  else Object.assign(view, { alt: say("picture", { name }), src: source, loading: "lazy" }, fitted(width, height));
  holder.classList.add("file--picture");
  holder.append(view);
  return holder;
}

// Drawn rather than shown by a blob: address, which our own content security policy would have to allow.
async function preview(canvas, file) {
  canvas.role = "img";
  canvas.ariaLabel = say("picture", { name: plainName(file.name) });
  try {
    const image = await createImageBitmap(file);
    Object.assign(canvas, fitted(image.width, image.height));
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  } catch {
    canvas.replaceWith(icon("file"));
  }
}

const clock = (at) => new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit" }).format(at);

const exactTime = (at) => new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "short" }).format(at);

const dayKey = (at) => new Date(at).toDateString();

function dayName(at) {
  const now = new Date();
  if (dayKey(at) === dayKey(now)) return texts.today;
  if (dayKey(at) === dayKey(now.setDate(now.getDate() - 1))) return texts.yesterday;
  const year = new Date(at).getFullYear() === new Date().getFullYear() ? undefined : "numeric";
  return new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long", year }).format(at);
}

// A row of the thread: day, author, bubble, state. record: {id, echo, conversation, mine, name, face, text, attachments, at (ms),
// state, note, progress, item}; id is null until the server has the message, item is the outbox's.
const GROUP = 3 * 60000;
const INCOMING = 0;
const ICONS = { sent: "check", failed: "alert" };
const PICTURES = /^image\/(png|jpeg|gif|webp|avif|bmp)$/;

export function recordOf(message, fallbackName) {
  const { sender } = message;
  return {
    id: message.id,
    echo: message.echo_id || null,
    conversation: message.conversation_id,
    mine: message.message_type === INCOMING,
    name: sender?.available_name || sender?.name || fallbackName,
    face: sender?.avatar_url || sender?.thumbnail || "",
    text: message.content || "",
    attachments: (message.attachments || []).map(attachmentOf),
    at: message.created_at * 1000,
    state: "sent",
  };
}

export function recordOfItem(item) {
  const files = item.files.map((file) => ({ name: file.name, size: file.size, file, picture: PICTURES.test(file.type) }));
  const state = item.failed ? "failed" : navigator.onLine ? "sending" : "waiting";
  return { id: null, echo: item.echo_id, mine: true, text: item.text, attachments: files, at: item.written, state, note: item.failed, item };
}

function attachmentOf({ file_type: type, data_url: url, thumb_url: thumb, file_size: size, width, height, fallback_title: title }) {
  const name = title || (url && nameIn(url));
  return { name, url, size, width, height, picture: type === "image" ? thumb || url : null };
}

function nameIn(url) {
  try {
    return decodeURIComponent(new URL(url, location.href).pathname.split("/").pop());
  } catch {
    return "";
  }
}

// act(name, record): "retry" or "discard" was pressed.
export function makeRow(record, act) {
  const row = make("div", "row");
  row.record = record;
  row.act = act;
  row.classList.toggle("row--mine", record.mine);
  row.append(make("p", "row__day"), make("p", "row__who"), make("div", "row__body"), make("div", "row__meta"));
  paintWho(row);
  paintBody(row);
  paintState(row);
  return row;
}

const part = (row, name) => row.querySelector(`.row__${name}`);

function paintWho(row) {
  const { mine, name, face } = row.record;
  const who = part(row, "who");
  const label = make("bdi", "", mine ? texts.you : name);
  if (mine) return who.replaceChildren(label);
  const source = face && webAddress(face);
  const mark = source ? Object.assign(make("img", "face"), { src: source, alt: "" }) : make("span", "face", [...(name || "?")][0].toUpperCase());
  mark.ariaHidden = true;
  who.replaceChildren(mark, label);
}

export function paintBody(row) {
  const { text, attachments } = row.record;
  const bubble = make("div", "bubble");
  if (text) {
    bubble.append(Object.assign(make("p", "bubble__text", ...linked(text)), { dir: "auto" }));
  }
  if (attachments.length) bubble.append(make("div", "files", ...attachments.map(attachmentNode)));
  bubble.classList.toggle("bubble--bare", !text && attachments.every((each) => each.picture));
  part(row, "body").replaceChildren(bubble);
}

export function paintState(row) {
  const { state, at, mine, progress } = row.record;
  row.dataset.state = state;
  const time = make("time", "", clock(at));
  time.dateTime = new Date(at).toISOString();
  time.title = exactTime(at);
  const meta = [time];
  if (mine) meta.push(stateNode(row.record));
  if (progress != null && state === "sending") meta.push(progressBar(progress));
  const choices = { failed: ["retry", "discard"], waiting: ["discard"] }[state] || [];
  if (choices.length) meta.push(make("span", "row__choices", ...choices.map((name) => button(row, name))));
  part(row, "meta").replaceChildren(...meta);
}

function stateNode({ state, note }) {
  const shown = state === "failed" ? `${texts.failed}: ${note}` : state === "limited" ? say("limited", { seconds: note }) : texts[state];
  const quiet = state === "sent" || state === "sending";
  const label = make("span", quiet ? "hidden" : "", shown);
  return make("span", "row__state", icon(ICONS[state] || "clock"), label);
}

const progressBar = (share) => setShare(make("progress", ""), share);

const setShare = (bar, share) =>
  Object.assign(bar, { value: share, ariaLabel: say("uploading", { percent: Math.round(share * 100) }) });

function button(row, name) {
  const node = make("button", "link", texts[name]);
  node.type = "button";
  node.onclick = () => row.act(name, row.record);
  return node;
}

// Only the bar moves while a file goes up: a log that is painted anew would be read out anew.
export function moveProgress(row, share) {
  const bar = row.querySelector("progress");
  if (bar) setShare(bar, share);
  else paintState(row);
}

// Day and group depend on the row before: called for a row and its follower whenever one is put in, moved or taken out.
export function tidy(row) {
  if (!row) return;
  const { record } = row;
  const before = row.previousElementSibling?.record;
  const newDay = !before || dayKey(before.at) !== dayKey(record.at);
  const joined = !newDay && before.mine === record.mine && before.name === record.name && record.at - before.at < GROUP;
  part(row, "day").textContent = newDay ? dayName(record.at) : "";
  row.classList.toggle("row--joined", joined);
  row.previousElementSibling?.classList.toggle("row--continued", joined);
  if (!row.nextElementSibling) row.classList.remove("row--continued");
}
