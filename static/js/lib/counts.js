// The numbers on the tabs of the list.
let counting = 0; // the timer
let asked = 0;

const list = () => document.getElementById("list");

/** From the server only, at most once a second. */
export function count() {
  if (!list()?.dataset.counts) return;
  const wait = Math.max(0, asked + 1000 - Date.now());
  counting ||= setTimeout(async () => {
    counting = 0;
    asked = Date.now();
    const answer = await fetch(list().dataset.counts, { headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer?.ok || answer.redirected || !list()) return;
    for (const [name, value] of Object.entries(await answer.json())) {
      const place = list().querySelector(`[data-count="${name}"]`);
      if (place) place.textContent = value;
    }
  }, wait);
}
