"use strict";
/* The base map: tiles beneath our own ground, which stays where tiles do not come. */
(() => {
  window.erdaoGeo = window.erdaoGeo || {};
  const TEXT = {
    shifted: {
      zh: "底图为 GCJ-02 坐标：图形仅为显示而偏移，量算与导出不偏移",
      en: "Base map in GCJ-02: features are shifted for display only; figures and exports are not",
    },
    failed: { zh: "底图未能加载；工作区自有的图层不受影响", en: "The base map did not load; the map's own layers are all here" },
  };
  const PATIENCE = 10000; // ms without a single tile before the note says so
  const DEEPEST = 22; // tiles are drawn larger than they are, rather than left out, up to this zoom
  const SIZE = 256; // px of a tile
  const STRIP = 16; // px of a tile that are stretched alike

  /** Degrees of latitude at a place of the Mercator map, `y` in px of the whole world at `zoom`. */
  const latitude = (y, zoom) => {
    const radius = SIZE * 2 ** zoom / (2 * Math.PI);
    return (2 * Math.atan(Math.exp(Math.PI - y / radius)) - Math.PI / 2) * 180 / Math.PI;
  };

  const address = (url, { x, y, z }) => url.replace("{x}", x).replace("{y}", y).replace("{z}", z);

  function picture(src) {
    return new Promise((resolve, reject) => {
      const image = new Image();
      image.onload = () => resolve(image);
      image.onerror = () => reject(new Error(src));
      image.src = src;
    });
  }

  /**
   * Draw a Mercator tile from the tiles in longitude and latitude that it covers. At a zoom both have
   * the same columns; a row is put where it belongs by strips of 16 px, in each of which the stretch
   * is constant: at most h^2 sin(lat) / 8R = 0.02 px off at zoom 5 (R, the earth, is 1304 px), 0.0002 px at 12.
   */
  async function reproject(canvas, coords, url, offset) {
    const { x, y, z } = coords;
    const height = 360 / 2 ** z; // degrees of a tile
    const row = (at) => (90 - latitude(y * SIZE + at, z)) / height; // in tiles, from the north
    const first = Math.floor(row(0)), last = Math.ceil(row(SIZE)) - 1;
    const rows = Array.from({ length: last - first + 1 }, (_, i) => first + i);
    const settled = await Promise.allSettled(rows.map((r) => picture(address(url, { x, y: r, z: z + offset }))));
    const pictures = settled.map((one) => one.value); // undefined where it did not come
    if (!pictures.some(Boolean)) throw settled[0].reason;
    const context = canvas.getContext("2d");
    for (let top = 0; top < SIZE; top += STRIP) {
      const from = row(top), to = row(top + STRIP);
      for (let r = Math.floor(from); r < to; r += 1) drawRow(context, pictures[r - first], r, { top, from, to });
    }
  }

  /** Draw what a strip of the map (its `top` px; `from` to `to` in rows) has of one row's picture. */
  function drawRow(context, image, row, { top, from, to }) {
    const start = Math.max(from, row), end = Math.min(to, row + 1);
    if (!image || end - start < 1e-9) return;
    const scale = image.naturalHeight, per = STRIP / (to - from);
    context.drawImage(image, 0, (start - row) * scale, image.naturalWidth, (end - start) * scale,
      0, top + (start - from) * per, SIZE, (end - start) * per);
  }

  const LonLatLayer = L.GridLayer.extend({
    initialize(url, options) {
      this._url = url;
      L.setOptions(this, options);
    },
    createTile(coords, done) {
      const canvas = L.DomUtil.create("canvas", "");
      canvas.width = canvas.height = SIZE;
      const column = ((coords.x % 2 ** coords.z) + 2 ** coords.z) % 2 ** coords.z;
      reproject(canvas, { x: column, y: coords.y, z: coords.z }, this._url, this.options.zoomOffset)
        .then(() => done(null, canvas), (error) => done(error, canvas));
      return canvas;
    },
  });

  function tileLayer(base, url) {
    const options = { minZoom: base.minZoom, maxNativeZoom: base.maxZoom, maxZoom: DEEPEST, zoomOffset: base.zoomOffset, tileSize: SIZE, className: "eg-tiles" };
    return base.lonlat ? new LonLatLayer(url, options) : L.tileLayer(url, options);
  }

  /** Tell when a round of tiles ended, or dragged on, without a single one. */
  function watch(layer, told) {
    let came = 0, missed = 0, timer = null;
    const settle = () => {
      clearTimeout(timer);
      if (came + missed) told(came === 0);
    };
    layer.on("loading", () => {
      came = missed = 0;
      clearTimeout(timer);
      timer = setTimeout(() => came === 0 && told(true), PATIENCE);
    });
    layer.on("tileload", () => {
      came += 1;
      if (came === 1) told(false);
    });
    layer.on("tileerror", () => { missed += 1; });
    layer.on("load", settle);
  }

  /** A corner of the map that says whose tiles these are, and what else must be known of them. */
  function corner(map) {
    const box = L.DomUtil.create("div", "eg-base");
    box.setAttribute("role", "status");
    const control = L.control({ position: "bottomleft" });
    control.onAdd = () => box;
    control.addTo(map);
    return (lines) => {
      const paragraphs = lines.filter((line) => line.text).map(({ name, text }) => {
        const paragraph = document.createElement("p");
        paragraph.className = name;
        paragraph.textContent = text;
        return paragraph;
      });
      box.replaceChildren(...paragraphs);
    };
  }

  /**
   * Put the base map of eg-data beneath the map, if there is one.
   * @param {L.Map} map
   * @param {object|null} base  `base` of eg-data: urls, attribution, lonlat, datum, minZoom, maxZoom, zoomOffset
   * @returns {{say: function(string), failed: function(): boolean}} `say` writes the corner in a language, "zh" or "en"
   */
  window.erdaoGeo.base = (map, base) => {
    if (!base) return { say() {}, failed: () => false };
    let lang = "zh", failed = false;
    const write = corner(map);
    const say = (wanted) => {
      lang = wanted;
      write([
        { name: "failed", text: failed ? TEXT.failed[lang] : "" },
        { name: "shifted", text: base.datum === "GCJ-02" ? TEXT.shifted[lang] : "" },
        { name: "attribution", text: base.attribution[lang] || "" },
      ]);
    };
    if (map.options.minZoom === undefined) map.options.minZoom = 0; // tiles that begin later do not bound the map
    const layers = base.urls.map((url) => tileLayer(base, url));
    watch(layers[0], (now) => {
      if (now === failed) return;
      failed = now;
      say(lang);
    });
    layers.forEach((layer) => layer.addTo(map));
    say(lang);
    return { say, failed: () => failed };
  };
})();
