// Messages that are more than words: cards and articles, and questions that are answered by a choice, a form, an address, a
// rating. An answer goes out as data; what was answered then stands where the question was.
import { ApiError, request } from "./api.js";
import { tell } from "./host.js";
import { say, texts } from "./look.js";
import { icon, make, outside, webAddress } from "./nodes.js";

const AGAIN = 5000;
const FACES = ["😞", "😑", "😐", "😀", "😍"];

const listOf = (value) => (Array.isArray(value) ? value.filter((one) => one && typeof one === "object") : []);

const words = (value) => (value == null ? "" : String(value));

const PAINTERS = {
  cards: ({ asks }) => [strip(listOf(asks.items).map(cardNode))],
  article: ({ asks }) => listOf(asks.items).map(articleNode),
  input_select: choice,
  form,
  input_email: address,
  input_csat: rating,
  input_text: openQuestion,
  input_textarea: openQuestion,
};

export function paint(row) {
  const painter = PAINTERS[row.record.kind];
  return make("div", "asked", ...(painter ? painter(row.record, row) : []));
}

// ---- cards, articles
function strip(cards) {
  const list = make("ul", "cards", ...cards);
  // Wider than the chat: reached by the keyboard as well.
  if (cards.length > 1) list.tabIndex = 0;
  list.ariaLabel = texts.cards;
  return list;
}

function cardNode({ title, description, media_url: media, actions }) {
  const card = make("li", "card");
  const source = media && webAddress(words(media));
  if (source) {
    const picture = Object.assign(make("img", "card__picture"), { src: source, alt: "", loading: "lazy" });
    picture.onerror = () => picture.remove();
    card.append(picture);
  }
  const body = make("div", "card__body");
  if (title) body.append(Object.assign(make("strong", "", words(title)), { dir: "auto" }));
  if (description) body.append(Object.assign(make("p", "", words(description)), { dir: "auto" }));
  card.append(body, ...listOf(actions).map(cardAction).filter(Boolean));
  return card;
}

function cardAction({ type, text, uri, payload }) {
  const label = words(text);
  if (type === "postback") {
    const node = press(label || words(payload), () => {
      tell("emit", { name: "postback", value: { event: "postback", data: { payload } } });
      node.ariaPressed = true;
    });
    node.className = "card__action";
    return node;
  }
  const href = webAddress(words(uri));
  return href && outside(make("a", "card__action", label || href), href);
}

function articleNode({ title, description, link }) {
  const href = webAddress(words(link));
  const node = href ? outside(make("a", "article"), href) : make("div", "article");
  node.dir = "auto";
  node.append(make("strong", "", words(title) || words(link)));
  if (description) node.append(make("p", "", words(description)));
  return node;
}

// ---- questions
function press(label, act) {
  const node = make("button", "choice", label);
  node.type = "button";
  node.dir = "auto";
  node.onclick = act;
  return node;
}

const answered = (...lines) => make("p", "answered", icon("check"), make("span", "", ...lines));

function choice({ asks, id }) {
  const [given] = listOf(asks.submitted_values);
  if (given) return [answered(words(given.title ?? given.value))];
  const note = problemLine();
  const choices = listOf(asks.items).map(({ title, value }) =>
    press(words(title ?? value), (event) => deliver(event.currentTarget.parentNode, id, [{ title, value }], note)),
  );
  const group = make("div", "choices", ...choices);
  group.role = "group";
  return [group, note];
}

function form({ asks, id }, row) {
  const items = listOf(asks.items);
  const given = listOf(asks.submitted_values);
  if (given.length) return [summary(items, given)];
  const fields = items.map((item, at) => fieldNode(item, `f${id}-${at}`));
  return [formNode(fields, words(asks.button_label) || texts.submit, (node) => {
    const values = fields.map(({ name, read }) => ({ name, value: read() }));
    return deliver(node, id, values, node.lastChild);
  }, row)];
}

function summary(items, given) {
  const list = make("dl", "summary");
  for (const { name, value } of given) {
    const item = items.find((one) => one.name === name) || {};
    const shown = listOf(item.options).find((one) => words(one.value) === words(value))?.label ?? value;
    list.append(make("dt", "", words(item.label ?? name)), Object.assign(make("dd", "", words(shown) || "–"), { dir: "auto" }));
  }
  return list;
}

export function fieldNode({ name, label, type, placeholder, default: preset, required, pattern, title, pattern_error: wrong, options, autocomplete }, id) {
  const tag = { text_area: "textarea", select: "select" }[type] || "input";
  const control = Object.assign(make(tag, "field__control"), { id, name: words(name), required: !!required, title: words(title) });
  if (tag === "input") control.type = { email: "email", number: "number", link: "url", date: "date", checkbox: "checkbox", phone: "tel" }[type] || "text";
  if (tag === "select") control.append(new Option(words(placeholder), ""), ...listOf(options).map((one) => new Option(words(one.label ?? one.value), words(one.value))));
  else if (placeholder) control.placeholder = words(placeholder);
  if (autocomplete) control.autocomplete = autocomplete;
  if (preset != null) control.value = words(preset);
  const note = make("p", "field__error");
  Object.assign(note, { id: `${id}-e`, hidden: true });
  control.setAttribute("aria-describedby", note.id);
  const caption = Object.assign(make("label", "field__label", words(label ?? name)), { htmlFor: id, dir: "auto" });
  if (!required && control.type !== "checkbox") caption.append(" ", make("small", "", texts.optional));
  const isBox = control.type === "checkbox";
  const node = make("div", isBox ? "field field--box" : "field", ...(isBox ? [control, caption] : [caption, control]), note);
  const read = () => (isBox ? (control.checked ? "true" : "") : control.value.trim());
  const check = () => {
    const message = flaw(control, read(), pattern, words(wrong));
    note.textContent = message;
    note.hidden = !message;
    control.ariaInvalid = !!message;
    return !message;
  };
  control.addEventListener("change", () => (note.hidden ? null : check()));
  return { name: words(name), node, control, read, check };
}

