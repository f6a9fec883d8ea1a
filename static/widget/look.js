// Every text of the frame; config.texts (the server's gettext) overrides any of them. The markup names them: data-text
// (content), data-label (accessible name), data-hint (placeholder).
export const texts = {
  close: "Close chat",
  menu: "Menu",
  sound: "Sound",
  popout: "Open in a window",
  end: "End conversation",
  ended: "This conversation has ended",
  go_on: "This conversation has ended. Write whenever you need something else.",
  not_ended: "The conversation could not be ended",
  undo: "Undo",
  transcript: "Mail me this conversation",
  mailed: "On its way to your e-mail address",
  no_address: "Tell us your e-mail address first, here in the chat",
  not_mailed: "It could not be mailed. Please try again later",
  open: "Open chat",
  dismiss: "Dismiss",
  closed: "We are away right now. Write, and we answer when we are back",
  opens: "Back {when}. Write now, and we answer then",
  here: "We are here and reply right away",
  in_a_few_minutes: "We usually reply within minutes",
  in_a_few_hours: "We usually reply within hours",
  in_a_day: "We usually reply within a day",
  log: "Conversation",
  older: "Loading earlier messages",
  write: "Write a message…",
  message: "Message",
  attach: "Attach files",
  send: "Send",
  you: "You",
  agent: "Support",
  today: "Today",
  yesterday: "Yesterday",
  typing: "{name} is typing",
  unread_one: "Chat, 1 new message",
  unread_other: "Chat, {n} new messages",
  new_one: "1 new message",
  new_other: "{n} new messages",
  sending: "Sending",
  uploading: "Uploading, {percent} %",
  sent: "Sent",
  seen: "Seen",
  trying: "The server is busy. Trying again",
  submit: "Send",
  start: "Start the conversation",
  optional: "(optional)",
  required: "Please fill this in",
  email: "Your e-mail address",
  bad_email: "That is no e-mail address",
  bad_phone: "Begin with + and the country, as in +1 555 0100",
  bad_value: "Please check this",
  answer: "Your answer",
  cards: "Suggestions",
  rating: "How was it?",
  rate: "{n} of 5",
  rating_words: "Anything you would like to add?",
  thanks: "Thank you",
  waiting: "Waiting for connection",
  limited: "Too many messages at once. Sending again in {seconds}\u00a0s",
  failed: "Not sent",
  retry: "Retry",
  discard: "Delete",
  files_lost: "The files were lost with the last page",
  stale: "Written while you were offline more than a day ago",
  reconnecting: "Reconnecting – what you send is kept",
  too_large: "{name} is too large: at most {limit}",
  too_many: "At most {n} files in one message",
  remove: "Remove {name}",
  file: "File",
  picture: "Picture: {name}",
  error_401: "This page has been open for too long. Please try again",
  error_404: "This chat is not there any more",
  error_409: "This was answered already, in another window",
  error_429: "Too many messages at once",
  error_413: "This file is too large",
  error_415: "This type of file is not accepted",
  error_422: "This message was not accepted",
  error_403: "You cannot write here",
  error_other: "Something went wrong ({status})",
  history_failed: "Earlier messages could not be loaded",
  unavailable: "The chat is not available right now",
};

let plural = new Intl.PluralRules("en");
export let locale = "en";

export function useTexts(config) {
  Object.assign(texts, config.texts);
  try {
    const ours = Intl.getCanonicalLocales((config.locale || "en").replace("_", "-"))[0];
    // The browser's own flavour of the language knows whether clocks have 12 or 24 hours.
    locale = ours.split("-")[0] === navigator.language.split("-")[0] ? navigator.language : ours;
    plural = new Intl.PluralRules(locale);
  } catch {
    locale = "en";
  }
}

export const say = (key, values = {}) => texts[key].replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

export const sayCount = (key, n) => say(`${key}_${plural.select(n)}` in texts ? `${key}_${plural.select(n)}` : `${key}_other`, { n });

// In the visitor's own time.
export function whenFrom(seconds) {
  const at = new Date(seconds * 1000);
  const today = at.toDateString() === new Date().toDateString();
  return new Intl.DateTimeFormat(locale, { ...(today ? {} : { weekday: "long" }), hour: "numeric", minute: "2-digit" }).format(at);
}

export function labelPage(root) {
  for (const node of root.querySelectorAll("[data-text]")) node.textContent = texts[node.dataset.text];
  for (const node of root.querySelectorAll("[data-label]")) node.ariaLabel = texts[node.dataset.label];
  for (const node of root.querySelectorAll("[data-hint]")) node.placeholder = texts[node.dataset.hint];
}

// One brand colour gives every shade, by calculated contrast (WCAG 2): text on it and text in it never fall below 4.5.
const SURFACE = { light: [255, 255, 255], dark: [22, 25, 29] };
const WHITE = [255, 255, 255];
const INK = [22, 25, 29];
const BLACK = [0, 0, 0];

export function parseHex(hex) {
  const match = /^#(..)(..)(..)$/.exec(hex) || ["", "2f", "5f", "d7"];
  return match.slice(1).map((part) => parseInt(part, 16) || 0);
}

const linear = (value) => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;

const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);

export function contrast(one, other) {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

// White where it reads; else the softer ink; else black. One of white and black always reaches 4.58.
export const inkOn = (ground) => [WHITE, INK, BLACK].find((ink) => contrast(ink, ground) >= 4.5);

const mix = (from, to, share) => from.map((value, at) => Math.round(value + (to[at] - value) * share));

// The brand, moved towards black or white just far enough to be read on the surface.
export function readable(brand, surface, least = 4.5) {
  const towards = luminance(surface) > 0.18 ? BLACK : WHITE;
  for (let share = 0; share < 1; share += 0.05) {
    const shade = mix(brand, towards, share);
    if (contrast(shade, surface) >= least) return shade;
  }
  return towards;
}

const css = (colour) => `rgb(${colour.join(" ")})`;

export function applyTheme(theme) {
  const { dataset } = document.documentElement;
  if (theme === "dark" || theme === "light") dataset.theme = theme;
  else delete dataset.theme;
}

export function applyBrand(hex, style = document.documentElement.style) {
  const brand = parseHex(hex);
  style.setProperty("--brand", css(brand));
  style.setProperty("--on-brand", css(inkOn(brand)));
  for (const scheme of ["light", "dark"]) {
    style.setProperty(`--brand-ink-${scheme}`, css(readable(brand, SURFACE[scheme])));
  }
}
