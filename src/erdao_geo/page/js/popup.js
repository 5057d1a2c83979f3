"use strict";
/* What a popup says of a feature: every field by its title, and what is measured beside what is declared. */
(() => {
  const erdaoGeo = (window.erdaoGeo = window.erdaoGeo || {});
  const el = (...all) => erdaoGeo.el(...all), ui = (name) => erdaoGeo.ui(name), t = (text) => erdaoGeo.t(text);

  erdaoGeo.keyOf = (layer, i) => String(layer.column(layer.meta.key).value(i));
  erdaoGeo.nameOf = (layer, i) => String(layer.column(layer.meta.name).value(i) ?? layer.column(layer.meta.key).value(i));
  /** Find the number of the feature that has a key. */
  erdaoGeo.numberOf = (layer, key) => {
    let i = 0;
    while (i < layer.count && erdaoGeo.keyOf(layer, i) !== key) i++;
    return i;
  };
  erdaoGeo.isLocated = (layer, i) => layer.box[4 * i] <= layer.box[4 * i + 2];

  /** Say a value as people read it: a code by its label. */
  erdaoGeo.said = (field, value) => {
    const label = erdaoGeo.entry(field.labels, value);
    if (label) return t(label);
    if (["status", "evidence"].includes(field.name)) return erdaoGeo.word(value);
    return typeof value === "boolean" ? ui(value ? "yes" : "no") : String(value);
  };

  /** Tell a feature's status at the month shown: { month, code, title }; null where that is today's. */
  erdaoGeo.statusThen = ({ data, state }, { works }, feature) => {
    if (state.month === null || !works || !works.statusNow[feature]) return null;
    return { month: data.months[state.month], code: data.statuses[works.status[feature] - 1], title: erdaoGeo.statusThenTitle(data.months[state.month]) };
  };
  erdaoGeo.statusThenTitle = (month) => `${ui("status")} (${ui("asOfMonth")} ${month})`;

  /** Give a popup's content: { layer, works } is a sheet, feature a number. */
  erdaoGeo.popup = (page, sheet, feature) => {
    const { layer } = sheet;
    const { meta } = layer;
    const facts = meta.fields.map((field, number) => ({ field, value: layer.column(number).value(feature), number }))
      .filter(({ value }) => value !== null && value !== "")
      .map(({ field, value, number }) => ({ rank: rankOf(meta, field, number), title: t(field.title), text: erdaoGeo.said(field, value) }));
    if (layer.size && !Number.isNaN(layer.size[feature])) {
      facts.push({ rank: 2, title: ui(erdaoGeo.unitOf(meta.geometry).title), text: `${erdaoGeo.size(meta.geometry, layer.size[feature])} (${ui("method")})` });
    }
    const then = erdaoGeo.statusThen(page, sheet, feature);
    if (then) facts.push({ rank: 4, title: then.title, text: erdaoGeo.word(then.code) });
    facts.push(...overlaps(page, meta, erdaoGeo.keyOf(layer, feature)));
    const rows = facts.sort((a, b) => a.rank - b.rank);
    return el("div", { class: "eg-popup", "data-size": layer.size ? layer.size[feature] : null },
      el("h4", {}, erdaoGeo.nameOf(layer, feature)),
      el("table", {}, rows.map(({ title, text }) => el("tr", {}, el("th", { scope: "row" }, title), el("td", {}, text)))),
      el("small", {}, [t(meta.title), `${erdaoGeo.word("as_of")} ${meta.date}`, `${ui("source")} ${meta.source}`,
        meta.revision && `${ui("revision")} ${meta.revision.number} (${meta.revision.time})`].filter(Boolean).join(" · ")));
  };

  /** The key and the name first, then what is measured, declared and counted twice, then the rest. */
  const rankOf = (meta, field, number) => (number === meta.key ? 0 : number === meta.name ? 1 : field.name.startsWith("declared_") ? 3 : 5);

  /** Say which other feature covers the same ground, as far as a target's ledger found it. */
  function overlaps(page, meta, key) {
    return page.data.overlaps.filter((one) => one.layer === meta.stem && (one.counted === key || one.other === key)).map((one) => ({
      rank: 4,
      title: ui("overlap"),
      text: `${ui("overlapWith")} ${one.counted === key ? one.other : one.counted}${ui("separator")}${one.size} ${t(one.unit)}${ui("comma")}${erdaoGeo.reason(one)}`,
    }));
  }

  /** Say why ground is covered twice, and whether a total is the smaller for it. */
  erdaoGeo.reason = ({ reason, changes, sliver }) =>
    [ui(reason), sliver ? ui("sliver") : null, ui(changes ? "changes" : "changesNot")].filter(Boolean).join(ui("comma"));

  /** Open a popup at a place; default: the middle of the feature. */
  erdaoGeo.openPopup = (page, sheet, feature, latlng) => {
    page.opened = { sheet, feature };
    if (matchMedia("(max-width: 46rem)").matches) document.getElementById("eg-legend").open = false; // it has room for one
    const room = page.map.getSize().x - 100; // beside the tools, on a phone
    page.popup = L.popup({ minWidth: Math.min(240, room), maxWidth: Math.min(440, room), autoPanPadding: [30, 30] })
      .setLatLng(latlng || page.renderer.boundsOf(sheet.view, [feature]).getCenter())
      .setContent(erdaoGeo.popup(page, sheet, feature))
      .openOn(page.map);
    page.popup.getElement()?.querySelector(".leaflet-popup-close-button")?.setAttribute("aria-label", ui("close"));
  };
})();
