// The only door to the page around the frame. What passes comes from the parent window, its exact origin, and carries
// the nonce the loader chose for this load (origin and nonce stand in the fragment of our address).
export const framed = parent !== window;
const claim = new URLSearchParams(location.hash.slice(1));
const nonce = claim.get("n");
const origin = claim.get("o");
// What the snippet asks for, instead of what the inbox says.
export const wish = { color: claim.get("c"), theme: claim.get("t") };
// A window of their own, or an app's: the visitor's token comes with the address, for storage there is another one.
export const carried = framed ? null : claim.get("v") || new URLSearchParams(location.search).get("cw_conversation");
const handlers = {};

// Which sites may frame us is for our Content-Security-Policy to say (frame-ancestors). A wrong claim here gets no
// message delivered, and must agree with what the browser tells.
export function trusted() {
  if (!framed) return true;
  if (!nonce || !origin || origin === "null") return false;
  const real = location.ancestorOrigins?.[0];
  return !real || real === origin;
}

export function tell(type, more) {
  if (framed && nonce && origin) parent.postMessage({ parley: nonce, type, ...more }, origin);
}

export function hear(type, handler) {
  handlers[type] = handler;
}

addEventListener("message", (event) => {
  const { data } = event;
  if (event.source !== parent || event.origin !== origin || !data || data.parley !== nonce) return;
  if (Object.hasOwn(handlers, data.type)) handlers[data.type](data);
});

// Small values that outlive the page (token, draft): in the frame's own storage, partitioned per site by the browser,
// else in the host page's through the loader, else in memory.
let prefix = "parley:";
let own;
let kept = {};
let marked = null;

export async function openStore(name) {
  prefix = `parley:${name}:`;
  try {
    own = window.localStorage;
    own.getItem(prefix);
  } catch {
    own = null;
    kept = await recall();
  }
}

function recall() {
  if (!framed) return {};
  return new Promise((resolve) => {
    setTimeout(resolve, 1500, {});
    hear("recall", ({ value }) => resolve({ ...value }));
    tell("recall");
  });
}

export const read = (key) => (own ? own.getItem(prefix + key) : kept[key]) ?? null;

export function write(key, value) {
  if (read(key) === value) return;
  kept[key] = value;
  try {
    if (!own) tell("keep", { value: { [key]: value } });
    else if (value === null) own.removeItem(prefix + key);
    else own.setItem(prefix + key, value);
  } catch {
    own = null;
  }
}

export function forgetAll() {
  kept = {};
  marked = null;
  if (own) Object.keys(own).filter((key) => key.startsWith(prefix)).forEach((key) => own.removeItem(key));
  tell("keep", { value: null });
}

// Tells the loader whether there is a conversation, so that the next page checks for unread messages.
export function mark(conversation) {
  if (marked !== conversation) tell("keep", { value: { conversation: (marked = conversation) } });
}
