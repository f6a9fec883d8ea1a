// Files for the next message: picked, pasted or dropped, and stored at once, each with its progress, while the text is
// still being written. What cannot be stored says why, keeps its place, and leaves the text alone.
import { painted } from "./filerows.js";
import { again, cancel, next, refuse } from "./uploads.js";
import { word } from "./words.js";

let files = []; // of the open composer; items as in uploads.js
let form = () => null;
const left = new Map(); // of other conversations: draft → the files that wait there
const known = new Map(); // address of an account's uploads → what it allows

export const all = () => files;
export const unusable = () => files.find(({ state }) => state === "refused" || state === "failed");

export function start(composer) {
  form = composer;
  document.addEventListener("change", ({ target }) => {
    if (target.name !== "attachments" || target.form !== form()) return;
    add(target.files);
    target.value = "";
  });
  document.addEventListener("paste", (event) => { if (event.target.id === "composer-text" && event.clipboardData.files.length) { event.preventDefault(); add(event.clipboardData.files); } });
  for (const type of ["dragover", "dragleave", "drop"]) document.addEventListener(type, dragged);
  addEventListener("beforeunload", (event) => { if (files.some(({ state }) => state === "sending")) event.preventDefault(); });
}

function dragged(event) {
  if (!form() || !event.dataTransfer?.types.includes("Files") || !event.target.closest?.(".conversation")) return;
  event.preventDefault();
  form().toggleAttribute("data-drop", event.type === "dragover");
  if (event.type === "drop") add(event.dataTransfer.files);
}

export async function add(added) {
  const url = form().dataset.uploads;
  const items = [...added].map((file) => ({ file, url, name: file.name || "file", size: file.size, state: "waiting", done: 0 }));
  const draft = form().dataset.draft;
  only([...files, ...items]);
  const allowed = await limits(url);
  let room = allowed.together - files.filter((item) => !items.includes(item)).reduce((sum, { size }) => sum + size, 0);
  for (const item of items) {
    const place = files.indexOf(item);
    if (place >= allowed.most) refuse(item, word("too-many-files", { n: allowed.most }));
    else if (item.size > allowed.each) refuse(item, word("file-too-large", { n: Math.floor(allowed.each / 1048576) }));
    else if (item.size > room) refuse(item, word("files-too-large", { n: Math.floor(allowed.together / 1048576) }));
    else room -= item.size;
  }
  if (form()?.dataset.draft === draft) next(files);
}

/** What the account allows: {each, together} in bytes, {most} files. Without an answer the server decides later. */
async function limits(url) {
  if (!known.has(url)) {
    const answer = await fetch(url, { headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer?.ok) return { each: Infinity, together: Infinity, most: 15 };
    known.set(url, await answer.json());
  }
  return known.get(url);
}

/** Another conversation: its files, as they were left. */
export function opened() {
  files = (form() && left.get(form().dataset.draft)) ?? [];
  only(files);
}

/** These instead of what was there: after sending (none), or when a refused message comes back with its files. */
export function only(wanted) {
  files = [...wanted];
  if (form()) left.set(form().dataset.draft, files);
  document.getElementById("composer-files")?.replaceChildren(...files.map((item) => painted(item, { remove, retry: again })));
  document.dispatchEvent(new CustomEvent("desk:files"));
}

function remove(item) {
  cancel(item);
  only(files.filter((other) => other !== item));
  document.getElementById("composer-text")?.focus();
}
