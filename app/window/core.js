// Runs in every page of the window, before and after the user interface has
// been loaded. It covers the page while there is no core behind it, and sends
// links to other sites to the person's browser.
(() => {
  if (window.yallmCore) return;

  const words = {
    starting: ["Starting…", ""],
    gone: ["The core has stopped unexpectedly", "Requests are not answered at the moment. What you typed here is still there."],
    failed: ["The core could not be started", ""],
  };

  const style = `
    :host { all: initial; position: fixed; inset: 0; z-index: 2147483647; display: flex; align-items: center;
      justify-content: center; font: 14px/1.5 system-ui, sans-serif; background: rgb(255 255 255 / .88); color: #212529; }
    :host([dark]) { background: rgb(20 21 23 / .88); color: #e9ecef; }
    section { max-width: 34rem; padding: 24px; text-align: center; }
    h1 { font-size: 17px; font-weight: 600; margin: 0 0 8px; }
    p { margin: 0 0 16px; white-space: pre-wrap; overflow-wrap: anywhere; }
    button { font: inherit; padding: 6px 16px; border: 0; border-radius: 6px; background: #0d6e64; color: #fff; cursor: pointer; }
    button:focus-visible { outline: 2px solid #12a594; outline-offset: 2px; }
    button:disabled { opacity: .6; cursor: default; }
  `;

  let host;
  let timer;

  const uncover = () => {
    clearTimeout(timer);
    host?.remove();
    host = undefined;
  };

  const isDark = () => {
    const chosen = document.documentElement.getAttribute("data-mantine-color-scheme");
    return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  };

  const element = (name, text) => {
    const e = document.createElement(name);
    e.textContent = text;
    return e;
  };

  const cover = (phase, detail) => {
    uncover();
    host = document.createElement("div");
    host.toggleAttribute("dark", isDark());
    const root = host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(style);
    root.adoptedStyleSheets = [sheet];
    const section = document.createElement("section");
    section.setAttribute("role", "alertdialog");
    const [title, text] = words[phase];
    section.append(element("h1", title));
    if (detail || text) section.append(element("p", detail || text));
    if (phase !== "starting") {
      const button = element("button", phase === "gone" ? "Start it again" : "Try again");
      button.addEventListener("click", () => {
        button.disabled = true;
        fetch("/window/start", { method: "POST" });
      });
      section.append(button);
      queueMicrotask(() => button.focus());
    }
    root.append(section);
    document.documentElement.append(host);
  };

  /** Called by the window's Go side with what it knows about the core. */
  window.yallmCore = (phase, detail) => {
    if (phase === "running") {
      uncover();
      window.dispatchEvent(new Event("online"));
      return;
    }
    window.dispatchEvent(new Event("offline"));
    clearTimeout(timer);
    // A start that takes no time should not be seen.
    if (phase === "starting" && !host) timer = setTimeout(cover, 400, phase, detail);
    else cover(phase, detail);
  };

  addEventListener(
    "click",
    (event) => {
      const link = event.composedPath().find((e) => e instanceof HTMLAnchorElement && e.href);
      if (!link || link.origin === location.origin || !/^(https?|mailto):/.test(link.href)) return;
      event.preventDefault();
      window.runtime?.BrowserOpenURL(link.href);
    },
    true,
  );
})();
