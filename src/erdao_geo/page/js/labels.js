"use strict";
/* Names on the map, for layers of few features: along a line, in the middle of an area, as elements of
   text over the canvas; each only where it fits, and none over another. */
(() => {
  const erdaoGeo = (globalThis.erdaoGeo = globalThis.erdaoGeo || {});
  const MOST = 150; // labels at once
  const HEIGHT = 16; // CSS px of a line of text
  const FONT = "12px sans-serif";
  let ruler = null;

  /** Lay out the labels of all views again. */
  function place(map, views, frame) {
    const pane = map.getPane("eg-labels") || makePane(map);
    const taken = [];
    const made = [];
    for (const view of [...views].reverse()) {
      if (!view.visible || !view.label) continue;
      for (let i = 0; i < view.layer.count && made.length < MOST; i++) {
        const text = view.mask[i] > 1 ? view.label(i) : null;
        const spot = text ? spotFor(map, view.layer, i, widthOf(text), frame) : null;
        if (!spot || taken.some((other) => overlap(spot, other))) continue;
        taken.push(spot);
        made.push(element(text, spot));
      }
    }
    pane.replaceChildren(...made);
  }

  function makePane(map) {
    const pane = map.createPane("eg-labels");
    pane.classList.add("leaflet-zoom-hide");
    pane.style.zIndex = 450;
    pane.style.pointerEvents = "none";
    return pane;
  }

  function widthOf(text) {
    ruler = ruler || document.createElement("canvas").getContext("2d");
    ruler.font = FONT;
    return ruler.measureText(text).width;
  }

  /** Find where a label of a width goes: { x, y (layer point), angle, width, w, h }, or null where it has no room. */
  function spotFor(map, layer, i, width, frame) {
    const view = map.getPixelBounds();
    const origin = map.getPixelOrigin();
    const unit = erdaoGeo.draw.worldPerPx(frame);
    const [west, north, east, south] = layer.box.subarray(4 * i, 4 * i + 4);
    const apart = west > view.max.x * unit || east < view.min.x * unit || north > view.max.y * unit || south < view.min.y * unit;
    if (apart || west > east) return null;
    const room = layer.meta.geometry === "LineString" ? alongLine(layer, i, unit, view) : middle(layer, west, north, east, south, unit);
    if (!room || room.length < 1.2 * width) return null;
    const [cos, sin] = [Math.abs(Math.cos(room.angle)), Math.abs(Math.sin(room.angle))];
    return { x: room.x - origin.x, y: room.y - origin.y, angle: room.angle, w: width * cos + HEIGHT * sin, h: width * sin + HEIGHT * cos };
  }

  function middle(layer, west, north, east, south, unit) {
    const point = layer.meta.geometry === "Point";
    const length = point ? Infinity : (east - west) / unit;
    return { x: (west + east) / 2 / unit, y: (north + south) / 2 / unit + (point ? HEIGHT : 0), angle: 0, length };
  }

  /** Take the longest run of a line that is in view, and its middle and direction there. */
  function alongLine({ ringStart, vertexStart, x, y }, i, unit, view) {
    let best = null;
    for (let ring = ringStart[i]; ring < ringStart[i + 1]; ring++) {
      let run = { length: 0, segments: [] };
      for (let v = vertexStart[ring] + 1; v < vertexStart[ring + 1]; v++) {
        const segment = clip([x[v - 1] / unit, y[v - 1] / unit, x[v] / unit, y[v] / unit], view);
        if (!segment) {
          run = { length: 0, segments: [] };
          continue;
        }
        run.segments.push(segment);
        run.length += Math.hypot(segment[2] - segment[0], segment[3] - segment[1]);
        if (!best || run.length > best.length) best = { length: run.length, segments: [...run.segments] };
      }
    }
    return best && halfway(best);
  }

  function halfway({ length, segments }) {
    let left = length / 2;
    for (const [x1, y1, x2, y2] of segments) {
      const part = Math.hypot(x2 - x1, y2 - y1);
      if (left > part) {
        left -= part;
        continue;
      }
      const t = part ? left / part : 0;
      let angle = Math.atan2(y2 - y1, x2 - x1);
      if (Math.abs(angle) > Math.PI / 2) angle -= Math.sign(angle) * Math.PI; // never upside down
      return { x: x1 + t * (x2 - x1), y: y1 + t * (y2 - y1), angle, length };
    }
    return null;
  }

  /** Clip a segment to a view (Liang and Barsky); null where none of it is left. */
  function clip([x1, y1, x2, y2], { min, max }) {
    let [from, to] = [0, 1];
    for (const [delta, room] of [[x1 - x2, x1 - min.x], [x2 - x1, max.x - x1], [y1 - y2, y1 - min.y], [y2 - y1, max.y - y1]]) {
      if (delta === 0 && room < 0) return null;
      if (delta < 0) from = Math.max(from, room / delta);
      if (delta > 0) to = Math.min(to, room / delta);
    }
    return from < to ? [x1 + from * (x2 - x1), y1 + from * (y2 - y1), x1 + to * (x2 - x1), y1 + to * (y2 - y1)] : null;
  }

  const overlap = (a, b) => 2 * Math.abs(a.x - b.x) < a.w + b.w && 2 * Math.abs(a.y - b.y) < a.h + b.h;

  function element(text, { x, y, angle }) {
    const made = document.createElement("span");
    made.className = "eg-name";
    made.textContent = text;
    made.style.cssText = "position:absolute;white-space:nowrap";
    made.style.font = FONT;
    made.style.transform = `translate(${x}px, ${y}px) translate(-50%, -50%) rotate(${angle}rad)`;
    return made;
  }

  erdaoGeo.labels = { place };
})();
