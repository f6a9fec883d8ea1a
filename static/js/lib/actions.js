// What buttons with data-action do; keys.js presses the same buttons.
import * as change from "./change.js";
import { copy } from "./details.js";
import { toEnd } from "./thread.js";

const text = () => document.getElementById("composer-text");

export const actions = {
  unfold(button) {
    const nav = document.getElementById("nav");
    nav.dataset.open = String(nav.dataset.open !== "true");
    button.setAttribute("aria-expanded", nav.dataset.open);
  },
  theme({ dataset: { themeChoice } }) {
    if (themeChoice) document.documentElement.dataset.theme = themeChoice;
    else delete document.documentElement.dataset.theme;
    document.cookie = `theme=${themeChoice};path=/;max-age=${themeChoice ? 31536000 : 0};SameSite=Lax`;
  },
  details() {
    const pane = document.getElementById("pane");
    const wide = matchMedia("(min-width: 80.01rem)").matches;
    const value = wide ? "closed" : "details";
    if (pane.dataset.panel === value) delete pane.dataset.panel;
    else pane.dataset.panel = value;
  },
  back() {
    history.pushState({ htmx: true }, "", document.getElementById("list").dataset.url);
    document.getElementById("workspace").dataset.view = "list";
    document.querySelector("#rows [aria-current]")?.focus();
  },
  jump: toEnd,
  copyLink: () => copy(`${location.origin}${document.getElementById("pane").dataset.url}`),
  assignMe: () => change.change("assignee", { assignee: document.body.dataset.user }),
  canned: () => import("./suggest.js").then((suggest) => suggest.browse(text())),
  emoji: (button) => import("./emoji.js").then((emoji) => emoji.toggle(button, text())),
  density({ dataset: { density } }) {
    document.body.dataset.density = density;
    document.cookie = `density=${density};path=/;max-age=${density ? 31536000 : 0};SameSite=Lax`;
  },
  palette: () => import("./palette.js").then((palette) => palette.toggle()),
  help: () => document.getElementById("keys-help").showModal(),
};
