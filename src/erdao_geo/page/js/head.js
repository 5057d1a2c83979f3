"use strict";
/* The head: what the map is, as of when, and what holds for all of it. */
(() => {
  const erdaoGeo = (window.erdaoGeo = window.erdaoGeo || {});
  const [LEAST_WIDTH, LEAST_HEIGHT] = [720, 480]; // CSS px of a map that has room for an open legend
  const el = (...all) => erdaoGeo.el(...all), ui = (name) => erdaoGeo.ui(name), t = (text) => erdaoGeo.t(text);

  erdaoGeo.renderHead = (page) => {
    const { data, state } = page;
    const head = document.getElementById("eg-head");
    const focused = head.contains(document.activeElement) ? document.activeElement.id : "";
    head.replaceChildren(
      el("div", { class: "bar" },
        el("h1", {}, t(data.title)),
        el("span", {}, `${t(data.report)} · ${erdaoGeo.word("as_of")} ${t(data.asOf)}`),
        el("div", { class: "eg-actions" },
          copyButton(page), themeButton(state), printMenu(page),
          el("button", { type: "button", id: "eg-lang", lang: state.lang === "zh" ? "en" : "zh-CN", onclick: () => state.set({ lang: state.lang === "zh" ? "en" : "zh" }) }, ui("switch")))),
      ...(hasSample(page) ? [el("p", { class: "banner", role: "note" }, ui("banner"))] : []));
    if (focused) document.getElementById(focused)?.focus();
    document.title = t(data.title);
    document.getElementById("eg-panel").setAttribute("aria-label", ui("targets"));
    document.getElementById("eg-time").setAttribute("aria-label", ui("month"));
    const handle = document.getElementById("eg-handle");
    handle.setAttribute("aria-label", ui("panel"));
    handle.title = ui("panel");
  };

  /** On a phone: draw the panel up or down. Where the map is narrow, begin with the legend closed. */
  erdaoGeo.addSheet = () => {
    const handle = document.getElementById("eg-handle");
    const draw = (open) => {
      document.body.classList.toggle("eg-open", open);
      handle.setAttribute("aria-expanded", String(open));
    };
    handle.addEventListener("click", () => draw(!document.body.classList.contains("eg-open")));
    document.getElementById("eg-scroll").addEventListener("focusin", (event) => event.target.matches("input, select") && draw(true));
    erdaoGeo.drawSheet = draw;
    const { width, height } = document.querySelector(".folium-map").getBoundingClientRect();
    if (width < LEAST_WIDTH || height < LEAST_HEIGHT) document.getElementById("eg-legend").open = false;
  };

  function hasSample(page) {
    const code = page.data.evidences.indexOf("illustrative") + 1;
    return page.sheets.some(({ evidence }) => evidence.includes(code));
  }

  function themeButton(state) {
    const dark = erdaoGeo.theme(state) === "dark";
    return el("button", { type: "button", id: "eg-theme", "aria-pressed": String(dark), onclick: () => state.set({ theme: dark ? "light" : "dark" }) }, ui(dark ? "themeLight" : "theme"));
  }

  function copyButton(page) {
    if (!navigator.clipboard) return null;
    const copy = () => navigator.clipboard.writeText(location.href.split("#")[0] + erdaoGeo.writeFragment(page))
      .then(() => erdaoGeo.notice(ui("copied")), () => erdaoGeo.notice(ui("notCopied")));
    return el("button", { type: "button", id: "eg-copy", onclick: copy }, ui("copyLink"));
  }

  function printMenu(page) {
    const menu = el("details", { class: "eg-menu" }, el("summary", { id: "eg-print" }, ui("print")),
      el("div", {}, ["A4", "A3"].map((name) => el("button", { type: "button", onclick: () => { menu.open = false; erdaoGeo.print(page, name); } }, name))));
    return menu;
  }
})();
