// For pages that carry Chatwoot's snippet: chatwootSDK.run({websiteToken, baseUrl}), chatwootSettings, $chatwoot and the
// events chatwoot:* on window, spoken to our own loader.
(() => {
  const here = document.currentScript?.src;

  function run({ websiteToken, baseUrl = new URL(here).origin }) {
    if (window.$chatwoot) return;
    const settings = window.chatwootSettings || {};
    const call = (...one) => (window.parley ||= []).push(one);
    const tell = (name, detail) => window.dispatchEvent(new CustomEvent(`chatwoot:${name}`, { detail }));

    const api = (window.$chatwoot = {
      ...settings,
      baseUrl,
      websiteToken,
      hasLoaded: false,
      isOpen: false,
      position: settings.position === "left" ? "left" : "right",
      type: settings.type || "standard",
      launcherTitle: settings.launcherTitle || "",
      hideMessageBubble: !!settings.hideMessageBubble,
      toggle(state) {
        call({ open: "open", close: "close" }[state] || "toggle");
      },
      toggleBubbleVisibility(state) {
        api.hideMessageBubble = state === "hide";
        call(state === "hide" ? "hide" : "show");
      },
      popoutChatWindow() {
        window.open(`${baseUrl}/widget?website_token=${encodeURIComponent(websiteToken)}`, "_blank", "noopener,width=400,height=680");
      },
      setUser(identifier, user = {}) {
        if (typeof identifier !== "string" && typeof identifier !== "number") throw new Error("Identifier should be a string or a number");
        if (!["avatar_url", "email", "name"].some((key) => user[key])) {
          throw new Error("User object should have one of the keys [avatar_url, email, name]");
        }
        Object.assign(api, { identifier, user });
        call("setUser", String(identifier), user);
      },
      setCustomAttributes: (attributes = {}) => call("setAttributes", attributes),
      deleteCustomAttribute: (key) => call("deleteAttribute", key),
      setConversationCustomAttributes: (attributes = {}) => call("setConversationAttributes", attributes),
      deleteConversationCustomAttribute: (key) => call("deleteConversationAttribute", key),
      setLabel: (title) => call("addLabel", title),
      removeLabel: (title) => call("removeLabel", title),
      setLocale: (locale) => call("setLocale", locale),
      setColorScheme: (mode) => call("setTheme", mode),
      reset: () => call("reset"),
    });

    for (const [ours, theirs] of [["message", "on-message"], ["conversation", "on-start-conversation"], ["postback", "postback"], ["error", "error"]]) {
      call("on", ours, (detail) => tell(theirs, detail));
    }
    call("on", "open", () => ((api.isOpen = true), tell("opened")));
    call("on", "close", () => ((api.isOpen = false), tell("closed")));

    const script = document.createElement("script");
    script.src = `${baseUrl.replace(/\/$/, "")}/widget.js`;
    const locale = settings.useBrowserLanguage ? navigator.language : settings.locale;
    const pill = api.type === "expanded_bubble" && api.launcherTitle;
    const data = { websiteToken, locale, position: api.position, launcher: pill, label: api.launcherTitle, theme: settings.darkMode };
    for (const [name, value] of Object.entries(data)) if (value) script.dataset[name] = value;
    if (api.hideMessageBubble) script.dataset.hidden = "";
    // Pages wait for this before they call setUser. Our frame is there later, and what is called before waits for it.
    script.onload = () => ((api.hasLoaded = true), tell("ready"));
    document.head.append(script);
    script.remove();
  }
  window.chatwootSDK ||= { run };
})();
