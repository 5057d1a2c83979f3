"use strict";
/* A clean sheet of A4 or A3: the map fills the first page, the targets stand behind it as a table. */
(() => {
  const erdaoGeo = (window.erdaoGeo = window.erdaoGeo || {});
  const MM = 96 / 25.4; // CSS px
  const SHEETS = { A4: { width: 297, height: 210 }, A3: { width: 420, height: 297 } };
  const MARGIN = 10; // mm
  const HEAD = 20; // mm: title and banner above the map, source line below it
  const el = (...all) => erdaoGeo.el(...all), t = (text) => erdaoGeo.t(text), word = (code) => erdaoGeo.word(code);

  /** Follow the browser's printing: lay the map out for the sheet before, and put it back after. */
  erdaoGeo.preparePrinting = (page) => {
    const { map, state } = page;
    let before = null;
    page.sheetSize = "A4";
    const size = el("style", { id: "eg-sheet" });
    document.head.append(size);
    window.addEventListener("beforeprint", () => {
      const { width, height } = SHEETS[page.sheetSize];
      size.textContent = `@page { size: ${page.sheetSize} landscape; margin: ${MARGIN}mm; }`;
      before = map.getBounds();
      const box = map.getContainer();
      state.printing = true;
      document.getElementById("eg-printed").replaceChildren(...table(page));
      erdaoGeo.paint(page);
      box.append(document.getElementById("eg-legend"));
      box.after(document.getElementById("eg-printed"));
      document.documentElement.classList.add("eg-printing");
      box.style.setProperty("--print-width", `${Math.floor((width - 2 * MARGIN) * MM)}px`);
      box.style.setProperty("--print-height", `${Math.floor((height - 2 * MARGIN - HEAD) * MM)}px`);
      map.invalidateSize({ animate: false, pan: false });
      map.fitBounds(before, { animate: false });
    });
    window.addEventListener("afterprint", () => {
      document.documentElement.classList.remove("eg-printing");
      document.getElementById("eg-ruler").after(document.getElementById("eg-legend"));
      state.printing = false;
      erdaoGeo.paint(page);
      map.invalidateSize({ animate: false, pan: false });
      if (before) map.fitBounds(before, { animate: false });
      size.textContent = "";
    });
  };

  /** Print on a sheet of a size. */
  erdaoGeo.print = (page, name) => {
    page.sheetSize = name;
    window.print();
  };

  /** Give the printed table of the targets, as of the month shown. */
  function table(page) {
    const { data, state } = page;
    const columns = ["target", "stated", "net", "done", "proven", "share", "verdict"];
    const rows = data.targets.map((target) => {
      const figures = erdaoGeo.figuresAt(target, state.month);
      const unit = (text) => `${text} ${t(target.unit)}`.trim();
      return el("tr", { "data-target": target.id },
        el("td", {}, el("b", {}, t(target.title)), el("small", {}, target.clause)),
        el("td", {}, t(target.stated)),
        ["net", "done", "proven"].map((name) => el("td", {}, unit(figures[name]))),
        el("td", {}, figures.share), el("td", {}, word(figures.verdict), el("small", {}, erdaoGeo.lateness(page, target))));
    });
    const chosen = data.targets.find(({ id }) => id === state.target);
    const asOf = state.month === null ? t(data.asOf) : data.months[state.month];
    return [
      el("h2", {}, `${t(data.title)} · ${word("as_of")} ${asOf}`),
      el("table", {}, el("thead", {}, el("tr", {}, columns.map((name) => el("th", { scope: "col" }, word(name))))), el("tbody", {}, rows)),
      ...(chosen ? course(page, chosen) : []),
      el("p", {}, word("method")),
    ];
  }

  /** Give the chosen target's months, and what of it is overdue. */
  function course(page, target) {
    const figure = erdaoGeo.courseFigure(page, target);
    const late = page.state.month === null ? target.schedule.overdue : [];
    const names = late.map(({ name, due }) => `${name} (${due})`).join(erdaoGeo.ui("comma"));
    return [figure && el("h3", {}, t(target.title)), figure, late.length ? el("p", {}, erdaoGeo.pair(`${word("overdue")} (${target.schedule.late})`, names)) : null].filter(Boolean);
  }
})();
