// The newest answer as a card above the launcher, and its number in the page's title, while the chat is closed. Loaded
// by the loader when there is one. show(shell, {text, card: {name, face, text, label, dismiss}}, api) -> takes it away.
const css = `
aside{position:fixed;bottom:88px;inset-inline:auto 20px;width:min(320px,calc(100vw - 40px));border-radius:14px;background:#fff;color:#16191d;font:400 14px/1.45 system-ui,sans-serif;box-shadow:0 8px 32px -6px #10182866,0 0 0 1px #1018281f}
.left aside{inset-inline:20px auto}
aside button.say{all:unset;position:static;box-sizing:border-box;display:block;width:100%;padding:12px 44px 14px 16px;cursor:pointer;border-radius:14px;text-align:start;overflow-wrap:anywhere}
aside button.say:before,aside button.off:before{content:none}
aside button.say:focus-visible,aside button.off:focus-visible{outline:3px solid var(--brand);outline-offset:2px}
aside strong{display:block;font-size:13px;font-weight:600}
aside span{display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:3;overflow:hidden}
aside button.off{all:unset;position:absolute;top:4px;inset-inline:auto 4px;width:44px;height:44px;display:grid;place-items:center;cursor:pointer;font-size:20px;line-height:1;border-radius:10px}
.dark aside{background:#262b32;color:#eceef1}
@media(prefers-color-scheme:dark){:not(.light)>aside{background:#262b32;color:#eceef1}}
@media(prefers-reduced-motion:no-preference){aside{animation:rise .2s cubic-bezier(.2,0,0,1)}@keyframes rise{from{opacity:0;transform:translateY(8px)}}}
@media print{aside{display:none}}`;

const make = (name, properties, ...children) => {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children);
  return node;
};

let shown = null;
let title = null;
let own = null;

export function show(shell, { text, card }, api) {
  const root = shell.getRootNode();
  if (!root.adoptedStyleSheets.some((sheet) => sheet.parley)) {
    const sheet = Object.assign(new CSSStyleSheet(), { parley: true });
    sheet.replaceSync(css);
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  }
  shown?.remove();
  const say = make("button", { type: "button", className: "say", onclick: api.open, ariaLabel: card.label });
  say.append(make("strong", { dir: "auto" }, card.name), make("span", { dir: "auto" }, card.text));
  const off = make("button", { type: "button", className: "off", ariaLabel: card.dismiss, onclick: tidy }, "×");
  shown = make("aside", { role: "status" }, say, off);
  shell.append(shown);
  entitle(text);
  return tidy;
}

// The page may change its title meanwhile: then it is the page's again.
function entitle(text) {
  if (own === null || document.title !== own) title = document.title;
  document.title = own = `(${text}) ${title}`;
}

function tidy() {
  shown?.remove();
  shown = null;
  if (own !== null && document.title === own) document.title = title;
  own = null;
}
