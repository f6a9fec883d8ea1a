/* Loader: <script async src="…/widget.js" data-website-token="…" [data-color (until the inbox's own is known) data-theme-color
   (instead of it) data-theme="dark|light" data-position="left" data-launcher="a pill's text" data-radius="8px" data-label
   data-locale data-auto-open data-hidden]>. One global; before it is there: (window.parley ||= []).push(["open"]).
   Events: ready open close unread message conversation postback error. */
(() => {
  const script = document.currentScript || document.querySelector("script[data-website-token]");
  const early = window.parley;
  if (!script || early?.open) return;
  const data = script.dataset;
  const { websiteToken: token, themeColor = "", theme = "", launcher = "", label = launcher || "Chat" } = data;
  const base = new URL(script.src).origin;
  const key = "parley:" + token;
  const small = matchMedia("(max-width: 640px), (max-height: 480px)");
  const view = window.visualViewport;
  const life = new AbortController();
  const listeners = {};
  let { locale } = data;
  let tidy = () => {};
  let frame, nonce, ready, opened, warned, timer, held, back, queue = [], mounts = 20;

  const css = `
:host{all:initial!important;position:fixed!important;z-index:2147483000!important}
*{box-sizing:border-box}
button,section{position:fixed;inset-inline-end:20px;box-shadow:0 8px 32px -6px #10182866,0 0 0 1px #1018281f}
.left *{inset-inline:20px auto}
.pill button{width:auto;max-width:calc(100vw - 40px);padding:0 22px 0 14px;border-radius:28px;grid-template-columns:auto 1fr;gap:8px;font:600 15px/1.3 system-ui}
.pill.open button{width:56px;padding:0;font-size:0;gap:0;grid-template-columns:1fr}
button{bottom:20px;width:56px;height:56px;border:0;border-radius:50%;cursor:pointer;background:var(--brand);color:var(--ink);display:grid;place-items:center}
button:hover{filter:brightness(1.08)}
button:focus-visible{outline:3px solid var(--brand);outline-offset:3px}
button:before{content:"";width:28px;height:28px;background:var(--ink);forced-color-adjust:none;
clip-path:path("M14 3a11.5 10.5 0 0 0-9.6 16.3L3 25l6.2-1.6A11.5 10.5 0 1 0 14 3z")}
.open button:before{clip-path:path("M5 12l9 9 9-9-2-2-7 7-7-7z")}
b:empty,.full.open button,.hide button{display:none}
b{position:absolute;top:-4px;inset-inline:auto -4px!important;min-width:22px;padding:0 6px;border-radius:11px;background:#C42B38;color:#fff;font:600 12px/22px system-ui}
section{bottom:88px;width:392px;height:min(664px,calc(100dvh - 108px));border-radius:var(--r,16px);overflow:hidden;background:#fff;
visibility:hidden;opacity:0;transform:translateY(12px);transition:.1s}
.open section{visibility:visible;opacity:1;transform:none;transition:.2s cubic-bezier(.2,0,0,1)}
iframe{width:100%;height:100%;border:0}
.wait section{background-image:linear-gradient(var(--brand) 64px,#0000 0)}
.wait iframe{opacity:0}
.full section{inset:0;width:auto;height:100dvh;border-radius:0;padding-bottom:env(safe-area-inset-bottom)}
.dark section{background-color:#16191D}
@media(prefers-color-scheme:dark){:not(.light)>section{background-color:#16191D;outline:1px solid #2A2F37}}
@media(prefers-reduced-motion){*{transition:none!important}}
@media(forced-colors:active){button,section{border:1px solid}button:before{background:CanvasText}}
@media print{*{display:none}}`;

  const warn = (why) => warned || (warned = 1, console.warn("Parley: " + why));
  const emit = (name, value) => listeners[name]?.forEach((fn) => setTimeout(fn, 0, value));
  const listen = (target, names, fn) => names.map((name) => target.addEventListener(name, fn, life));

  // Kept for the frame: the marker "conversation"; where its own storage is blocked, its token.
  const storage = (change) => {
    try {
      const all = JSON.parse(localStorage[key] || "{}");
      if (change) localStorage[key] = JSON.stringify({ ...all, ...change });
      if (change === null) localStorage.removeItem(key);
      return all;
    } catch { return {}; }
  };

  const make = (name, properties, ...children) => {
    const node = Object.assign(document.createElement(name), properties);
    node.append(...children);
    return node;
  };
  const badge = make("b");
  const button = make("button", { type: "button", ariaLabel: label, ariaExpanded: false }, launcher, badge);
  const panel = make("section", { ariaLabel: label });
  const shell = make("div", { className: [data.position, theme, launcher && "pill"].join(" ") }, button, panel);
  const host = make("parley-chat");

  // Black or white, whichever reads better: never below 4.5.
  const paint = (...hexes) => {
    const hex = [...hexes, "#2F5FD7"].find((one) => /^#[\da-f]{6}$/i.test(one));
    const [r, g, b] = [1, 3, 5].map((at) => (parseInt(hex.slice(at, at + 2), 16) / 255) ** 2.2);
    shell.style.setProperty("--brand", hex);
    shell.style.setProperty("--ink", 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#000" : "#fff");
  };

  // Out of the document (a swapped <html>) the frame has no window; back in it, it loads anew and is ready again.
  const post = (type, more) => frame.contentWindow?.postMessage({ parley: nonce, type, ...more }, base);
  const send = (...call) => (ready && frame.contentWindow ? post(...call) : queue.push(call));

  const load = () => {
    if (frame) return;
    nonce = crypto.getRandomValues(new Uint32Array(4)).join("-");
    const query = new URLSearchParams({ website_token: token, locale: locale || document.documentElement.lang || navigator.language });
    const hash = new URLSearchParams({ n: nonce, o: location.origin, c: themeColor, t: theme });
    frame = make("iframe", { title: label, allow: "autoplay; fullscreen", src: `${base}/widget?${query}#${hash}` });
    shell.classList.add("wait");
    panel.append(frame);
    timer = setTimeout(fail, 8000, "no answer from " + base);
  };
  const unload = () => {
    clearTimeout(timer);
    frame?.remove();
    frame = ready = 0;
    queue = [];
  };
  const fail = (why) => {
    warn(why);
    emit("error", why);
    close();
    unload();
    shell.hidden = true;
  };

  // Full screen: the page behind neither scrolls nor takes focus.
  const hold = (on) => {
    if (on && !held) {
      const { body, documentElement: root } = document;
      held = [root, body, body.inert, root.style.overflow, root.hasAttribute("style")];
      root.style.overflow = "hidden";
      body.inert = true;
    } else if (!on && held) {
      const [root, body, inert, overflow, styled] = held;
      held = 0;
      body.inert = inert;
      root.style.overflow = overflow;
      // Chromium removes only what was looked at.
      root.hasAttribute("style") && !styled && root.removeAttribute("style");
    }
  };
  const fit = () => {
    const full = small.matches;
    shell.classList.toggle("full", full);
    panel.role = full ? "dialog" : "region";
    panel.ariaModal = full;
    // A phone's keyboard shrinks only the visual viewport (as zooming does).
    const follow = full && view.scale < 1.1;
    panel.style.height = follow ? view.height + "px" : "";
    panel.style.top = follow ? view.offsetTop + "px" : "";
    hold(opened && full);
    // Android's Back closes the chat first, without a word to the host's history.
    if (opened && full && window.CloseWatcher) (back ||= new CloseWatcher()).onclose = () => (back = 0, close());
    else if (back) back = back.destroy();
  };

  const show = (on) => {
    opened = on;
    shell.classList.toggle("open", on);
    button.ariaExpanded = on;
    fit();
    emit(on ? "open" : "close");
  };
  const open = (event) => {
    if (opened) return;
    shell.hidden = false;
    tidy();
    load();
    show(true);
    // A timer of the page does not take the focus.
    const focus = navigator.userActivation?.isActive ?? true;
    if (focus) frame.focus();
    send("open", { focus, keyboard: event?.detail === 0, page: location.href });
  };
  const close = () => {
    if (!opened) return;
    const inside = document.activeElement === host;
    show(false);
    send("close");
    if (inside) button.focus();
  };
  const toggle = (event) => (opened ? close() : open(event));

  const heard = ({ origin, source, data }) => {
    if (!frame || origin !== base || source !== frame.contentWindow || data?.parley !== nonce) return;
    const { type, value } = data;
    if (type === "ready") {
      clearTimeout(timer);
      shell.classList.remove("wait");
      paint(value);
      // Moved within the document the frame loads anew.
      if (ready && opened) send("open", { page: location.href });
      ready = 1;
      queue.splice(0).forEach((call) => post(...call));
      emit(type);
    } else if (type === "emit") emit(data.name, value);
    else if (type === "close") close(), button.focus();
    else if (type === "page") post(type, { value: location.href });
    else if (type === "unread") {
      badge.textContent = data.text;
      button.ariaLabel = data.label || label;
      emit(type, value);
      tidy();
      // The card with the newest message, and the number in the title: another script's, for few pages.
      if (data.card) import(base + "/widget/more.js").then((more) => opened || life.signal.aborted || (tidy = more.show(shell, data, api)), warn);
    } else if (type === "keep") storage(value);
    else if (type === "recall") post(type, { value: storage() });
  };

  // Removed with a swapped <html>, the launcher loses its size and comes back: no DOM is watched.
  const mount = () => host.isConnected || mounts-- < 0 || document.documentElement.append(host);
  const watcher = new ResizeObserver(mount);

  // A returning visitor: the frame, cached by now, asks what is unread.
  const look = () => setTimeout(() => life.signal.aborted || (load(), send("check")), 1500);

  const api = {
    open: () => open(),
    close,
    toggle: () => toggle(),
    on(name, fn) {
      (listeners[name] ||= new Set()).add(fn);
      return () => listeners[name].delete(fn);
    },
    show: () => shell.classList.remove("hide"),
    hide: () => shell.classList.add("hide"),
    reset() {
      if (frame || "conversation" in storage()) load(), send("reset");
    },
    destroy() {
      close();
      watcher.disconnect();
      tidy();
      life.abort();
      unload();
      host.remove();
      delete window.parley;
    },
    push: (...calls) => calls.forEach(([name, ...rest]) => (Object.hasOwn(api, name) ? api[name](...rest) : warn("no " + name))),
  };

  // What the page says of its visitor waits for the frame, which comes only when they open it or have written before.
  "setUser setAttributes deleteAttribute setConversationAttributes deleteConversationAttribute addLabel removeLabel prefill setTheme setLocale"
    .split(" ")
    .map((name) => (api[name] = (...rest) => (name === "setLocale" && (locale = rest[0])) && !frame || send("call", { name, rest })));

  const begin = () => {
    try {
      const inner = host.attachShadow({ mode: "closed" });
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(css);
      inner.adoptedStyleSheets = [sheet];
      inner.append(shell);
      paint(themeColor, data.color);
      data.radius && shell.style.setProperty("--r", data.radius);
      if ("hidden" in data) api.hide();
      mount();
      watcher.observe(button);
      listen(button, ["click"], toggle);
      listen(button, ["pointerenter", "focus"], load);
      listen(inner, ["keydown"], (event) => event.key === "Escape" && close());
      listen(window, ["message"], heard);
      listen(window, ["online"], () => (shell.hidden = false));
      listen(small, ["change"], fit);
      listen(view, ["resize", "scroll"], fit);
      window.parley = api;
      if (Array.isArray(early)) api.push(...early);
      if ("autoOpen" in data) open();
      if (storage().conversation) document.readyState === "complete" ? look() : listen(window, ["load"], look);
    } catch (error) { warn(error); }
  };
  if (!token) warn("data-website-token is missing");
  else if (document.body) begin();
  else listen(document, ["DOMContentLoaded"], begin);
})();
