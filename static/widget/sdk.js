// <script src="…/sdk.js"> with parley.init({websiteToken, baseUrl or apiUrl, position, theme, themeColor, autoOpen, locale,
// launcher, label, radius, hidden}), or <parley-chat api-url website-token position theme …> anywhere in the page.
(() => {
  const here = new URL(document.currentScript.src).origin;

  const init = ({ apiUrl, baseUrl = apiUrl || here, autoOpen, hidden, ...rest }) => {
    const script = Object.assign(document.createElement("script"), { src: new URL("/widget.js", baseUrl).href, async: true });
    const flags = { ...(autoOpen && { autoOpen: "" }), ...(hidden && { hidden: "" }) };
    for (const [name, value] of Object.entries({ ...rest, ...flags })) if (value != null) script.dataset[name] = value;
    document.head.append(script);
    script.remove();
  };
  (window.parley ||= []).init ||= init;

  // The loader's own element has the same name and no attributes.
  class Chat extends HTMLElement {
    connectedCallback() {
      const token = this.getAttribute("website-token");
      if (!token) return;
      const options = { websiteToken: token, autoOpen: this.hasAttribute("auto-open"), baseUrl: this.getAttribute("api-url") || here };
      for (const name of ["position", "theme", "theme-color", "locale", "launcher", "label", "radius"]) {
        options[name.replace(/-(\w)/, (_, letter) => letter.toUpperCase())] = this.getAttribute(name);
      }
      this.started = setTimeout(init, 0, options);
    }
    // Moved within the page it is connected again before the pause is over.
    disconnectedCallback() {
      clearTimeout(this.started);
      if (this.started) setTimeout(() => this.isConnected || window.parley?.destroy?.(), 0);
    }
  }
  customElements.get("parley-chat") || customElements.define("parley-chat", Chat);
})();
