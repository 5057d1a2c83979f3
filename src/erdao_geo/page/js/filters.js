"use strict";
/* The questions that the legend does not ask: by whom, by which office, when. And the selection's totals. */
(() => {
  const erdaoGeo = (window.erdaoGeo = window.erdaoGeo || {});
  const MOST = 300; // values of a facet that are listed
  const DIGITS = "零一二三四五六七八九";
  const BY_NAME = new Intl.Collator("zh", { numeric: true });
  const el = (...all) => erdaoGeo.el(...all), ui = (name) => erdaoGeo.ui(name), t = (text) => erdaoGeo.t(text);

  /** Lay out the filters: a list for each facet that a layer has, and a range of dates. */
  erdaoGeo.renderFilters = (page) => {
    const { data } = page;
    const box = document.getElementById("eg-filters");
    box.hidden = !data.facets.length && !data.dateFields.length;
    box.querySelector("summary").replaceChildren(ui("filters"), el("span", { class: "eg-active" }));
    box.querySelector(".eg-choices").replaceChildren(
      ...data.facets.map((name) => facet(page, name)),
      ...(data.dateFields.length ? [dates(page)] : []),
      el("button", { type: "button", id: "eg-clear", onclick: () => page.state.set(page.state.cleared()) }, ui("clear")));
  };

  function facet(page, name) {
    const { values } = page.vocabulary[name];
    const keys = values.map(inFigures);
    const order = values.map((_, code) => code).sort((a, b) => (values[a] === "") - (values[b] === "") || BY_NAME.compare(keys[a], keys[b]));
    return el("fieldset", { "data-facet": name }, el("legend", {}, t(page.data.fieldTitles[name])),
      el("div", { class: "eg-values", tabindex: 0, role: "group", "aria-label": t(page.data.fieldTitles[name]) },
        order.slice(0, MOST).map((code) => value(page, name, values[code])),
        order.length > MOST ? el("p", {}, `${ui("more")} ${order.length - MOST}`) : null));
  }

  /** Write the numbers of a name in figures, so that names sort by them: 第二十三队 -> 第23队. */
  function inFigures(text) {
    return text.replace(/[〇零一二三四五六七八九十百]+/g, (written) => {
      if (!/[十百]/.test(written)) return [...written].map((one) => Math.max(0, DIGITS.indexOf(one))).join("");
      const [, hundreds, tens, ones] = /^(?:(.?)百)?零?(?:(.?)十)?(.?)$/.exec(written) || [];
      const digit = (one) => (one ? DIGITS.indexOf(one) : one === "" ? 1 : 0);
      return ones === undefined ? written : String(100 * digit(hundreds) + 10 * digit(tens) + (ones ? digit(ones) : 0));
    });
  }
  erdaoGeo.inFigures = inFigures;

  function value({ state }, name, text) {
    const box = el("input", { type: "checkbox", onchange: () => state.set(state.asked(name, text, box.checked)) });
    const label = el("label", {}, box, el("span", {}, text || ui("blank")), el("small", {}));
    label.egChoice = { name, text, box };
    return label;
  }

  function dates({ data, state }) {
    const set = (change) => state.set({ dates: { ...state.dates, ...change } });
    const choose = el("select", { id: "eg-date-field", "aria-label": ui("date"), onchange: () => set({ field: choose.value }) },
      data.dateFields.map((name) => el("option", { value: name }, t(data.fieldTitles[name]))));
    const day = (name) => {
      const input = el("input", { type: "date", id: `eg-${name}`, "aria-label": `${ui("date")} ${ui(name)}`, onchange: () => set({ [name]: input.value }) });
      return el("label", {}, el("span", {}, ui(name)), input);
    };
    return el("fieldset", { id: "eg-dates" }, el("legend", {}, ui("date")), choose, day("from"), day("until"));
  }

  /** Fill the counts in, and set the controls as the state has them. */
  erdaoGeo.countFilters = ({ data, state, selection }) => {
    for (const label of document.querySelectorAll("#eg-filters .eg-values label")) {
      const { name, text, box } = label.egChoice;
      const count = selection.counts[name].get(text) || 0;
      label.querySelector("small").textContent = erdaoGeo.number(count, 0);
      box.checked = state.only[name].has(text);
      label.classList.toggle("none", !count);
    }
    if (data.dateFields.length) {
      for (const name of ["from", "until"]) document.getElementById(`eg-${name}`).value = state.dates[name];
      document.getElementById("eg-date-field").value = state.dates.field;
    }
    const active = Object.values(state.only).filter((values) => values.size).length + (state.dates.from || state.dates.until ? 1 : 0);
    document.querySelector("#eg-filters .eg-active").textContent = active ? String(active) : "";
    document.getElementById("eg-clear").disabled = !state.isFiltered();
  };

  /** Tell the selection: how many, how long, how large; gross, as it is a plain sum of what is measured. */
  erdaoGeo.renderSelection = (page) => {
    const { selection } = page;
    const sizes = [["LineString", selection.length], ["Polygon", selection.area]]
      .filter(([, size]) => size > 0).map(([geometry, size]) => erdaoGeo.size(geometry, size));
    const text = selection.count
      ? [`${erdaoGeo.number(selection.count, 0)} ${ui("items")}`, ...sizes].join(" · ")
      : ui(page.state.isFiltered() ? "emptySelection" : "noFeatures");
    document.getElementById("eg-selection").replaceChildren(
      el("h2", {}, ui("selection")),
      el("p", { id: "eg-totals", class: selection.count ? null : "eg-empty" }, text),
      sizes.length && selection.count ? el("p", { class: "eg-fine" }, ui("gross")) : "",
      el("div", { class: "eg-row" },
        el("button", { type: "button", id: "eg-csv", disabled: !selection.count, onclick: () => erdaoGeo.exportCsv(page) }, ui("csv")),
        el("button", { type: "button", id: "eg-geojson", disabled: !selection.count, onclick: () => erdaoGeo.exportGeojson(page) }, ui("geojson")),
        page.state.isFiltered() ? el("button", { type: "button", onclick: () => page.state.set(page.state.cleared()) }, ui("clear")) : ""));
    erdaoGeo.announce(`${ui("selection")} ${text}`);
  };
})();
