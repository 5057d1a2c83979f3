"use strict";
/* Which feature lies under a point: the boxes near it from a spatial index, then the exact shapes. */
(() => {
  const erdaoGeo = (globalThis.erdaoGeo = globalThis.erdaoGeo || {});
  const SLACK = 3; // CSS px by which a line or point may be missed

  /** Make the index of a view's boxes, once. Numbers in the index: see view.indexed. */
  function index(view) {
    if (view.index) return view.index;
    const { count, box } = view.layer;
    const located = new Uint32Array(count);
    let n = 0;
    for (let i = 0; i < count; i++) if (box[4 * i] <= box[4 * i + 2]) located[n++] = i;
    view.indexed = located.subarray(0, n);
    view.index = new Flatbush(Math.max(n, 1), 16, Int32Array);
    if (!n) view.index.add(1, 1, 1, 1);
    for (const i of view.indexed) view.index.add(box[4 * i], box[4 * i + 1], box[4 * i + 2], box[4 * i + 3]);
    view.index.finish();
    return view.index;
  }

  /**
   * Find the feature at a point of the world: in the topmost view that has any there, lit ones before
   * others, then the nearest, then the one drawn last.
   * x, y in world units; unit: world units to a CSS pixel.
   */
  function at(views, x, y, unit) {
    for (let v = views.length - 1; v >= 0; v--) {
      if (!views[v].visible || !views[v].interactive) continue;
      const feature = nearest(views[v], x, y, unit);
      if (feature !== null) return { view: views[v], feature };
    }
    return null;
  }

  function nearest(view, x, y, unit) {
    const { layer, mask, styles, style } = view;
    const most = Math.max(...styles.map((each) => reach(each, layer))) * unit;
    const near = index(view).search(x - most, y - most, x + most, y + most);
    let [best, bestLit, bestDistance] = [null, false, Infinity];
    for (const number of near) {
      const i = view.indexed[number];
      if (i === undefined || mask[i] === 0) continue;
      const lit = mask[i] === erdaoGeo.draw.LIT;
      if (bestLit && !lit) continue;
      const distance = Math.max(0, distanceTo(layer, i, x, y, filled(styles[style[i]])) / unit - reach(styles[style[i]], layer) + SLACK);
      if (distance > SLACK) continue;
      const better = (lit && !bestLit) || distance < bestDistance || (distance === bestDistance && i > best);
      if (better) [best, bestLit, bestDistance] = [i, lit, distance];
    }
    return best;
  }

  const filled = (style) => Boolean(style.fill || style.hatch);
  /** Say how far from a feature's vertices and lines it can still be hit, in CSS px. */
  const reach = ({ radius, weight }, { meta }) => (meta.geometry === "Point" ? radius || 4 : 0) + (weight || 0) / 2 + SLACK;

  /** Measure how far a feature is from a point, in world units; 0 inside a filled polygon. */
  function distanceTo(layer, i, x, y, filled) {
    const { ringStart, vertexStart, meta } = layer;
    const closed = meta.geometry === "Polygon";
    let least = Infinity, inside = false;
    for (let ring = ringStart[i]; ring < ringStart[i + 1]; ring++) {
      const start = vertexStart[ring], end = vertexStart[ring + 1];
      for (let v = start, w = closed ? end - 1 : start; v < end; w = v++) {
        const [x1, y1, x2, y2] = [layer.x[w], layer.y[w], layer.x[v], layer.y[v]];
        if (closed && y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside;
        least = Math.min(least, meta.geometry === "Point" ? (x2 - x) ** 2 + (y2 - y) ** 2 : squared(x, y, x1, y1, x2, y2));
      }
    }
    return inside && filled ? 0 : Math.sqrt(least);
  }

  /** The square of the distance from a point to a segment. */
  function squared(x, y, x1, y1, x2, y2) {
    const [dx, dy] = [x2 - x1, y2 - y1];
    const length = dx * dx + dy * dy;
    const t = length ? Math.max(0, Math.min(1, ((x - x1) * dx + (y - y1) * dy) / length)) : 0;
    return (x1 + t * dx - x) ** 2 + (y1 + t * dy - y) ** 2;
  }

  /** Give the bounds of features (default: all of the view) as [minX, minY, maxX, maxY], or null. */
  function bounds({ layer: { count, box } }, features) {
    const made = [Infinity, Infinity, -Infinity, -Infinity];
    const take = (i) => {
      if (box[4 * i] > box[4 * i + 2]) return;
      for (const k of [0, 1]) made[k] = Math.min(made[k], box[4 * i + k]);
      for (const k of [2, 3]) made[k] = Math.max(made[k], box[4 * i + k]);
    };
    if (features) for (const i of features) take(i);
    else for (let i = 0; i < count; i++) take(i);
    return made[0] <= made[2] ? made : null;
  }

  erdaoGeo.hit = { index, at, bounds };
})();