function flaw(control, value, pattern, wrong) {
  if (control.required && !value) return texts.required;
  if (control.type === "email" && value && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value)) return texts.bad_email;
  if (control.type === "tel" && value && !/^\+[1-9]\d{4,14}$/.test(value.replace(/[\s()-]/g, ""))) return texts.bad_phone;
  if (!control.validity.valid) return control.validationMessage;
  return value && pattern && !matches(words(pattern), value) ? wrong || texts.bad_value : "";
}

// Written as in other widgets: bare, or between slashes. One that is none is not held against the visitor.
function matches(pattern, value) {
  try {
    const [, source, flags] = /^\/(.*)\/([a-z]*)$/.exec(pattern) || [null, pattern, ""];
    return new RegExp(source, flags.replace("g", "")).test(value.slice(0, 1000));
  } catch {
    return true;
  }
}

export function formNode(fields, label, submit) {
  const send = make("button", "submit", label);
  const node = make("form", "form", ...fields.map((one) => one.node), send, problemLine());
  node.noValidate = true;
  node.onsubmit = (event) => {
    event.preventDefault();
    const wrong = fields.filter((one) => !one.check());
    if (wrong.length) wrong[0].control.focus();
    else submit(node);
  };
  return node;
}

function address({ asks, id }) {
  if (asks.submitted_email) return [answered(words(asks.submitted_email))];
  const field = fieldNode({ name: "email", label: texts.email, type: "email", required: true, autocomplete: "email" }, `f${id}`);
  return [formNode([field], texts.submit, (node) => deliver(node, id, field.read(), node.lastChild, "email"))];
}

function openQuestion({ asks, id, kind }) {
  const [given] = listOf(asks.submitted_values);
  if (given) return [answered(words(given.value))];
  const field = fieldNode({ name: "value", label: texts.answer, type: kind === "input_text" ? "text" : "text_area", required: true }, `f${id}`);
  return [formNode([field], texts.submit, (node) => deliver(node, id, [{ value: field.read() }], node.lastChild))];
}

function rating({ asks, id }) {
  const given = asks.submitted_values?.csat_survey_response;
  const note = problemLine();
  const faces = FACES.map((face, at) => {
    const node = press(face, () => deliver(group, id, { csat_survey_response: { rating: at + 1, feedback_message: "" } }, note));
    node.className = "face-choice";
    node.ariaLabel = say("rate", { n: at + 1 });
    node.ariaPressed = given?.rating === at + 1;
    return node;
  });
  const group = make("div", "rating", ...faces);
  group.role = "group";
  group.ariaLabel = texts.rating;
  if (!given) return [group, note];
  if (given.feedback_message) return [group, answered(words(given.feedback_message))];
  const field = fieldNode({ name: "words", label: texts.rating_words, type: "text_area" }, `f${id}`);
  const rate = { rating: given.rating };
  const more = formNode([field], texts.submit, (node) =>
    deliver(node, id, { csat_survey_response: { ...rate, feedback_message: field.read() } }, node.lastChild),
  );
  return [group, note, answered(texts.thanks), more];
}

// ---- the answer's way out
const problemLine = () => Object.assign(make("p", "asked__problem"), { role: "status", hidden: true });

export function explain(line, text) {
  line.textContent = text;
  line.hidden = !text;
}

const rowInUse = (place) => place.contains(document.activeElement) && place.closest(".row");

// The socket may bring the answered message before the answer to its sending comes: `place` is then no longer in the
// document, so the row that has the focus is found before anything is sent.
async function deliver(place, id, values, note, key, row = rowInUse(place)) {
  const controls = [...place.querySelectorAll("button,input,textarea,select")];
  const hold = (on) => controls.forEach((one) => (one.disabled = on));
  hold(true);
  place.ariaBusy = true;
  explain(note, navigator.onLine ? "" : texts.waiting);
  try {
    const body = key ? { contact: { [key]: values } } : { message: { submitted_values: values } };
    const message = await request("PATCH", `messages/${id}`, { body });
    dispatchEvent(new CustomEvent("parley-answered", { detail: message }));
    if (row) follow(row);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.temporary) return retry(() => deliver(place, id, values, note, key, row), note, error);
    hold(false);
    explain(note, error.message);
    // Answered in another tab: shown as it stands there.
    if (error.status === 409) dispatchEvent(new Event("parley-stale"));
  } finally {
    place.ariaBusy = null;
  }
}

// The focus goes to what stands where it was, unless the visitor has taken it elsewhere meanwhile.
function follow(row) {
  const used = document.activeElement;
  if (used && used !== document.body && !row.contains(used)) return;
  const next = row.querySelector(".asked textarea, .asked .answered, .asked .summary");
  if (next && next.tabIndex < 0) next.tabIndex = -1;
  next?.focus();
}

function retry(again, note, { retryAfter }) {
  explain(note, navigator.onLine ? texts.trying : texts.waiting);
  const once = () => {
    clearTimeout(timer);
    removeEventListener("online", once);
    again();
  };
  const timer = setTimeout(once, retryAfter ? retryAfter * 1000 : AGAIN);
  addEventListener("online", once);
}
