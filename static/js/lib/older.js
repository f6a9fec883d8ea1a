// What is older than the thread shows: a stretch before its oldest message, fetched while there is still some way up.
import { get } from "./fragments.js";
import { arrange } from "./marks.js";

const EARLY = 600; // px before the top
const AGAIN_AFTER = 3_000; // ms until what failed is tried again

const inner = () => document.getElementById("thread");
const scroller = () => document.getElementById("thread-scroll");

/** Near the top, or is there so little that the top is in sight? */
export function lookUp() {
  if (inner() && scroller().scrollTop < EARLY) older();
}

/** Whoever waits up there scrolls no more: so what failed is asked for again by itself, and so is what a refresh has
 * put in the link's place meanwhile. */
async function older() {
  const shown = inner();
  const link = shown.querySelector("[data-older]");
  if (!link || link.ariaBusy) return;
  link.ariaBusy = "true";
  const answer = await get(link.dataset.older);
  link.ariaBusy = null;
  if (inner() !== shown) return; // another conversation by now
  if (!answer) return void setTimeout(lookUp, AGAIN_AFTER);
  if (link.isConnected) unfold(link, answer);
  lookUp();
}

/** The view stays where it was, to the pixel. */
function unfold(link, stretch) {
  inner().ariaBusy = "true"; // history is not news: the log stays silent
  const fromEnd = scroller().scrollHeight - scroller().scrollTop;
  link.parentElement.replaceWith(stretch);
  arrange(inner());
  scroller().scrollTop = scroller().scrollHeight - fromEnd;
  inner().ariaBusy = null;
}
