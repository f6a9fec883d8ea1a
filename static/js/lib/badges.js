// The numbers around the conversations: folders, other accounts, the title, the icon of the tab, marks of drafts.
import { on } from "./live.js";
import { show as showTold } from "./told.js";
import { word } from "./words.js";

const EVERY = 1_500; // ms at least between two questions
let timer = 0;
let asked = 0;
let drafts = new Set();

export function start() {
  on("counts.changed", soon);
  on("reset", soon);
  // A message changes no count of conversations, but it may be the first unread one of mine.
  on("conversation.row", ({ data }) => String(data.assignee_id) === document.body.dataset.user && soon());
  document.addEventListener("desk:rows", markDrafts);
  document.addEventListener("desk:draft", ({ detail: { conversation, there } }) => { drafts[there ? "add" : "delete"](conversation); markDrafts(); });
  document.addEventListener("desk:read", soon);
  document.addEventListener("desk:opened", show);
  document.addEventListener("htmx:after:swap", fill);
  soon();
}

let known = { unread: 0, folders: {}, accounts: [], drafts: [] };

function soon() {
  timer ||= setTimeout(ask, Math.max(0, asked + EVERY - Date.now()));
}

async function ask() {
  timer = 0;
  asked = Date.now();
  const answer = await fetch(`/app/accounts/${document.body.dataset.account}/badges`, { headers: { Accept: "application/json" } }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  known = await answer.json();
  drafts = new Set(known.drafts.map(String));
  fill();
  show();
  showTold(known.notifications);
  markDrafts();
}

function fill() {
  for (const badge of document.querySelectorAll("#sections [data-folder]")) {
    const number = known.folders[badge.dataset.folder] ?? 0;
    badge.textContent = number > 99 ? "99+" : number || "";
  }
  const others = known.accounts.filter((id) => String(id) !== document.body.dataset.account);
  document.querySelector("#nav .nav__account")?.toggleAttribute("data-unread", others.length > 0);
  document.querySelectorAll("#accounts [data-account-id]").forEach((link) => link.toggleAttribute("data-unread", known.accounts.includes(Number(link.dataset.accountId))));
}

/** "(3) Ana #12": what of mine is unread, readable from another tab. */
function show() {
  const plain = document.title.replace(/^\(\d+\+?\) /, "");
  const number = known.unread > 99 ? "99+" : known.unread;
  document.title = known.unread ? `(${number}) ${plain}` : plain;
  const icon = document.querySelector("link[rel=icon]");
  icon.dataset.plain ??= icon.href;
  const dot = encodeURIComponent("<circle cx='25' cy='7' r='7' fill='#c42b38'/></svg>");
  icon.href = known.unread ? icon.dataset.plain.replace(/%3C\/svg%3E$/, dot) : icon.dataset.plain;
  if (known.unread) navigator.setAppBadge?.(known.unread).catch(() => null);
  else navigator.clearAppBadge?.().catch(() => null);
}

export function markDrafts() {
  for (const row of document.querySelectorAll("#rows .row")) {
    const preview = row.querySelector(".row__preview");
    const there = drafts.has(row.dataset.id);
    const mark = preview.querySelector(".row__draft");
    if (there && !mark) preview.prepend(Object.assign(document.createElement("span"), { className: "row__draft", textContent: word("draft") }));
    if (!there) mark?.remove();
  }
}
