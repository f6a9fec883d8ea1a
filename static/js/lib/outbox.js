// What was sent and not yet accepted. Each message carries an echo_id, the server's key against doubles: sending
// it twice is safe. In order, one at a time; texts survive a reload in localStorage, files are stored ahead.
import * as uploads from "./uploads.js";
import { announce, button, reason, word } from "./words.js";
import { parse } from "./fragments.js";
import * as thread from "./thread.js";

const queue = []; // items: {echo, conversation, url, draft, kind, content, files, anyway, replyTo, then, state}
let busy = false;
let retry = 0;

const key = (item) => `outbox:${item.draft}`;
const MENDABLE = new Set(["conflict", "invalid", "too-large", "forbidden"]); // by the writer
const PASSING = new Set(["unreachable", "too-many", "restarting"]); // by itself

export function start() {
  addEventListener("online", flush);
  document.addEventListener("live:online", flush);
}

export function send(item) {
  const sent = { echo: crypto.randomUUID?.() ?? fallbackId(), seen: thread.lastId(), ...item };
  queue.push(sent);
  keep(sent);
  paint(sent, "sending");
  flush();
}

/** Whether this text is on its way already: a reload in between leaves it as a draft on the server. */
export const holds = (draft, content) => !!content && JSON.parse(localStorage.getItem(key({ draft })) ?? "[]").some((item) => item.content === content.trim());

/** Bubbles of what still waits for this conversation, also from before a reload. */
export function show(conversation) {
  const draft = document.getElementById("composer").dataset.draft;
  for (const item of JSON.parse(localStorage.getItem(`outbox:${draft}`) ?? "[]")) {
    if (!queue.some((other) => other.echo === item.echo)) queue.push({ ...item, files: item.files ?? [], state: "failed" });
  }
  for (const item of queue) if (item.conversation === conversation) paint(item, item.state ?? "sending");
}

async function flush() {
  if (busy) return;
  busy = true;
  clearTimeout(retry);
  for (let item; (item = queue.find((other) => other.state !== "failed")); ) if (!(await post(item))) break;
  busy = false;
}

/** true: this one is settled, go on with the next. */
async function post(item) {
  const stuck = await uploads.ready(item.files);
  if (stuck) return settled(item, stuck);
  keep(item); // with the files that are stored now
  const answer = await fetch(item.url.split("?")[0], { method: "POST", body: body(item), headers: { "HX-Request": "true", Accept: "text/html, application/json", "X-CSRFToken": document.body.dataset.csrf } }).catch(() => null);
  if (answer?.ok && !answer.redirected) return accepted(item, await answer.text());
  const problem = answer?.redirected ? { code: "signed-out", message: word("signed-out") } : await reason(answer);
  return settled(item, problem);
}

/** After a problem: wait for better times, give it back to its writer, or leave it with Retry. */
function settled(item, problem) {
  if (PASSING.has(problem.code)) {
    const message = problem.code === "unreachable" ? word("waiting") : problem.message;
    queue.filter((other) => other.state !== "failed").forEach((other) => paint(other, "waiting", message));
    retry = setTimeout(flush, (problem.wait ?? 5) * 1000);
    return false;
  }
  if (MENDABLE.has(problem.code)) {
    settle(item);
    bubble(item)?.remove();
    dispatchEvent(new CustomEvent("desk:returned", { detail: { item, problem } }));
    return true;
  }
  item.state = "failed";
  paint(item, "failed", problem.message);
  announce(problem.message, { now: true });
  return true;
}

function body(item) {
  const data = new FormData();
  const fields = { content: item.content, kind: item.kind, echo_id: item.echo, seen: item.seen ?? "", anyway: item.anyway ? "1" : "", reply_to: item.replyTo ?? "", then: item.then ?? "" };
  for (const [name, value] of Object.entries(fields)) data.append(name, value);
  data.append("uploads", item.files.map(({ id }) => id).join(","));
  return data;
}

function accepted(item, html) {
  settle(item);
  document.dispatchEvent(new CustomEvent("desk:accepted", { detail: item }));
  const real = parse(html).querySelector(".bubble");
  if (real && item.conversation === thread.openId()) thread.upsert(real, { own: true });
  return true;
}

function settle(item) {
  queue.splice(queue.indexOf(item), 1);
  keep(item);
}

function keep({ draft }) {
  const texts = queue.filter((item) => item.draft === draft).map(({ files, ...text }) => ({ ...text, files: uploads.kept(files) }));
  if (texts.length) localStorage.setItem(key({ draft }), JSON.stringify(texts));
  else localStorage.removeItem(key({ draft }));
}

const bubble = (item) => thread.inner()?.querySelector(`[data-echo="${item.echo}"]`);

function paint(item, state, message = word(state)) {
  if (item.conversation !== thread.openId()) return;
  let element = bubble(item);
  if (element && !element.hasAttribute("data-pending")) return;
  if (!element) {
    element = document.getElementById("sent").content.firstElementChild.cloneNode(true);
    Object.assign(element.dataset, { echo: item.echo, kind: item.kind === "note" ? "note" : "out", sender: `user:${document.body.dataset.user}` });
    element.querySelector(".prose p").textContent = [item.content, ...item.files.map((file) => file.name)].filter(Boolean).join("\n");
    thread.upsert(element, { own: true });
  }
  element.dataset.status = state;
  const line = element.querySelector(".bubble__state");
  line.className = `bubble__state${state === "failed" ? " bubble__failure" : ""}`;
  line.textContent = message;
  if (state === "failed") line.append(" ", ...actions(item, element));
}

function actions(item, element) {
  return [
    button(word("retry"), () => { item.state = "sending"; paint(item, "sending"); flush(); }),
    button(word("copy"), () => navigator.clipboard.writeText(item.content).then(() => announce(word("copied")))),
    button(word("discard"), () => { settle(item); element.remove(); thread.arrange(); }),
  ].flatMap((control) => [control, " "]);
}

function fallbackId() {
  return "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (digit) => (Number(digit) ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (Number(digit) / 4)))).toString(16));
}
