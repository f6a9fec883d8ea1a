// What the page says: sentences (translated by the server, in <template id="words">), toasts, announcements, and
// times in the reader's own zone and language.
const words = new Map();

export function word(name, values = {}) {
  if (!words.size) {
    for (const item of document.getElementById("words").content.querySelectorAll("[data-word]")) {
      words.set(item.dataset.word, item.textContent);
    }
  }
  return (words.get(name) ?? name).replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
}

/** Read out by a screen reader, seen by nobody. */
export function announce(text, { now = false } = {}) {
  document.getElementById(now ? "assertive" : "polite").textContent = text;
}

/** At most three; an ordinary one leaves after 6 s unless pointed at, an error stays. Never takes focus. */
export function toast(text, { kind = "info", action = null } = {}) {
  const place = document.getElementById("toasts");
  const box = document.createElement("div");
  box.className = "toast";
  box.dataset.kind = kind;
  box.append(Object.assign(document.createElement("span"), { textContent: text }));
  if (action) {
    const press = button(action.key ? `${action.name} (${action.key})` : action.name, () => { box.remove(); action.run(); });
    press.dataset.undo = "";
    box.append(press);
  }
  box.append(button("×", () => box.remove(), word("close"), "toast__close"));
  place.append(box);
  while (place.children.length > 3) place.firstElementChild.remove();
  announce(text, { now: kind === "error" });
  if (kind !== "error") leaveLater(box);
}

export function button(text, run, label = null, className = "link-button") {
  const element = document.createElement("button");
  Object.assign(element, { type: "button", textContent: text, className });
  if (label) element.setAttribute("aria-label", label);
  element.addEventListener("click", run);
  return element;
}

function leaveLater(box) {
  const leave = () => (box.matches(":hover, :focus-within") ? setTimeout(leave, 2000) : box.remove());
  setTimeout(leave, 6000);
}

/** The words for a refused or failed request: `answer` is a Response, or null when nothing came back. */
export async function reason(answer) {
  if (!answer) return { code: "unreachable", message: word("unreachable") };
  const codes = { 400: "invalid", 401: "signed-out", 403: "forbidden", 404: "gone", 409: "conflict", 413: "too-large", 422: "invalid", 429: "too-many", 503: "restarting" };
  const code = codes[answer.status] ?? "broken";
  const wait = Number(answer.headers.get("Retry-After")) || 5;
  let said = null;
  if ((answer.headers.get("Content-Type") ?? "").includes("json")) said = await answer.json().catch(() => null);
  const general = word(code, { n: wait });
  const detail = code === "invalid" || code === "too-large" ? said?.message : null;
  return { code, wait, message: detail || general, status: answer.status };
}

// --- times ---
const language = document.documentElement.lang || undefined;
const formats = {
  clock: new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit" }),
  full: new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }),
  short: new Intl.DateTimeFormat(language, { day: "numeric", month: "short" }),
  year: new Intl.DateTimeFormat(language, { year: "numeric", month: "short", day: "numeric" }),
  weekday: new Intl.DateTimeFormat(language, { weekday: "long", day: "numeric", month: "long" }),
};
const ago = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "narrow" });
const nearDay = new Intl.RelativeTimeFormat(language, { numeric: "auto" });

/** "now", "5 min ago", "09:12", "4 Mar", "4 Mar 2024": the shortest that is still clear. */
export function relative(at, now = new Date()) {
  const minutes = Math.round((now - at) / 60000);
  if (minutes < 1) return ago.format(0, "second");
  if (minutes < 60) return ago.format(-minutes, "minute");
  if (daysBetween(at, now) === 0) return formats.clock.format(at);
  return (at.getFullYear() === now.getFullYear() ? formats.short : formats.year).format(at);
}

/** "today", "yesterday", "Tuesday, 4 March". */
export function dayName(at, now = new Date()) {
  const days = daysBetween(at, now);
  if (days <= 1) return nearDay.format(-days, "day");
  return (at.getFullYear() === now.getFullYear() ? formats.weekday : formats.year).format(at);
}

function daysBetween(earlier, later) {
  const start = (date) => Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
  return Math.round((start(later) - start(earlier)) / 86400000);
}

function clockIn(timeZone, at) {
  try {
    return new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", timeZone }).format(at);
  } catch {
    return "";
  }
}

class LocalTime extends HTMLElement {
  connectedCallback() {
    this.show();
  }

  show() {
    const time = this.querySelector("time");
    if (!time) return;
    const at = "now" in this.dataset ? new Date() : new Date(time.dateTime);
    if (this.dataset.zone) return void (time.textContent = clockIn(this.dataset.zone, at));
    const text = this.dataset.style === "relative" ? relative(at) : formats[this.dataset.style]?.format(at) ?? formats.full.format(at);
    if (time.textContent !== text) time.textContent = text;
    time.title = formats.full.format(at);
  }
}
customElements.define("local-time", LocalTime);
setInterval(() => {
  if (!document.hidden) document.querySelectorAll('local-time:is([data-style="relative"], [data-now])').forEach((element) => element.show());
}, 30000);
