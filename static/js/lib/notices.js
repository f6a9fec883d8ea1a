// What stands above and in the composer: why something was not sent, and which message is being answered.
import { button, word } from "./words.js";

const text = () => document.getElementById("composer-text");

export function notice(message, actions) {
  const box = document.createElement("div");
  Object.assign(box, { className: "notice notice--danger", tabIndex: -1 });
  box.setAttribute("role", "alert");
  box.append(Object.assign(document.createElement("p"), { textContent: message, className: "grow" }), ...actions);
  document.getElementById("composer-notice").replaceChildren(box);
  text().focus();
}

export function clearNotice() {
  document.getElementById("composer-notice").replaceChildren();
}

/** message: {id, text}, or null. */
export function replyTo(message) {
  text().form.elements.reply_to.value = message?.id ?? "";
  const box = document.getElementById("composer-reply");
  box.replaceChildren();
  if (!message) return;
  const line = Object.assign(document.createElement("span"), { className: "cut grow", textContent: word("replying-to", { text: message.text }) });
  box.append(line, button("×", () => { replyTo(null); text().focus(); }, word("close")));
  text().focus();
}
