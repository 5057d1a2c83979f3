"use strict";
/* Take the selection out of the page: as a table for Excel, or as GeoJSON. Nothing is sent anywhere. */
(() => {
  const erdaoGeo = (window.erdaoGeo = window.erdaoGeo || {});
  const WORLD = 2 ** 28; // see decode.js

  /**
   * Write a cell. A text that Excel or WPS would run as a formula is led by an apostrophe; a number
   * stays one.
   */
  const cell = (value) => {
    const text = value === null || value === undefined ? "" : String(value);
    const safe = typeof value === "string" && /^[\s\u0000-\u001f\ufeff]*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(safe) || safe !== safe.trim() ? `"${safe.replace(/"/g, '""')}"` : safe;
  };
  erdaoGeo.csvCell = cell;

  /** Give the selection as text of a table: a column for each field of any layer, by its title. */
  erdaoGeo.csv = (page) => {
    const parts = page.sheets.map((sheet) => [sheet, erdaoGeo.selected(page, sheet)]).filter(([, rows]) => rows.length);
    const fields = new Map();
    for (const [{ layer }] of parts) for (const field of layer.meta.fields) if (!fields.has(field.name)) fields.set(field.name, erdaoGeo.t(field.title));
    const sizes = ["LineString", "Polygon"].filter((geometry) => parts.some(([{ layer }]) => layer.meta.geometry === geometry));
    const month = page.state.month === null ? null : page.data.months[page.state.month];
    const head = [erdaoGeo.ui("layer"), ...fields.values(), ...(month ? [erdaoGeo.statusThenTitle(month)] : []), ...sizes.map((geometry) => {
      const { title, symbol } = erdaoGeo.unitOf(geometry);
      return `${erdaoGeo.ui(title)} (${erdaoGeo.t(symbol)})`;
    })];
    const lines = parts.flatMap(([sheet, rows]) => {
      const { layer } = sheet;
      const then = (i) => erdaoGeo.statusThen(page, sheet, i);
      const at = [...fields.keys()].map((name) => layer.meta.fields.findIndex((field) => field.name === name));
      return rows.map((i) => [
        erdaoGeo.t(layer.meta.title),
        ...at.map((number) => (number < 0 ? null : told(layer.meta.fields[number], layer.column(number).value(i)))),
        ...(month ? [then(i) && erdaoGeo.word(then(i).code)] : []),
        ...sizes.map((geometry) => sizeCell(layer, i, geometry)),
      ]);
    });
    return [head, ...lines].map((line) => line.map(cell).join(",") + "\r\n").join("");
  };

  const told = (field, value) => (value === null || typeof value === "number" ? value : erdaoGeo.said(field, value));

  function sizeCell({ meta, size }, i, geometry) {
    if (meta.geometry !== geometry || !size || Number.isNaN(size[i])) return null;
    return size[i] / erdaoGeo.unitOf(geometry).si; // all of it, so that the column sums to the panel's figure
  }

  erdaoGeo.exportCsv = (page) => erdaoGeo.download(`${fileName(page)}.csv`, "text/csv;charset=utf-8", ["\ufeff", erdaoGeo.csv(page)]);

  erdaoGeo.exportGeojson = (page) =>
    erdaoGeo.download(`${fileName(page)}.geojson`, "application/geo+json", [JSON.stringify(erdaoGeo.geojson(page))]);

  /** A file's name from the map's title, without what file systems refuse. */
  const fileName = (page) => erdaoGeo.t(page.data.title).replace(/[\u0000-\u001f\u202a-\u202e\u2066-\u2069\\/:*?"<>|\s]+/g, "_").slice(0, 60) || "map";

  /** Give the selection as an RFC 7946 collection. */
  erdaoGeo.geojson = (page) => ({
    type: "FeatureCollection",
    note: erdaoGeo.ui("accuracy"),
    features: page.sheets.flatMap((sheet) => erdaoGeo.selected(page, sheet).map((i) => feature(page, sheet, i))),
  });

  function feature(page, sheet, i) {
    const { layer } = sheet;
    const { meta, size } = layer;
    const then = erdaoGeo.statusThen(page, sheet, i);
    const values = meta.fields.map((field, number) => [field.name, layer.column(number).value(i)]);
    const measured = size && !Number.isNaN(size[i]) ? [[meta.geometry === "Polygon" ? "measured_m2" : "measured_m", size[i]]] : [];
    return { type: "Feature", properties: Object.fromEntries([["layer", meta.stem], ...values, ...(then ? [[`status_${then.month}`, then.code]] : []), ...measured]), geometry: geometry(layer, i) };
  }

  function geometry(layer, i) {
    const rings = [];
    for (let ring = layer.ringStart[i]; ring < layer.ringStart[i + 1]; ring++) rings.push(points(layer, ring));
    if (!rings.length) return null;
    const many = (type, parts) => (parts.length === 1 ? { type, coordinates: parts[0] } : { type: `Multi${type}`, coordinates: parts });
    if (layer.meta.geometry === "Point") return many("Point", rings.flat());
    if (layer.meta.geometry === "LineString") return many("LineString", rings);
    return many("Polygon", polygons(rings));
  }

  function points({ x, y, vertexStart }, ring) {
    const found = [];
    for (let v = vertexStart[ring]; v < vertexStart[ring + 1]; v++) {
      const lat = (Math.atan(Math.sinh(Math.PI * (1 - (2 * y[v]) / WORLD))) * 180) / Math.PI;
      const lonlat = erdaoGeo.page.datum.fromMap([(x[v] / WORLD) * 360 - 180, lat]);
      found.push(lonlat.map((degrees) => Number(degrees.toFixed(7))));
    }
    return found;
  }

  /** Close the rings, and put each hole (clockwise) behind the outline that it follows. */
  function polygons(rings) {
    const parts = [];
    for (const ring of rings) {
      const closed = [...ring, ring[0]];
      const turn = closed.reduce((sum, [x, y], k) => (k ? sum + (x - closed[k - 1][0]) * (y + closed[k - 1][1]) : sum), 0);
      if (turn > 0 && parts.length) parts[parts.length - 1].push(closed);
      else parts.push([closed]);
    }
    return parts;
  }
})();
