// How a file that waits for its message looks: its picture, its name cut in the middle, its progress, its size or why not.
import { button, word } from "./words.js";

/** The row of an item, made once. `actions`: what × and Retry do with the item. */
export function painted(item, actions) {
  item.element ??= frame(item, actions);
  paint(item);
  return item.element;
}

export function paint(item) {
  const row = item.element;
  if (!row) return;
  row.dataset.state = item.state;
  row.querySelector("progress").value = item.done;
  const notes = { waiting: word("upload-waiting"), sending: `${Math.round(item.done * 100)} %`, stored: bytes(item.size) };
  row.querySelector(".upload__note").textContent = notes[item.state] ?? item.message;
  row.querySelector(".upload__retry").hidden = item.state !== "failed";
}

function frame(item, { remove, retry }) {
  const row = document.getElementById("upload").content.firstElementChild.cloneNode(true);
  const [start, end] = halves(item.name);
  row.querySelector(".cut-middle__start").textContent = start;
  row.querySelector(".cut-middle__end").textContent = end;
  row.querySelector(".cut-middle").title = item.name;
  row.querySelector("progress").setAttribute("aria-label", item.name);
  show(row.querySelector("img"), item.file);
  row.append(
    button(word("retry"), () => retry(item), `${word("retry")}: ${item.name}`, "link-button upload__retry"),
    button("×", () => remove(item), word("remove", { name: item.name }), "file__remove"),
  );
  return row;
}

function show(picture, file) {
  if (!file || file.size > 2e7 || !/^image\/(png|jpeg|gif|webp)$/.test(file.type)) return picture.remove();
  picture.src = URL.createObjectURL(file);
  for (const type of ["load", "error"]) picture.addEventListener(type, () => URL.revokeObjectURL(picture.src), { once: true });
  picture.addEventListener("error", () => picture.remove(), { once: true });
}

/** A name in two parts without invisible characters, so that its middle is cut and its ending stays. */
export function halves(name) {
  const letters = [...name.replace(/[\p{Cc}\p{Cf}]/gu, "")];
  return letters.length < 16 ? [letters.join(""), ""] : [letters.slice(0, -10).join(""), letters.slice(-10).join("")];
}

function bytes(size) {
  const [unit, amount] = size < 1e6 ? ["kilobyte", Math.max(1, Math.round(size / 1024))] : ["megabyte", Math.round((size / 1048576) * 10) / 10];
  return new Intl.NumberFormat(document.documentElement.lang || undefined, { style: "unit", unit }).format(amount);
}
