// Notifications: their number in the nav, their list kept fresh, and what is done with one of them.
import { post } from "./change.js";
import { reload } from "./fragments.js";
import { on } from "./live.js";
import { announce, reason, toast } from "./words.js";

const SOON = 300; // ms: what comes together is fetched once
let timer = 0;

export function start() {
  for (const type of ["created", "updated", "deleted"]) on(`notification.${type}`, ({ data }) => heard(type, data));
  document.addEventListener("submit", submitted, true);
}

function heard(type, { unread_count: unread, title }) {
  show(unread);
  if (type === "created" && title) announce(title);
  if (listed()) (clearTimeout(timer), (timer = setTimeout(refresh, SOON)));
}

/** In the nav, wherever one is. */
export function show(unread) {
  document.querySelectorAll("[data-notifications]").forEach((badge) => { badge.textContent = unread > 99 ? "99+" : unread || ""; });
}

const listed = () => document.getElementById("list")?.dataset.kind === "notifications";

function refresh() {
  if (listed()) reload(document.getElementById("list"));
}

async function submitted(event) {
  const form = event.target.closest?.("form[data-notify]");
  if (!form) return;
  event.preventDefault();
  const data = new FormData(form, event.submitter);
  data.set("zone", Intl.DateTimeFormat().resolvedOptions().timeZone ?? "");
  const row = form.closest(".row");
  const next = (row?.nextElementSibling ?? row?.previousElementSibling)?.querySelector("a") ?? document.getElementById("list-title");
  const answer = await post(event.submitter?.getAttribute("formaction") ?? form.action, data);
  if (!answer?.ok || answer.redirected) return void toast((await reason(answer)).message, { kind: "error" });
  if (form.contains(document.activeElement)) next.focus(); // what it stood on goes
  refresh();
}
