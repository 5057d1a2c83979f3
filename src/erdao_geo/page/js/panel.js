"use strict";
/* The panel: what each target promised and how far it is kept, what has no place, where data come from. */
(() => {
  const erdaoGeo = (window.erdaoGeo = window.erdaoGeo || {});
  const MOST = 200; // names in a list; beyond it, how many more there are
  const el = (...all) => erdaoGeo.el(...all), ui = (name) => erdaoGeo.ui(name);
  const t = (text) => erdaoGeo.t(text), word = (code) => erdaoGeo.word(code);

  /** Lay out the list of targets; each is told as of the month that the slider stands at. */
  erdaoGeo.renderTargets = (page) => {
    const { data, state } = page;
    const box = document.getElementById("eg-targets");
    const focused = box.contains(document.activeElement) && document.activeElement.closest(".eg-target")?.dataset.target;
    box.replaceChildren(
      el("h2", { id: "eg-targets-title" }, ui("targets"), state.month === null ? null : el("small", {}, ` ${ui("asOfMonth")} ${data.months[state.month]}`)),
      ...(data.targets.length ? data.targets.map((target) => card(page, target)) : [el("p", { class: "eg-empty" }, ui("noTargets"))]));
    if (focused) box.querySelector(`[data-target="${CSS.escape(focused)}"] > button`)?.focus({ preventScroll: true });
  };

  /** Give a target's printed figures as of a month (null: as of the data); all come from Python. */
  erdaoGeo.figuresAt = (target, month) => {
    const then = month === null ? null : target.earlier.filter(({ from }) => from <= month).pop();
    return then ? then.row : target.figures;
  };

  function card(page, target) {
    const { state } = page;
    const on = target.id === state.target;
    const figures = erdaoGeo.figuresAt(target, state.month);
    const unit = (text) => `${text} ${t(target.unit)}`.trim();
    const late = erdaoGeo.lateness(page, target);
    return el("section", { class: `eg-target${on ? " on" : ""}`, "data-target": target.id },
      el("button", { type: "button", "aria-expanded": String(on), onclick: () => erdaoGeo.choose(on ? null : target.id) },
        el("b", {}, t(target.title)),
        late ? el("span", { class: "eg-late" }, late) : null,
        el("span", { class: `eg-verdict ${figures.verdict}`, title: word(`${figures.verdict}?`) }, word(figures.verdict)),
        el("span", { class: "figures" }, `${ui("of")} ${unit(figures.done)} / ${t(target.stated)}`),
        el("span", { class: "share" }, figures.share),
        el("span", { class: "eg-bar", role: "img", "aria-label": `${ui("of")} ${figures.share}` },
          bar("done", figures.doneBar), bar("proven", figures.provenBar))),
      on ? details(page, target, figures, unit) : null);
  }

  function bar(name, share) {
    const element = el("i", { class: name });
    element.style.width = `${share * 100}%`;
    return element;
  }

  function details(page, target, figures, unit) {
    const split = (by) => Object.entries(by).map(([code, value]) => el("span", { class: "eg-part" }, `${word(code)} ${unit(value)}`));
    const row = (title, text) => (text && text.length ? [el("dt", {}, title), el("dd", {}, text)] : []);
    return el("div", { class: "eg-more" },
      el("blockquote", { title: ui("clause") }, target.clause),
      erdaoGeo.courseFigure(page, target),
      erdaoGeo.overdueList(page, target),
      el("dl", {},
        row(word("stated"), t(target.stated)),
        row(word("net"), unit(figures.net)),
        row(word("done"), unit(figures.done)),
        row(word("proven"), unit(figures.proven)),
        row(ui("reported"), unit(figures.reported)),
        row(ui("claimed"), unit(figures.claimed)),
        row(ui("status"), split(figures.byStatus)),
        row(ui("evidence"), split(figures.byEvidence)),
        row(ui("doneOn"), split(figures.doneByEvidence)),
        row(word("counted_twice"), target.overlap && unit(target.overlap)),
        row(word("none"), target.unlocated ? String(target.unlocated) : null),
        row(word("verdict"), `${word(figures.verdict)}${ui("separator")}${word(`${figures.verdict}?`)}`),
        row(word("as_of"), page.state.month === null ? target.asOf : page.data.months[page.state.month])),
      t(target.note) ? el("p", {}, t(target.note)) : null,
      overlaps(page, target),
      gaps(page, target),
      members(page, target));
  }

  /** Name a target's features with a text beside each: { feature: its number, name, text }; `count` is of all. */
  erdaoGeo.namedFeatures = (page, target, named, count) => {
    const sheet = page.sheets.find(({ layer }) => layer.meta.stem === target.layer);
    const text = new Map(named.map((one) => [one.feature, one.text]));
    const rows = named.map(({ feature }) => ({ sheet, feature }));
    if (sheet) return erdaoGeo.featureList(rows, (_, feature) => text.get(feature), count);
    return el("ul", {}, named.map((one) => el("li", {}, one.name, el("small", {}, ` ${one.text}`))));
  };

  /** Name the ground that a target's features cover twice; each leads to the one that comes again. */
  function overlaps({ data, sheets }, target) {
    const { count, named } = target.overlaps;
    if (!count) return null;
    const sheet = sheets.find(({ layer }) => layer.meta.stem === target.layer);
    const one = (number) => {
      const { counted, other, size, unit, reason, changes, sliver } = data.overlaps[number];
      const text = [`${counted} × ${other}`, el("small", {}, ` ${size} ${t(unit)}${ui("comma")}${erdaoGeo.reason({ reason, changes, sliver })}`)];
      return el("li", {}, sheet
        ? el("button", { type: "button", onclick: () => erdaoGeo.goTo(sheet, erdaoGeo.numberOf(sheet.layer, other)) }, text)
        : el("span", {}, text));
    };
    return el("details", { class: "eg-overlaps" }, el("summary", {}, `${ui("overlap")} (${count})`),
      el("ul", { class: "eg-features" }, named.map(one), rest(count - named.length)));
  }

  /** Name the features whose declared size is not what they measure. */
  function gaps(page, target) {
    const { count, named } = target.gaps;
    if (!count) return null;
    const said = ({ declared, measured, share }) => `${ui("declared")} ${declared}${ui("comma")}${ui("measuredSize")} ${measured} ${t(target.unit)} (${share})`;
    return el("details", { class: "eg-gaps" }, el("summary", {}, `${ui("gaps")} (${count})`),
      erdaoGeo.namedFeatures(page, target, named.map((gap) => ({ feature: gap.feature, name: gap.key, text: said(gap) })), count));
  }

  const rest = (count) => (count > 0 ? el("li", { class: "eg-rest" }, `${ui("more")} ${count}`) : null);

  /** List a target's features by name; each leads to its place. */
  function members(page, target) {
    const sheet = page.sheets.find(({ layer }) => layer.meta.stem === target.layer);
    if (!sheet || !target.features.length) return null;
    const rows = [];
    erdaoGeo.inTarget(sheet, target).forEach((isIn, feature) => isIn && rows.push({ sheet, feature }));
    return el("details", { class: "eg-which" }, el("summary", {}, `${ui("which")} (${rows.length})`), erdaoGeo.featureList(rows));
  }

  /** List features by name as buttons that go there; those without a place as text. `count` is of all. */
  erdaoGeo.featureList = (rows, title = null, count = rows.length) => {
    const named = ({ sheet, feature }) => {
      const { layer } = sheet;
      const name = erdaoGeo.nameOf(layer, feature);
      const rest = title ? el("small", {}, ` ${title(layer, feature)}`) : null;
      return el("li", {}, erdaoGeo.isLocated(layer, feature)
        ? el("button", { type: "button", onclick: () => erdaoGeo.goTo(sheet, feature) }, name, rest)
        : el("span", {}, name, rest));
    };
    return el("ul", { class: "eg-features" }, rows.slice(0, MOST).map(named), rest(count - Math.min(rows.length, MOST)));
  };

  /** Lay out what has no place on the map, and where the layers come from. */
  erdaoGeo.renderLists = (page) => {
    const rows = page.sheets.filter(({ works }) => works).flatMap((sheet) => unlocated(sheet).map((feature) => ({ sheet, feature })));
    const missing = rows.length
      ? el("details", { id: "eg-unlocated", open: true },
        el("summary", {}, `${ui("unlocated")} (${rows.length})`),
        erdaoGeo.featureList(rows, (layer) => t(layer.meta.title)))
      : null;
    document.getElementById("eg-lists").replaceChildren(...[missing, sources(page)].filter(Boolean));
  };

  function unlocated({ layer }) {
    const rows = [];
    for (let i = 0; i < layer.count; i++) if (!erdaoGeo.isLocated(layer, i)) rows.push(i);
    return rows;
  }

  function sources(page) {
    return el("details", { id: "eg-sources" }, el("summary", {}, ui("sources")),
      el("ul", {}, page.layers.map(({ meta }) => el("li", {},
        erdaoGeo.pair(t(meta.title), `${meta.source}${ui("comma")}${meta.date}`),
        meta.revision ? `${ui("comma")}${ui("revision")} ${meta.revision.number} (${meta.revision.time})` : null,
        meta.note ? el("small", {}, ` ${meta.note}`) : null))),
      el("p", {}, word("method")));
  }
})();
