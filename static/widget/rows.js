// One message as DOM.
import { locale, say, texts } from "./look.js";
import { icon, linked, make, outside, plainName, webAddress } from "./nodes.js";

const PICTURE = [240, 180];
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

function attachmentNode({ picture, player, name, url, size, width, height, file }) {
  const shown = plainName(name);
  const href = url && webAddress(url);
  const holder = href ? outside(make("a", "file"), href) : make("div", "file");
  holder.dir = "auto";
  if (picture && (href || file)) return pictureNode(holder, shown, webAddress(picture), width, height, file);
  if (player && href) return Object.assign(make(player, "file__player"), { src: href, controls: true, preload: "none", ariaLabel: shown });
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

// A row of the thread: day, author, bubble, state. record: {id, echo, conversation, mine, name, face, text, kind, asks,
// attachments, at (ms), state, note, progress, item}; id is null until the server has the message, item is the outbox's.
const GROUP = 3 * 60000;
const INCOMING = 0;
const ICONS = { sent: "check", seen: "checks", failed: "alert" };
const PICTURES = /^image\/(png|jpeg|gif|webp|avif|bmp)$/;

export function recordOf(message, fallbackName) {
  const mine = message.message_type === INCOMING;
  // The house's own lines (a greeting) name the contact as their sender.
  const sender = !mine && message.sender?.type === "contact" ? null : message.sender;
  return {
    id: message.id,
    echo: message.echo_id || null,
    conversation: message.conversation_id,
    mine,
    name: sender?.available_name || sender?.name || fallbackName,
    face: sender?.avatar_url || sender?.thumbnail || "",
    text: message.content || "",
    kind: message.content_type || "text",
    asks: message.content_attributes || {},
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
  const player = type === "audio" || type === "video" ? type : null;
  return { name, url, size, width, height, player, picture: type === "image" ? thumb || url : null };
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

// More than plain words: painted by modules that come when the first such message does.
const MARKED = /[*_`~\[#>]|^\s*(?:[-+]|\d+[.)])\s/m;
const ASKING = /^(input_|form|cards|article)/;
const isMarked = ({ mine, text }) => !mine && MARKED.test(text);
let markdown = null;
let asked = null;

// Whatever these messages need is there before they are painted: nothing moves under the reader.
export async function prepare(records) {
  try {
    if (records.some(isMarked)) ({ markdown } = await import("./markdown.js"));
    if (records.some(({ kind }) => ASKING.test(kind))) asked = await import("./asked.js");
  } catch { /* no network: the plain text stays */ }
}

function textNode(record) {
  if (markdown && isMarked(record)) return markdown(record.text);
  return Object.assign(make("p", "bubble__text", ...linked(record.text)), { dir: "auto" });
}

export function paintBody(row) {
  const { text, attachments, kind } = row.record;
  const bubble = make("div", "bubble");
  if (text) bubble.append(textNode(row.record));
  if (attachments.length) bubble.append(make("div", "files", ...attachments.map(attachmentNode)));
  bubble.classList.toggle("bubble--bare", !text && attachments.every((each) => each.picture));
  part(row, "body").replaceChildren(bubble);
  row.classList.toggle("row--wide", ASKING.test(kind));
  if (asked && ASKING.test(kind)) part(row, "body").append(asked.paint(row));
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
  const shown = { failed: `${texts.failed}: ${note}`, limited: say("limited", { seconds: note }) }[state] || texts[note] || texts[state];
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
