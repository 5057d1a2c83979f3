"use strict";
/* Show a CompactLayer (page/layer.py) on a map: features in their styles, tooltips, popups. */
(() => {
  const erdaoGeo = (globalThis.erdaoGeo = globalThis.erdaoGeo || {});

  /**
   * Draw the layer of a name.
   * @param {L.LayerGroup} [group]  what the layer is in, if not the map itself: it is seen where that is
   */
  erdaoGeo.showLayer = async (map, name, group) => {
    const meta = JSON.parse(document.getElementById(`eg-layer-${name}`).textContent);
    const layer = await erdaoGeo.decode(meta, name);
    const renderer = erdaoGeo.renderer(map);
    const codes = layer.column(meta.titles.length);
    const style = Uint8Array.from({ length: layer.count }, (_, i) => codes.value(i));
    const view = renderer.add({ layer, styles: meta.styles, style, order: 1000 });
    listen(map, view);
    if (group) follow(map, view, group);
    await renderer.idle();
    document.documentElement.classList.add("eg-ready");
    return view;
  };

  /** Show and hide the layer as its group comes and goes. */
  function follow(map, view, group) {
    const look = () => {
      view.visible = map.hasLayer(group);
      erdaoGeo.renderer(map).redraw();
    };
    map.on("layeradd layerremove", (event) => event.layer === group && look());
    look();
  }

  function listen(map, view) {
    const { meta } = view.layer;
    const tip = erdaoGeo.tip(map);
    map.on("eg:hover", (event) => {
      if (event.view !== view || !meta.tooltip.length || isMeasuring(map)) return void tip.hide();
      tip.show(event, event.feature, () => table(view.layer, event.feature, meta.tooltip));
    });
    map.on("eg:click", (event) => {
      if (event.view !== view || isMeasuring(map)) return;
      tip.hide();
      const content = table(view.layer, event.feature, meta.titles.keys());
      L.popup({ maxWidth: 400 }).setLatLng(event.latlng).setContent(content).openOn(map);
    });
  }

  /** On the planner's page, a click while its ruler is on is a point of the ruler. */
  const isMeasuring = (map) => Boolean(map === erdaoGeo.map && erdaoGeo.page.ruler && erdaoGeo.page.ruler.on);

  /** Lay out a feature's values, the empty ones left out; text stays text. */
  function table(layer, feature, fields) {
    const rows = [...fields].map((field) => [layer.meta.titles[field], layer.column(field).value(feature)])
      .filter(([, value]) => value !== null && value !== "")
      .map(([title, value]) => erdaoGeo.el("tr", {}, erdaoGeo.el("th", { scope: "row" }, title), erdaoGeo.el("td", {}, said(value))));
    return erdaoGeo.el("div", { class: "eg-popup" }, erdaoGeo.el("table", {}, rows));
  }

  const said = (value) => (typeof value === "object" ? JSON.stringify(value) : String(value));
})();
