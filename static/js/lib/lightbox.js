// The pictures of a thread, large: a native dialog. Arrows, Home and End go through them, + and - zoom, d downloads, Esc ends.
import { announce, button, word } from "./words.js";

const ZOOMS = ["1", "2", "4"];
let dialog = null;
let pictures = [];
let at = 0;

export function open(picture) {
  pictures = [...document.querySelectorAll("#thread [data-lightbox]")];
  if (!pictures.includes(picture)) pictures = [picture];
  dialog ??= build();
  if (!dialog.open) dialog.showModal();
  show(pictures.indexOf(picture));
  part("stage").focus();
}

const part = (name) => dialog.querySelector(`.lightbox__${name}`);

function build() {
  const box = Object.assign(document.createElement("dialog"), { className: "lightbox" });
  const make = (tag, name, more = {}) => Object.assign(document.createElement(tag), { className: `lightbox__${name}`, ...more });
  const press = (text, run, label, name) => button(text, run, label, `button button--icon lightbox__${name}`);
  const bar = make("header", "bar");
  bar.append(
    make("bdi", "name"), make("span", "count"),
    press("−", () => zoom(-1), word("zoom-out"), "out"), press("+", () => zoom(1), word("zoom-in"), "in"),
    make("a", "download", { download: "", textContent: word("download") }),
    press("×", () => box.close(), word("close"), "close"),
  );
  const stage = make("div", "stage", { tabIndex: 0 });
  stage.append(make("img", "image", { alt: "" }));
  box.append(bar, press("‹", () => step(-1), word("picture-before"), "before"), stage, press("›", () => step(1), word("picture-next"), "next"));
  box.addEventListener("keydown", pressed);
  box.addEventListener("click", ({ target }) => target === stage && box.close());
  stage.addEventListener("dblclick", () => zoom(stage.dataset.zoom === "1" ? 1 : -9));
  box.addEventListener("close", () => { pictures[at]?.focus({ preventScroll: true }); stage.firstChild.removeAttribute("src"); });
  document.body.append(box);
  return box;
}

function show(index) {
  at = index;
  const { href, dataset } = pictures[at];
  const image = Object.assign(part("image"), { src: href, alt: dataset.name });
  for (const side of ["width", "height"]) dataset[side] ? image.setAttribute(side, dataset[side]) : image.removeAttribute(side);
  part("name").textContent = dataset.name;
  part("count").textContent = pictures.length > 1 ? word("picture-of", { n: at + 1, all: pictures.length }) : "";
  part("download").href = dataset.original;
  for (const [name, edge] of [["before", 0], ["next", pictures.length - 1]]) part(name).disabled = at === edge;
  dialog.setAttribute("aria-label", dataset.name);
  zoom(-9);
  // A button that has just been switched off took the focus with it, and the keys.
  if (!dialog.contains(document.activeElement) || document.activeElement.disabled) part("stage").focus();
  announce([dataset.name, part("count").textContent].filter(Boolean).join(", "));
}

function step(by) {
  if (pictures[at + by]) show(at + by);
}

function zoom(by) {
  const stage = part("stage");
  const level = Math.min(ZOOMS.length - 1, Math.max(0, ZOOMS.indexOf(stage.dataset.zoom ?? "1") + by));
  stage.dataset.zoom = ZOOMS[level];
  part("out").disabled = level === 0;
  part("in").disabled = level === ZOOMS.length - 1;
  if (document.activeElement?.disabled) stage.focus();
  stage.scrollTo((stage.scrollWidth - stage.clientWidth) / 2, (stage.scrollHeight - stage.clientHeight) / 2);
}

function pressed(event) {
  event.stopPropagation(); // these are no keys of the desk
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const towards = document.dir === "rtl" ? -1 : 1;
  const zoomed = part("stage").dataset.zoom !== "1"; // then the arrows move the picture
  const runs = {
    ArrowLeft: () => step(-towards), ArrowRight: () => step(towards),
    Home: () => show(0), End: () => show(pictures.length - 1),
    "+": () => zoom(1), "=": () => zoom(1), "-": () => zoom(-1), 0: () => zoom(-9),
    d: () => part("download").click(),
  };
  if (zoomed && event.key.startsWith("Arrow")) return part("stage").focus();
  if (!runs[event.key]) return;
  event.preventDefault();
  runs[event.key]();
}
