// The style guide: forces the states of the pointer and the keyboard from the rules of the real style sheet, and paints
// the tokens with their contrast. Nothing is copied: what the sheet says is what is shown.
import { arrange } from "./lib/marks.js";
import { toast, word } from "./lib/words.js";

const STATES = ["hover", "active", "focus-visible"];
const sheet = new CSSStyleSheet();
document.adoptedStyleSheets = [sheet];

/** "a:hover" becomes "a[data-force=hover]", in the same layers and conditions. */
function forced(rules) {
  let text = "";
  for (const rule of rules) {
    if (rule.selectorText && STATES.some((state) => rule.selectorText.includes(`:${state}`))) {
      const selector = STATES.reduce((all, state) => all.replaceAll(`:${state}`, `[data-force="${state}"]`), rule.selectorText);
      text += `${selector} { ${rule.style.cssText} }\n`;
    } else if (rule.cssRules && !rule.selectorText) {
      const inside = forced(rule.cssRules);
      if (inside) text += `${rule.cssText.slice(0, rule.cssText.indexOf("{"))} { ${inside} }\n`;
    }
  }
  return text;
}

const line = (name, className) => {
  const item = Object.assign(document.createElement("li"), { className });
  item.dataset.token = name;
  item.append(Object.assign(document.createElement("span"), { className: "guide__token" }), Object.assign(document.createElement("span"), { textContent: name }));
  return item;
};

function paint(place, property) {
  const list = document.querySelector(`[data-${place}]`);
  for (const name of list.dataset[place].split(" ")) list.append(line(name, `guide__item guide__item--${place}`));
  return list.dataset[place].split(" ").map((name) => `[data-token="${name}"] .guide__token { ${property}: var(--${name}); }`).join("\n");
}

const luminance = (channels) => channels.map((one) => one / 255).map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4)).reduce((sum, one, at) => sum + one * [0.2126, 0.7152, 0.0722][at], 0);
const colour = (element) => getComputedStyle(element).backgroundColor.match(/[\d.]+/g).slice(0, 3).map(Number);

function contrasts() {
  const ground = luminance(colour(document.querySelector('[data-token="surface"] .guide__token')));
  for (const item of document.querySelectorAll(".guide__item--swatches")) {
    const own = luminance(colour(item.querySelector(".guide__token")));
    const ratio = (Math.max(own, ground) + 0.05) / (Math.min(own, ground) + 0.05);
    item.append(Object.assign(document.createElement("span"), { className: "meta", textContent: ratio.toFixed(1) }));
  }
}

const own = [...document.styleSheets].find((one) => one.href);
sheet.replaceSync([
  forced(own.cssRules),
  paint("swatches", "background"), paint("scale", "font-size"), paint("bars", "inline-size"),
  paint("radii", "border-radius"), paint("shadows", "box-shadow"),
].join("\n"));
document.querySelectorAll(".guide__item--scale .guide__token").forEach((token) => { token.textContent = "Ag 123"; });
contrasts();
arrange(document.getElementById("thread"));
document.addEventListener("click", (event) => {
  const { dialog, toast: kind } = event.target.closest?.("[data-dialog], [data-toast]")?.dataset ?? {};
  if (dialog) document.getElementById(dialog).showModal();
  if (kind) toast(word(kind === "error" ? "broken" : "copied"), { kind, action: kind === "error" ? null : { name: word("undo"), run: () => null, key: "z" } });
  if (event.target.closest?.("form, a[data-swap], a[data-action]") && !event.target.closest("dialog, .guide__head")) event.preventDefault();
});
