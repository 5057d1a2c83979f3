"use strict";
/* Show a CompactLayer (page/layer.py) on a map: features in their styles, tooltips, popups. */
(() => {
  const erdaoGeo = (globalThis.erdaoGeo = globalThis.erdaoGeo || {});

  erdaoGeo.showLayer = async (map, name) => {
    const meta = JSON.parse(document.getElementById(`eg-layer-${name}`).textContent);
    const layer = await erdaoGeo.decode(meta, name);
    const renderer = erdaoGeo.renderer(map);
    const codes = layer.column(meta.titles.length);
    const style = Uint8Array.from({ length: layer.count }, (_, i) => codes.value(i));
    const view = renderer.add({ layer, styles: meta.styles, style, order: 1000 });
    listen(map, view);
    await renderer.idle();
    document.documentElement.classList.add("eg-ready");
    return view;
  };

  function listen(map, view) {
    const { meta } = view.layer;
    const tip = L.tooltip({ className: "eg-tip", direction: "top", offset: [0, -8] });
    map.on("eg:hover", (event) => {
      if (event.view !== view || !meta.tooltip.length) return void map.closeTooltip(tip);
      map.openTooltip(tip.setLatLng(event.latlng).setContent(table(view.layer, event.feature, meta.tooltip)));
    });
    map.on("eg:click", (event) => {
      if (event.view !== view) return;
      map.closeTooltip(tip);
      const content = table(view.layer, event.feature, meta.titles.keys());
      L.popup({ maxWidth: 400 }).setLatLng(event.latlng).setContent(content).openOn(map);
    });
  }

  /** Lay out a feature's values, the empty ones left out; text stays text. */
  function table(layer, feature, fields) {
    const rows = [...fields].map((field) => [layer.meta.titles[field], layer.column(field).value(feature)])
      .filter(([, value]) => value !== null && value !== "")
      .map(([title, value]) => erdaoGeo.el("tr", {}, erdaoGeo.el("th", { scope: "row" }, title), erdaoGeo.el("td", {}, said(value))));
    return erdaoGeo.el("div", { class: "eg-popup" }, erdaoGeo.el("table", {}, rows));
  }

  const said = (value) => (typeof value === "object" ? JSON.stringify(value) : String(value));
})();
