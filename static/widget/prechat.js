// What the inbox wants to know before the first message, on one screen with it. What the site knows already is not asked;
// what was typed survives a reload; the answers travel with the message, offline too.
import { ApiError, request, token } from "./api.js";
import { fieldNode, formNode } from "./asked.js";
import { read, write } from "./host.js";
import { texts } from "./look.js";
import { make } from "./nodes.js";

const CONTACT = { emailAddress: ["email", "email"], fullName: ["name", "name"], phoneNumber: ["phone_number", "tel"] };
const TYPES = { list: "select", textarea: "text_area" };

// options: the inbox's {pre_chat_message, pre_chat_fields}. told: what the page has said of its visitor. send(text, details).
// Returns the screen, or null where there is nothing left to ask.
export async function openForm({ options, told, send }) {
  const known = await knownOf(told);
  const wanted = (options.pre_chat_fields || []).filter((field) => field.enabled && !known.has(CONTACT[field.name]?.[0]));
  if (!wanted.length) return null;
  const typed = JSON.parse(read("prechat") || "{}");
  const fields = wanted.map((field, at) => ({ ...fieldOf(field, at, typed), kind: field.field_type }));
  const message = fieldNode({ name: "message", label: texts.message, type: "text_area", required: true, placeholder: texts.write }, "p-message");
  message.control.value = typed.message || "";
  const all = [...fields, message];
  const node = formNode(all, texts.start, () => {
    write("prechat", null);
    send(message.read(), detailsOf(fields));
  });
  node.classList.add("prechat");
  node.oninput = () => write("prechat", JSON.stringify(Object.fromEntries(all.map((one) => [one.name, one.read()]))));
  const why = options.pre_chat_message;
  if (why) node.prepend(Object.assign(make("p", "prechat__why", why), { dir: "auto" }));
  return { node, focus: () => all.find((one) => !one.read())?.control.focus({ preventScroll: true }) };
}

async function knownOf(told) {
  const known = new Set(Object.keys(CONTACT).map((name) => CONTACT[name][0]).filter((key) => told[key]));
  if (!token()) return known;
  try {
    const contact = await request("GET", "contact");
    if (contact.has_email) known.add("email");
    if (contact.has_phone_number) known.add("phone_number");
    // A nameless visitor has a made-up name.
    if (contact.identifier || contact.has_email) known.add("name");
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
  return known;
}

function fieldOf({ name, label, placeholder, type, required, values, regex_pattern: pattern, regex_cue: cue }, at, typed) {
  const [, autocomplete] = CONTACT[name] || [];
  const kind = name === "phoneNumber" ? "phone" : TYPES[type] || type;
  const options = (values || []).map((value) => ({ label: value, value }));
  const node = fieldNode({ name, label, placeholder, type: kind, required, options, pattern, pattern_error: cue, autocomplete }, `p-${at}`);
  if (node.control.type === "checkbox") node.control.checked = typed[name] === "true";
  else if (typed[name]) node.control.value = typed[name];
  return node;
}

function detailsOf(fields) {
  const contact = {};
  const custom = {};
  const own = {};
  for (const { name, kind, read: value } of fields) {
    const given = value();
    if (!given) continue;
    const [key] = CONTACT[name] || [];
    if (key) contact[key] = key === "phone_number" ? given.replace(/[\s()-]/g, "") : given;
    else (kind === "contact_attribute" ? own : custom)[name] = given === "true" ? true : given;
  }
  if (Object.keys(own).length) contact.custom_attributes = own;
  return { contact, custom_attributes: custom };
}
