"use strict";
/*
 * How things look: status is colour, evidence is hatch and dash, for works; ground keeps its own.
 * The colours are Okabe and Ito's, told apart by people who see red and green alike; status also
 * differs in lightness, so that it survives a grey print.
 */
(() => {
  const erdaoGeo = (window.erdaoGeo = window.erdaoGeo || {});
  const COLORS = {
    light: { planned: "#8a8f99", under_construction: "#e08a00", completed: "#0072b2", paper: "#ffffff", halo: "#ffdf70" },
    dark: { planned: "#a3a9b5", under_construction: "#f0a830", completed: "#56b4e9", paper: "#2a323c", halo: "#a38a2a" },
  };
  const DASHES = { illustrative: [7, 6], approximate: [14, 5] };

  /** Tell which theme is on: what the user set, else what the system has; paper is light. */
  erdaoGeo.theme = (state) => (state.printing ? "light" : state.theme) || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");

  erdaoGeo.statusColor = (status, theme) => erdaoGeo.entry(COLORS[theme], status);
  /** A layer's own colour; on a dark ground a lighter one, and a quieter one where it is light already. */
  erdaoGeo.layerColor = (meta, theme) => (theme === "dark" ? onDark(meta.style.color) : meta.style.color);

  function onDark(color) {
    const parts = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
    const toward = 0.3 * parts[0] + 0.6 * parts[1] + 0.1 * parts[2] > 140 ? 60 : 255;
    return `#${parts.map((part) => Math.round(part + (toward - part) * 0.45).toString(16).padStart(2, "0")).join("")}`;
  }

  /** The number of a style among those of its layer. */
  erdaoGeo.styleNumber = (status, evidence) => status * 6 + evidence;

  /** Give every style of a layer: for each status (none first), each evidence (none first). */
  erdaoGeo.stylesOf = (meta, data, theme) =>
    [null, ...data.statuses].flatMap((status) =>
      [null, ...data.evidences].map((evidence) => look(meta, status, evidence, { theme, tiles: Boolean(data.base) })));

  function look(meta, status, evidence, { theme, tiles }) {
    const colors = COLORS[theme];
    const own = erdaoGeo.layerColor(meta, theme);
    const color = erdaoGeo.entry(colors, status) || own;
    const dash = erdaoGeo.entry(DASHES, evidence);
    const invented = evidence === "illustrative";
    const base = { weight: meta.style.weight, opacity: 0.95, dash: meta.hasStatus ? dash : null, fill: null, hatch: null, fillOpacity: 0, radius: 6, halo: colors.halo };
    if (meta.geometry === "LineString") return { ...base, color };
    const point = meta.geometry === "Point";
    const veils = tiles && !meta.hasStatus && !point; // a plain ground, over the tiles
    return {
      ...base, color: own, weight: 2, opacity: 1,
      dash: !meta.hasStatus ? dash : point && invented ? [2, 3] : null,
      fill: !meta.style.fill || veils || (invented && meta.hasStatus && !point) ? null : meta.hasStatus || point ? color : colors.paper,
      hatch: meta.style.fill && invented && meta.hasStatus && !point ? color : null,
      fillOpacity: point ? 0.9 : !meta.hasStatus ? (theme === "dark" ? 0.75 : 0.6) : invented ? 1 : 0.5,
    };
  }
})();
