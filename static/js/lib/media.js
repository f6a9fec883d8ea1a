// Pictures open in place, sound plays at the speed one likes. Without script both are links and native controls.
const SPEEDS = [1, 1.5, 2, 0.75];
let lightbox = null; // the module, once a picture was opened

export function start() {
  document.addEventListener("click", (event) => {
    const speed = event.target.closest?.("[data-speed]");
    if (speed) return faster(speed);
    const picture = event.target.closest?.("[data-lightbox]");
    if (!picture || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    lightbox ??= import("./lightbox.js").catch(() => (lightbox = null));
    lightbox.then((module) => (module ? module.open(picture) : window.open(picture.href, "_blank", "noopener")));
  });
}

function faster(button) {
  const audio = button.closest(".player").querySelector("audio");
  audio.playbackRate = SPEEDS[(SPEEDS.indexOf(audio.playbackRate) + 1) % SPEEDS.length];
  button.textContent = `${new Intl.NumberFormat(document.documentElement.lang || undefined).format(audio.playbackRate)}×`;
}
