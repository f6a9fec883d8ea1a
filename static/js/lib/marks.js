// What the client marks in a thread: mine, groups of one author, a line per day, bursts of activity folded.
import { dayName, word } from "./words.js";

const GROUP = 180; // seconds between two messages of one author that still stand together
const BURST = 3; // lines of activity in a row that are still shown

export const line = (className, text) => Object.assign(document.createElement("p"), { className, textContent: text });

/** Runs over everything; 300 bubbles take about a millisecond. */
export function arrange(thread) {
  const me = `user:${document.body.dataset.user}`;
  thread.querySelectorAll(".thread__day").forEach((day) => day.remove());
  let last = null;
  const all = [...thread.querySelectorAll(".bubble")];
  for (const bubble of all) {
    const at = Number(bubble.dataset.at) || Date.now() / 1000;
    const date = new Date(at * 1000);
    const sameDay = last?.day === date.toDateString();
    if (!sameDay) bubble.before(line("thread__day", dayName(date)));
    const together = sameDay && last.kind === bubble.dataset.kind && last.sender === bubble.dataset.sender && at - last.at < GROUP;
    bubble.toggleAttribute("data-mine", bubble.dataset.sender === me);
    bubble.toggleAttribute("data-continued", together);
    bubble.removeAttribute("data-followed");
    last?.bubble.toggleAttribute("data-followed", together);
    last = { bubble, at, day: date.toDateString(), kind: bubble.dataset.kind, sender: bubble.dataset.sender };
  }
  fold(thread, all);
  oneStop(all);
}

/** More than three lines of activity in a row become one, that unfolds. What was unfolded stays so. */
function fold(thread, all) {
  const open = new Set([...thread.querySelectorAll('.thread__fold[aria-expanded="true"]')].map((button) => button.dataset.first));
  const focused = document.activeElement?.matches?.(".thread__fold") ? document.activeElement.dataset.first : "";
  thread.querySelectorAll(".thread__fold").forEach((button) => button.remove());
  let run = [];
  for (const bubble of [...all, null]) {
    if (bubble?.dataset.kind === "activity") { run.push(bubble); continue; }
    const folds = run.length > BURST;
    const shown = folds && open.has(run[0].id);
    run.forEach((one) => one.toggleAttribute("data-folded", folds && !shown));
    if (folds) run[0].before(button(run, shown));
    run = [];
  }
  if (focused) thread.querySelector(`.thread__fold[data-first="${focused}"]`)?.focus({ preventScroll: true });
}

function button(run, shown) {
  const element = Object.assign(document.createElement("button"), { type: "button", className: "thread__fold", textContent: word("changes", { n: run.length }) });
  element.dataset.first = run[0].id;
  element.setAttribute("aria-expanded", String(shown));
  element.addEventListener("click", () => {
    const now = element.getAttribute("aria-expanded") !== "true";
    element.setAttribute("aria-expanded", String(now));
    run.forEach((one) => one.toggleAttribute("data-folded", !now));
  });
  return element;
}

/** One stop for Tab in the whole thread; arrows go from message to message. */
function oneStop(all) {
  const buttons = all.map((bubble) => bubble.querySelector(".bubble__more")).filter(Boolean);
  buttons.forEach((one, at) => { one.tabIndex = at === buttons.length - 1 ? 0 : -1; });
}
