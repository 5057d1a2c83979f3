"use strict";
/* The legend is the filter: what it shows of layers, status and evidence can be switched off there. */
(() => {
  const erdaoGeo = (window.erdaoGeo = window.erdaoGeo || {});
  const el = (...all) => erdaoGeo.el(...all), svg = (...all) => erdaoGeo.svg(...all);

  /** Lay out the legend; its counts are filled in by `countLegend`. */
  erdaoGeo.renderLegend = (page) => {
    const { data, state } = page;
    const theme = erdaoGeo.theme(state);
    const used = (name) => new Set(page.sheets.filter(({ works }) => works).flatMap(({ works }) => [...new Set(works[name])]));
    const [statuses, evidences] = [used("status"), used("evidence")];
    const group = (name, codes, swatch) => codes.length
      ? el("fieldset", {}, el("legend", {}, erdaoGeo.ui(name)), codes.map((code) => choice(page, name, code, swatch(code), code ? erdaoGeo.word(code) : erdaoGeo.ui("blank"))))
      : null;
    const known = (codes, numbers) => [...codes.filter((_, i) => numbers.has(i + 1)), ...(numbers.has(0) && numbers.size > 1 ? [erdaoGeo.BLANK] : [])];
    const legend = document.getElementById("eg-legend");
    legend.querySelector("summary").replaceChildren(erdaoGeo.ui("legend"), el("span", { class: "eg-screen" }, erdaoGeo.ui("legendFilter")));
    legend.querySelector(".eg-choices").replaceChildren(...[
      group("status", known(data.statuses, statuses), (code) => statusSwatch(erdaoGeo.statusColor(code, theme))),
      group("evidence", known(data.evidences, evidences), (code) => evidenceSwatch(code, theme)),
      el("fieldset", {}, el("legend", {}, erdaoGeo.ui("layers")), [...page.layers].reverse().map(({ meta }) =>
        choice(page, "layers", meta.stem, layerSwatch(meta, theme), erdaoGeo.t(meta.title)))),
    ].filter(Boolean));
  };

  function choice({ state }, name, code, swatch, title) {
    const box = el("input", { type: "checkbox", checked: !state.off[name].has(code), [`data-${name === "layers" ? "layer" : name}`]: code,
      onchange: () => state.set(state.switched(name, code, box.checked)) });
    return el("label", {}, box, swatch, el("span", {}, title), el("small", { "data-count": name, "data-code": code }));
  }

  /** Fill the counts in, and set the boxes as the state has them. */
  erdaoGeo.countLegend = ({ state, selection }) => {
    for (const place of document.querySelectorAll("#eg-legend small")) {
      const { count: name, code } = place.dataset;
      place.textContent = erdaoGeo.number(selection.counts[name].get(code) || 0, 0);
      place.parentElement.querySelector("input").checked = !state.off[name].has(code);
    }
  };

  const icon = (...shapes) => svg("svg", { width: 26, height: 14, viewBox: "0 0 26 14", "aria-hidden": "true" }, ...shapes);
  const statusSwatch = (color) => icon(svg("rect", { x: 1, y: 2, width: 24, height: 10, rx: 2, fill: color || "none", stroke: "currentColor", "stroke-width": color ? 0 : 1 }));
  const line = (dash) => svg("line", { x1: 0, y1: 3, x2: 26, y2: 3, stroke: "currentColor", "stroke-width": 3, "stroke-dasharray": dash });

  function evidenceSwatch(code, theme) {
    const grey = erdaoGeo.statusColor("planned", theme);
    if (code === "illustrative") {
      const strokes = [2, 9, 16, 23].map((x) => svg("line", { x1: x - 3, y1: 13, x2: x + 3, y2: 7, stroke: grey, "stroke-width": 2.5 }));
      return icon(line("4 3"), ...strokes);
    }
    if (code === "approximate") return icon(line("10 4"), svg("rect", { x: 1, y: 7, width: 24, height: 6, fill: grey, "fill-opacity": 0.45, stroke: "currentColor", "stroke-width": 0.5 }));
    if (code === "none" || code === erdaoGeo.BLANK) return icon(svg("text", { x: 13, y: 12, "text-anchor": "middle", fill: "currentColor", "font-size": 12 }, "–"));
    return icon(line("none"), svg("rect", { x: 1, y: 7, width: 24, height: 6, fill: grey, stroke: "currentColor", "stroke-width": 0.5 }));
  }

  function layerSwatch(meta, theme) {
    const color = erdaoGeo.layerColor(meta, theme);
    if (meta.geometry === "Point") return icon(svg("circle", { cx: 13, cy: 7, r: 5, fill: "none", stroke: color, "stroke-width": 2 }));
    if (meta.geometry === "LineString") return icon(svg("line", { x1: 0, y1: 7, x2: 26, y2: 7, stroke: color, "stroke-width": meta.style.weight }));
    return icon(svg("rect", { x: 2, y: 2, width: 22, height: 10, fill: "none", stroke: color, "stroke-width": 2 }));
  }
})();
