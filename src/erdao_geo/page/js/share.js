"use strict";
/*
 * The address tells the view: what stands behind # is read at load and kept up to date. It holds no
 * data and is believed in nothing: a name must be one of ours, a number one that makes sense.
 */
(() => {
  const erdaoGeo = (window.erdaoGeo = window.erdaoGeo || {});
  const MOST = 4000; // characters that are read

  /** Give a change of the state, and a view { zoom, lat, lon } or null, from a fragment. */
  erdaoGeo.readFragment = (page, fragment) => {
    const { data } = page;
    const asked = new URLSearchParams(String(fragment).replace(/^#/, "").slice(0, MOST));
    const change = {};
    const among = (name, allowed) => (asked.get(name) || "").split(",").map(decoded).filter((code) => allowed.includes(code));
    if (["zh", "en"].includes(asked.get("lang"))) change.lang = asked.get("lang");
    if (["light", "dark"].includes(asked.get("theme"))) change.theme = asked.get("theme");
    if (data.targets.some(({ id }) => id === asked.get("target"))) change.target = asked.get("target");
    const month = data.months.indexOf(asked.get("month"));
    if (month >= 0 && month < data.months.length - 1) change.month = month;
    const codes = { layers: page.layers.map(({ meta }) => meta.stem), status: [...data.statuses, "-"], evidence: [...data.evidences, "-"] };
    change.off = Object.fromEntries(Object.entries(codes).map(([name, allowed]) =>
      [name, new Set(asked.has(`no-${name}`) ? among(`no-${name}`, allowed).map((code) => (code === "-" && name !== "layers" ? erdaoGeo.BLANK : code)) : [])]));
    change.only = Object.fromEntries(data.facets.map((name) =>
      [name, new Set(asked.has(`in-${name}`) ? among(`in-${name}`, page.vocabulary[name].values) : [])]));
    change.dates = { field: data.dateFields.includes(asked.get("date")) ? asked.get("date") : data.dateFields[0] || null, from: day(asked.get("from")), until: day(asked.get("until")) };
    return { change, view: view(asked.get("at")) };
  };

  const decoded = (text) => {
    try {
      return decodeURIComponent(text);
    } catch {
      return null;
    }
  };
  const day = (text) => (/^\d{4}-\d\d-\d\d$/.test(text || "") && !Number.isNaN(Date.parse(text)) ? text : "");

  /** "12.5/43.86/125.4": zoom, latitude, longitude. */
  function view(text) {
    if (!/^\d{1,2}(\.\d+)?(\/-?\d{1,3}(\.\d+)?){2}$/.test(text || "")) return null;
    const [zoom, lat, lon] = text.split("/").map(Number);
    return zoom <= 20 && Math.abs(lat) <= 85 && Math.abs(lon) <= 180 ? { zoom, lat, lon } : null;
  }

  /** Write the state and the view as a fragment; what is as at first is left out. */
  erdaoGeo.writeFragment = (page) => {
    const { state, map, data } = page;
    const { lat, lng } = map.getCenter();
    const list = (codes) => [...codes].map((code) => encodeURIComponent(code === "" ? "-" : code)).join(",");
    const pairs = [["at", `${Number(map.getZoom().toFixed(2))}/${lat.toFixed(5)}/${L.latLng(lat, lng).wrap().lng.toFixed(5)}`]];
    if (state.lang !== page.firstLang) pairs.push(["lang", state.lang]);
    if (state.theme) pairs.push(["theme", state.theme]);
    if (state.target !== null) pairs.push(["target", state.target]);
    if (state.month !== null) pairs.push(["month", data.months[state.month]]);
    for (const [name, codes] of Object.entries(state.off)) if (codes.size) pairs.push([`no-${name}`, list(codes)]);
    for (const [name, values] of Object.entries(state.only)) if (values.size) pairs.push([`in-${name}`, [...values].map(encodeURIComponent).join(",")]);
    for (const name of ["from", "until"]) if (state.dates[name]) pairs.push([name, state.dates[name]]);
    if (state.dates.field && (state.dates.from || state.dates.until)) pairs.push(["date", state.dates.field]);
    return `#${new URLSearchParams(pairs)}`.replace(/%2F/g, "/").replace(/%2C/g, ",");
  };

  /** Keep the address up to date, and follow it where the user changes it. */
  erdaoGeo.keepFragment = (page) => {
    let written = "";
    const write = erdaoGeo.quietly(300, () => {
      written = erdaoGeo.writeFragment(page);
      try {
        history.replaceState(null, "", written);
      } catch {
        // a browser that forbids it in a file: the page goes on without
      }
    });
    page.map.on("moveend", write);
    page.state.on(write);
    window.addEventListener("hashchange", () => {
      if (location.hash === written) return;
      const { change, view: asked } = erdaoGeo.readFragment(page, location.hash);
      page.state.set({ lang: page.firstLang, theme: null, target: null, month: null, ...change });
      if (!asked) erdaoGeo.goToTarget();
      else page.map.setView([asked.lat, asked.lon], asked.zoom, { animate: false });
    });
  };
})();
