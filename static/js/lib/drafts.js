// What is written and not sent: in this browser after 0.3 s, on the server after 1.5 s, when the field is left and
// when the page is hidden. The newer one wins; tabs tell each other; saves and clearings go one after another.
import { form, post } from "./change.js";

const LOCAL_AFTER = 300;
const SERVER_AFTER = 1_500;
const timers = new Map(); // place -> its two timers
const channel = "BroadcastChannel" in self ? new BroadcastChannel("drafts") : null;
const cleared = new Map(); // when: an old copy of the page must not bring back what was sent
let line = Promise.resolve(); // saves and clearings, in order

const key = (place, mode) => `draft:${place}:${mode}`;

/** place: "account:conversation". {text, at}; at is 0 if there is none. */
export function read(place, mode) {
  try {
    return { text: "", at: cleared.get(key(place, mode)) ?? 0, ...JSON.parse(localStorage.getItem(key(place, mode)) ?? "{}") };
  } catch {
    return { text: "", at: 0 };
  }
}

/** Takes what the server has where that is newer, and gives it what is newer here. */
export function reconcile(place, served) {
  for (const mode of ["reply", "note"]) {
    const [here, there] = [read(place, mode), served[mode] ?? { content: "", version: 0 }];
    if (there.version > here.at) store(place, mode, there.content, there.version);
    else if (here.at > there.version && here.text !== there.content) push(place, mode);
  }
}

export function onOther(run) {
  channel?.addEventListener("message", ({ data }) => run(data));
}

export function later(place, mode, text) {
  const mine = timers.get(place) ?? {};
  clearTimeout(mine.local);
  clearTimeout(mine.server);
  timers.set(place, {
    local: setTimeout(() => keep(place, mode, text()), LOCAL_AFTER),
    server: setTimeout(() => push(place, mode), SERVER_AFTER),
  });
}

/** Now, and on the server too; `text` is a string. */
export function save(place, mode, text) {
  const mine = timers.get(place) ?? {};
  clearTimeout(mine.local);
  clearTimeout(mine.server);
  if (keep(place, mode, text)) push(place, mode);
  else if (mine.server) push(place, mode);
  timers.delete(place);
}

/** In this browser only: what was sent waits in the outbox, and the server forgets it once it has accepted it. */
export function keep(place, mode, text) {
  if (read(place, mode).text.trim() === text.trim()) return false;
  const at = Date.now();
  store(place, mode, text, at);
  channel?.postMessage({ place, mode, text, at });
  return true;
}

function store(place, mode, text, at) {
  if (text.trim()) localStorage.setItem(key(place, mode), JSON.stringify({ text, at }));
  else {
    localStorage.removeItem(key(place, mode));
    cleared.set(key(place, mode), at);
  }
  const there = ["reply", "note"].some((one) => read(place, one).text);
  document.dispatchEvent(new CustomEvent("desk:draft", { detail: { conversation: place.split(":")[1], there } }));
}

const said = new Map(); // what the server was told last
export function push(place, mode) {
  line = line.then(async () => {
    const { text, at } = read(place, mode);
    if (said.get(key(place, mode)) === text) return;
    const [account, conversation] = place.split(":");
    const answer = await post(`/app/accounts/${account}/conversations/${conversation}/draft`, form({ mode, content: text, version: at || Date.now() }));
    if (answer?.ok && !answer.redirected) said.set(key(place, mode), text);
  });
  return line;
}
