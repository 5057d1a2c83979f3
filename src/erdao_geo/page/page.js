"use strict";
/* Lay out the data of the page: panel, legend and layers. Text is only ever set as text. */
function erdaoGeoPage(map) {
  const data = JSON.parse(document.getElementById("eg-data").textContent);
  const COLORS = { planned: "#8b8f98", under_construction: "#e08a00", completed: "#0072b2" };
  const DASHES = { illustrative: "7 6", approximate: "14 5" };
  const FAR = 12.5; // below this zoom, street names would cover each other
  const UI = {
    banner: {
      zh: "含示例数据：虚线和斜线填充的图形是为演示而虚构的，不是事实；依据不足的完成量不算达标。",
      en: "Sample data: dashed lines and hatched areas are invented to show the tool; they are no facts, and they meet no target.",
    },
    targets: { zh: "目标与进度", en: "Targets and progress" },
    layers: { zh: "图层", en: "Layers" },
    status: { zh: "状态", en: "Status" },
    evidence: { zh: "位置依据", en: "Evidence" },
    unlocated: { zh: "未定位", en: "Not located" },
    sources: { zh: "数据来源", en: "Sources" },
    size: { LineString: { zh: "量算长度", en: "Measured length" }, Polygon: { zh: "量算面积", en: "Measured area" } },
    method: { zh: "CGCS2000 椭球面", en: "on the CGCS2000 ellipsoid" },
    of: { zh: "已完成", en: "done" },
    counted: { zh: "图上净计", en: "Net on the map" },
    switch: { zh: "English", en: "中文" },
    zoomIn: { zh: "放大", en: "Zoom in" },
    zoomOut: { zh: "缩小", en: "Zoom out" },
    yes: { zh: "是", en: "yes" },
    no: { zh: "否", en: "no" },
    separator: { zh: "：", en: ": " },
  };
  const DASHED_KINDS = ["illustrative", "approximate"];
  let lang = document.documentElement.lang === "en" ? "en" : "zh";
  let chosen = null; // the id of the target whose features are lit
  const shown = new Map(); // by stem: { layer, group, paths: [{ key, path, row }] }

  const t = (text) => text[lang];
  /** What a table says of a code; never what every object has by birth, such as `constructor`. */
  const entry = (table, code) => (Object.prototype.hasOwnProperty.call(table, code) ? table[code] : null);
  const word = (code) => (entry(data.words, code) ? t(data.words[code]) : String(code));
  const nameOf = (layer, row) => String(row.values[layer.name] ?? row.values[layer.key]);
  const spokenOf = new Set(data.targets.map((target) => target.layer));
  const isWork = (layer) => layer.hasStatus || spokenOf.has(layer.stem);
  const located = (layer) => layer.features.filter((row) => row.geometry);

  /** Make an element; children are elements or text, and text is never read as markup. */
  function el(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children.filter((child) => child !== null));
    return element;
  }

  function svg(tag, attributes, ...children) {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  }

  /** Define a hatch for each colour in use, for what is only illustrative. */
  function defineHatches() {
    const colors = new Set([...Object.values(COLORS), ...data.layers.map((layer) => layer.style.color)]);
    const patterns = [...colors].map((color) =>
      svg("pattern", { id: hatch(color), width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
        svg("rect", { width: 7, height: 7, fill: color, "fill-opacity": 0.18 }),
        svg("line", { x1: 0, y1: 0, x2: 0, y2: 7, stroke: color, "stroke-width": 4 })));
    document.body.append(svg("svg", { width: 0, height: 0, style: "position:absolute" }, svg("defs", {}, ...patterns)));
  }
  const hatch = (color) => `eg-hatch-${color.slice(1)}`;

  function styleOf(layer, row) {
    const status = layer.status === null ? null : row.values[layer.status];
    const evidence = row.values[layer.evidence];
    const color = entry(COLORS, status) || layer.style.color;
    const dash = entry(DASHES, evidence);
    if (layer.geometry === "LineString") {
      return { color, weight: layer.style.weight, dashArray: layer.hasStatus ? dash : null, opacity: 0.95, fill: false, lineCap: dash ? "butt" : "round" };
    }
    const invented = evidence === "illustrative";
    const filled = !layer.hasStatus ? "#ffffff" : invented ? `url(#${hatch(color)})` : color;
    const point = layer.geometry === "Point";
    return {
      color: layer.style.color, opacity: 1, weight: 2,
      dashArray: !layer.hasStatus ? dash : point && invented ? "2 3" : null,
      fill: layer.style.fill && (layer.hasStatus || !data.base), // plain ground would veil the tiles
      fillColor: filled, fillOpacity: point ? 0.9 : invented ? 1 : 0.5, radius: 6,
    };
  }

  function drawLayer(layer, order) {
    const pane = `eg-${order}`;
    map.createPane(pane).style.zIndex = 400 + order;
    const group = L.layerGroup().addTo(map);
    const paths = located(layer).map((row) => {
      const path = L.geoJSON(row.geometry, {
        pane,
        style: () => ({ ...styleOf(layer, row), pane }),
        pointToLayer: (_, latlng) => L.circleMarker(latlng, { ...styleOf(layer, row), pane }),
      });
      const name = nameOf(layer, row);
      path.eachLayer((part) => {
        part.options.title = name;
        if (layer.style.label) part.bindTooltip(el("span", {}, name), { permanent: true, direction: "center", className: "eg-label", interactive: false });
      });
      if (isWork(layer)) {
        path.bindTooltip(() => el("span", {}, `${t(layer.title)}${t(UI.separator)}${name}`), { sticky: true });
        path.bindPopup(() => popup(layer, row), { minWidth: 240, maxWidth: 360 });
      }
      group.addLayer(path);
      return { key: String(row.values[layer.key]), path, row };
    });
    shown.set(layer.stem, { layer, group, paths });
  }

  function popup(layer, row) {
    const facts = layer.fields
      .map((field, i) => [field, row.values[i]])
      .filter(([, value]) => value !== null && value !== "")
      .map(([field, value]) => [t(field.title), said(field, value)]);
    if (row.size !== null) {
      facts.splice(2, 0, [t(UI.size[layer.geometry]), `${row.size} ${t(layer.sizeUnit)} (${t(UI.method)})`]);
    }
    return el("div", { class: "eg-popup" },
      el("h4", {}, nameOf(layer, row)),
      el("table", {}, ...facts.map(([title, value]) => el("tr", {}, el("th", { scope: "row" }, title), el("td", {}, value)))),
      el("small", {}, `${t(layer.title)} · ${t(data.words.as_of)} ${layer.date}`));
  }
  function said(field, value) {
    const label = entry(field.labels, value);
    if (label) return t(label);
    if (["status", "evidence"].includes(field.name)) return word(value);
    return typeof value === "boolean" ? t(UI[value ? "yes" : "no"]) : String(value);
  }

  function renderHead() {
    const illustrative = data.layers.some((layer) => layer.features.some((row) => row.values[layer.evidence] === "illustrative"));
    const head = document.getElementById("eg-head");
    head.replaceChildren(
      el("div", { class: "bar" },
        el("h1", {}, t(data.title)),
        el("span", {}, `${t(data.report)} · ${t(data.words.as_of)} ${t(data.asOf)}`),
        el("button", { type: "button", id: "eg-lang", onclick: switchLanguage }, t(UI.switch))),
      illustrative ? el("p", { class: "banner", role: "note" }, t(UI.banner)) : null);
    document.title = t(data.title);
    document.documentElement.lang = lang;
  }

  function renderPanel() {
    const panel = document.getElementById("eg-panel");
    const top = panel.scrollTop;
    panel.setAttribute("aria-label", t(UI.targets));
    panel.replaceChildren(el("h2", {}, t(UI.targets)), ...data.targets.map(targetCard), unlocatedList(), sourceList());
    panel.scrollTop = top;
  }

  function targetCard(target) {
    const on = target.id === chosen;
    return el("section", { class: `eg-target${on ? " on" : ""}`, "data-target": target.id },
      el("button", { type: "button", "aria-expanded": String(on), onclick: () => choose(on ? null : target.id) },
        el("b", {}, t(target.title)),
        el("span", { class: `eg-verdict ${target.verdict}`, title: word(`${target.verdict}?`) }, word(target.verdict)),
        el("span", { class: "figures" }, `${t(UI.of)} ${t(target.done)} / ${t(target.stated)}`),
        el("span", { class: "share" }, target.share),
        el("span", { class: "eg-bar", role: "img", "aria-label": `${target.share} ${t(UI.of)}` },
          bar("done", target.doneBar), bar("proven", target.provenBar))),
      on ? details(target) : null);
  }

  function bar(name, share) {
    const element = el("i", { class: name });
    element.style.width = `${share * 100}%`;
    return element;
  }

  function details(target) {
    const split = (by) => Object.entries(by).map(([code, value]) => `${word(code)} ${t(value)}`).join(lang === "zh" ? "，" : ", ");
    const line = (title, text) => (text ? el("p", {}, `${title}${t(UI.separator)}${text}`) : null);
    return el("div", { class: "eg-more" },
      el("blockquote", {}, target.clause),
      line(word(target.verdict), word(`${target.verdict}?`)),
      line(t(UI.counted), t(target.net)),
      line(t(UI.status), split(target.byStatus)),
      line(t(UI.evidence), split(target.byEvidence)),
      line(word("proven"), t(target.proven)),
      target.overlap ? line(word("counted_twice"), t(target.overlap)) : null,
      target.asOf ? line(t(data.words.as_of), target.asOf) : null,
      target.unlocated ? line(word("none"), String(target.unlocated)) : null,
      t(target.note) ? el("p", {}, t(target.note)) : null);
  }

  function unlocatedList() {
    const layers = data.layers.filter(isWork).map((layer) => [layer, layer.features.filter((row) => !row.geometry)]).filter(([, rows]) => rows.length);
    const count = layers.reduce((sum, [, rows]) => sum + rows.length, 0);
    if (!count) return null;
    return el("details", { id: "eg-unlocated", open: true },
      el("summary", {}, `${t(UI.unlocated)} (${count})`),
      el("ul", {}, ...layers.flatMap(([layer, rows]) => rows.map((row) =>
        el("li", {}, nameOf(layer, row), el("small", {}, ` ${t(layer.title)}`))))));
  }

  function sourceList() {
    return el("details", {}, el("summary", {}, t(UI.sources)),
      el("ul", {}, ...data.layers.map((layer) => el("li", {},
        `${t(layer.title)}${t(UI.separator)}${layer.source}, ${layer.date}`, layer.note ? el("small", {}, ` ${layer.note}`) : null))));
  }

  function renderLegend() {
    const legend = document.getElementById("eg-legend");
    const used = (index, layer) => layer[index] === null ? [] : layer.features.map((row) => row.values[layer[index]]);
    const statuses = new Set(data.layers.flatMap((layer) => used("status", layer)));
    const evidences = new Set(data.layers.flatMap((layer) => used("evidence", layer)));
    legend.setAttribute("role", "group");
    legend.setAttribute("aria-label", t(UI.layers));
    legend.replaceChildren(
      el("h3", {}, t(UI.status)), ...data.statuses.filter((code) => statuses.has(code)).map((code) => el("div", {}, swatch(COLORS[code]), word(code))),
      el("h3", {}, t(UI.evidence)), ...data.evidences.filter((code) => evidences.has(code) && code !== "none").map((code) => el("div", {}, evidenceSwatch(code), word(code))),
      el("h3", {}, t(UI.layers)), ...[...shown.values()].reverse().map(layerSwitch));
  }

  function layerSwitch({ layer, group, paths }) {
    const box = el("input", { type: "checkbox", "data-layer": layer.stem, onchange: () => (box.checked ? map.addLayer(group) : map.removeLayer(group)) });
    box.checked = map.hasLayer(group);
    return el("label", {}, box, layerSwatch(layer), el("span", {}, t(layer.title)), el("small", {}, String(paths.length)));
  }

  const icon = (...shapes) => svg("svg", { width: 26, height: 14, "aria-hidden": "true" }, ...shapes);
  const swatch = (color) => icon(svg("rect", { x: 1, y: 2, width: 24, height: 10, rx: 2, fill: color }));
  const evidenceSwatch = (code) => DASHED_KINDS.includes(code)
    ? icon(svg("line", { x1: 0, y1: 3, x2: 26, y2: 3, stroke: "#333", "stroke-width": 3, "stroke-dasharray": code === "illustrative" ? "4 3" : "10 4" }),
      svg("rect", { x: 1, y: 7, width: 24, height: 6, fill: code === "illustrative" ? `url(#${hatch(COLORS.planned)})` : "#8b8f9873", stroke: "#333", "stroke-width": 0.5 }))
    : icon(svg("line", { x1: 0, y1: 7, x2: 26, y2: 7, stroke: "#333", "stroke-width": 3 }));
  const layerSwatch = (layer) => layer.geometry === "Point"
    ? icon(svg("circle", { cx: 13, cy: 7, r: 5, fill: "#fff", stroke: layer.style.color, "stroke-width": 2 }))
    : layer.geometry === "LineString"
      ? icon(svg("line", { x1: 0, y1: 7, x2: 26, y2: 7, stroke: layer.style.color, "stroke-width": layer.style.weight }))
      : icon(svg("rect", { x: 2, y: 2, width: 22, height: 10, fill: layer.style.fill ? "#ffffff" : "none", stroke: layer.style.color, "stroke-width": 2 }));

  /** Light up the features of a target, dim the other works, and go there. */
  function choose(id) {
    chosen = id;
    const target = data.targets.find((one) => one.id === id);
    const keys = target ? new Set(target.features) : null;
    const lit = L.featureGroup();
    for (const { layer, paths } of shown.values()) {
      if (!isWork(layer)) continue;
      for (const { key, path, row } of paths) {
        const isLit = !target || (layer.stem === target.layer && keys.has(key));
        if (target && isLit) lit.addLayer(path);
        const style = styleOf(layer, row);
        path.setStyle(isLit ? style : { opacity: 0.12, fillOpacity: 0.06 });
      }
    }
    if (target && lit.getLayers().length) map.fitBounds(lit.getBounds(), { padding: [40, 40], maxZoom: 15 });
    for (const path of lit.getLayers()) if (shown.get(target.layer).group.hasLayer(path)) path.bringToFront();
    renderPanel();
    document.querySelector(`.eg-target.on > button`)?.focus();
  }

  function switchLanguage() {
    lang = lang === "zh" ? "en" : "zh";
    map.closePopup();
    render();
    document.getElementById("eg-lang").focus();
  }

  function addControls() {
    const zoom = L.control.zoom({ position: "topright", zoomInTitle: "", zoomOutTitle: "" }).addTo(map);
    L.control.scale({ imperial: false, position: "bottomleft" }).addTo(map);
    return () => [["zoomIn", zoom._zoomInButton], ["zoomOut", zoom._zoomOutButton]].forEach(([name, button]) => {
      button.title = t(UI[name]);
      button.setAttribute("aria-label", t(UI[name]));
    });
  }

  function goHome() {
    const all = L.featureGroup([...shown.values()].flatMap(({ paths }) => paths.map(({ path }) => path)));
    const works = L.featureGroup([...shown.values()].filter(({ layer }) => isWork(layer)).flatMap(({ paths }) => paths.map(({ path }) => path)));
    const home = works.getLayers().length ? works : all;
    const legend = window.innerWidth > 900 ? document.getElementById("eg-legend").offsetWidth + 20 : 20;
    const room = { paddingTopLeft: [20, 20], paddingBottomRight: [legend, 20], maxZoom: 16, animate: false };
    if (home.getLayers().length) map.fitBounds(home.getBounds(), room);
  }

  function render() {
    renderHead();
    renderPanel();
    renderLegend();
    nameControls();
    ground.say(lang);
  }

  map.attributionControl.setPrefix("Leaflet");
  const ground = erdaoGeo.base(map, data.base);
  defineHatches();
  data.layers.forEach(drawLayer);
  const nameControls = addControls();
  const markFar = () => map.getContainer().classList.toggle("eg-far", map.getZoom() < FAR);
  map.on("zoomend", markFar);
  render();
  map.invalidateSize({ animate: false });
  goHome();
  markFar();
  Object.assign(window.erdaoGeo, { map, ground, choose, drawn: () => Object.fromEntries([...shown].map(([stem, { paths }]) => [stem, paths.length])) });
}
