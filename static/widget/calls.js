// What the page says of its visitor: parley.setUser(identifier, {name, email, …, identifier_hash}), setAttributes(…) and so
// on. Kept until there is a session, and a session there is only once the visitor writes: nobody is registered for looking.
import { ApiError, adopt, beforeMessages, call, token } from "./api.js";
import { read, tell, write } from "./host.js";
import { applyTheme } from "./look.js";

const FIELDS = ["name", "email", "avatar_url", "phone_number", "identifier_hash", "custom_attributes"];
const MORE = ["company_name", "city", "country_code", "description", "social_profiles"];
const CALLS = {
  setUser: (identifier, user = {}) => ["PATCH", "contact/set_user", userOf(identifier, user)],
  setAttributes: (attributes) => ["PATCH", "contact", { custom_attributes: attributes }],
  deleteAttribute: (key) => ["POST", "contact/destroy_custom_attributes", { custom_attributes: [key] }],
  setConversationAttributes: (attributes) => ["POST", "conversations/set_custom_attributes", { custom_attributes: attributes }],
  deleteConversationAttribute: (key) => ["POST", "conversations/destroy_custom_attributes", { custom_attribute: [key] }],
  addLabel: (label) => ["POST", "labels", { label }],
  removeLabel: (label) => ["DELETE", `labels/${encodeURIComponent(label)}`],
};
// These need a conversation, the others a session.
const LATER = /Conversation|Label$/;
let waiting = [];
let running = Promise.resolve();
export const told = {};

function userOf(identifier, user) {
  const body = { identifier: String(identifier), additional_attributes: {} };
  for (const key of FIELDS) if (user[key] != null) body[key] = user[key];
  for (const key of MORE) if (user[key] != null) body.additional_attributes[key] = user[key];
  return body;
}

// composer: {prefill(text)}
export function handle({ name, rest }, composer) {
  const [first, second] = rest;
  if (name === "prefill") return composer.prefill(String(first ?? ""));
  if (name === "setTheme") return applyTheme(first);
  if (name === "setLocale") return speak(String(first));
  if (name === "setUser") Object.assign(told, second, { identifier: first });
  waiting.push([name, ...rest]);
  if (token()) apply(false);
}

function speak(locale) {
  const url = new URL(location.href);
  if (url.searchParams.get("locale") === locale) return;
  url.searchParams.set("locale", locale);
  location.replace(url);
}

export function forget() {
  waiting = [];
  for (const key of Object.keys(told)) delete told[key];
}

// In the order of the page's calls. hasConversation: whether those of a conversation may go as well.
export function apply(hasConversation) {
  const now = waiting.filter(([name]) => hasConversation || !LATER.test(name));
  waiting = waiting.filter((one) => !now.includes(one));
  running = running.then(async () => {
    for (const one of now) await send(one);
  });
  return running;
}

async function send([name, ...rest]) {
  const [method, path, body] = CALLS[name](...rest);
  // A page says the same on every view; the server hears it once.
  const said = JSON.stringify(body);
  if (name === "setUser" && read("user") === said) return;
  try {
    const answer = await call(method, path, { body });
    if (name === "setUser") write("user", said);
    if (answer.widget_auth_token) adopt(answer.widget_auth_token);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    // 404: the session has run out; the next one hears it.
    if (error.temporary || error.status === 404) waiting.push([name, ...rest]);
    else tell("emit", { name: "error", value: { call: name, status: error.status, message: error.message } });
  }
}

beforeMessages(() => apply(false));
