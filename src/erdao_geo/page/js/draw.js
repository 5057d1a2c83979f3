"use strict";
/*
 * Draw features onto a canvas. What is drawn depends on the zoom and on a split, never on where the
 * canvas lies, so that a strip drawn beside an older picture joins it without a seam.
 *
 * A frame is { zoom, dpr, x, y, width, height }: the part of the world that a canvas shows, in CSS
 * pixels at that zoom. A rect is { x, y, width, height } within a frame, in CSS pixels.
 * A split says which features are drawn as shapes and which as cells, and how finely (see split).
 */
(() => {
  const erdaoGeo = (globalThis.erdaoGeo = globalThis.erdaoGeo || {});
  const STEADY = 3000; // up to so many features in view, all are shapes, drawn as well as Leaflet does
  const SHAPES = 30000; // never more shapes than this in a view
  const INK = 0.35; // never more outline than this, in pixels of line per pixel of view: it would be a blot
  const [WIDE, THIN] = [8000, 0.12]; // above so many shapes, or so much outline, lines are hairlines (by far the quickest to raster)
  const POINT_SIZE = 8; // CSS px: how large a point counts
  const CHUNK = 65536; // features looked through, and
  const BATCH = 3000; // vertices drawn, between two looks at the clock
  const DIM = 0.2;
  const [DIMMED, PLAIN, LIT] = [1, 2, 3];

  /** Grade a size in world units: eight ranks to an octave, so that a histogram of ranks is short. */
  const rank = (size) => Math.round(8 * Math.log2(1 + size));
  const worldPerPx = (frame) => 2 ** (20 - frame.zoom);

  /** Rank all features of a layer by the longer side of their boxes. */
  function ranks({ count, box }) {
    const ranked = new Uint8Array(count);
    for (let i = 0, b = 0; i < count; i++, b += 4) ranked[i] = rank(Math.max(0, box[b + 2] - box[b], box[b + 3] - box[b + 1]));
    return ranked;
  }

  const isPoint = (view) => view.layer.meta.geometry === "Point";
  const reach = (view) => view.styles.reduce((most, style) => Math.max(most, (style.radius || 0) + (style.weight || 0)), 0) + 6;

  /** Look which features of the views lie in a rect; give them by view, and a histogram of their ranks. */
  function* survey(views, frame, rect) {
    const unit = worldPerPx(frame);
    const found = { parts: [], total: 0, lit: 0, histogram: new Uint32Array(256), area: rect.width * rect.height, unit };
    for (const view of views) {
      if (view.visible) found.parts.push(yield* inRect(view, frame, rect, found));
    }
    return found;
  }

  function* inRect(view, frame, rect, found) {
    const { mask, ranks, layer: { count, box } } = view;
    const unit = worldPerPx(frame);
    const margin = reach(view);
    const west = (frame.x + rect.x - margin) * unit, east = (frame.x + rect.x + rect.width + margin) * unit;
    const north = (frame.y + rect.y - margin) * unit, south = (frame.y + rect.y + rect.height + margin) * unit;
    const fixed = isPoint(view) ? rank(POINT_SIZE * unit) : null;
    const features = new Uint32Array(count);
    let n = 0;
    for (let i = 0, b = 0; i < count; i++, b += 4) {
      if (i % CHUNK === CHUNK - 1) yield;
      if (box[b] > east || box[b + 2] < west || box[b + 1] > south || box[b + 3] < north) continue;
      if (mask[i] === 0 || box[b] > box[b + 2]) continue;
      features[n++] = i;
      found.histogram[fixed === null ? ranks[i] : fixed]++;
      if (mask[i] === LIT) found.lit++;
    }
    found.total += n;
    return { view, fixed, features: features.subarray(0, n) };
  }

  /**
   * Decide what is drawn as a shape: everything where that is little; otherwise the features that are
   * largest on screen, as many as can be drawn quickly and told apart.
   * { rank: least rank of a shape, quick, hair, lit: lit ones are shapes whatever their size,
   *   small: drawn at once, dense: see density.js }
   */
  function split({ histogram, total, lit, area, unit }) {
    if (total <= STEADY) return { rank: 0, quick: false, hair: false, lit: true, dense: new Map(), small: total <= STEADY / 2 };
    const least = rank(3 * unit);
    let shapes = 0, ink = 0, r = 255;
    for (; r >= least; r--) {
      const more = (histogram[r] * 2 * 2 ** (r / 8)) / unit;
      if (shapes + histogram[r] > SHAPES || ink + more > INK * area) break;
      shapes += histogram[r];
      ink += more;
    }
    return { rank: r + 1, quick: true, hair: shapes > WIDE || ink > THIN * area, lit: lit <= STEADY, dense: new Map(), small: false };
  }

  /** Say whether an older split still serves where the canvas has moved to, at the same zoom. */
  function serves(old, fresh) {
    return old.quick === fresh.quick && Math.abs(old.rank - fresh.rank) <= 8;
  }

  /** Draw what was found in a rect; each yield is a good moment to pause. */
  function* paint(context, frame, rect, found, cut) {
    const { dpr } = frame;
    context.save();
    try {
      context.beginPath();
      context.rect(Math.round(rect.x * dpr), Math.round(rect.y * dpr), Math.round(rect.width * dpr), Math.round(rect.height * dpr));
      context.clip();
      const lit = [];
      for (const part of found.parts) {
        const [small, dimmed, plain, bright] = yield* groups(part, cut);
        if (small.length) yield* erdaoGeo.density.paint(context, frame, rect, part.view, small, cut.dense);
        yield* shapes(context, frame, part.view, dimmed, cut, DIM);
        yield* shapes(context, frame, part.view, plain, cut, 1);
        if (bright.length) lit.push([part.view, bright]);
      }
      for (const [view, bright] of lit) yield* halos(context, frame, view, bright);
      const fine = cut.lit ? { ...cut, quick: false, hair: false } : cut;
      for (const [view, bright] of lit) yield* shapes(context, frame, view, bright, fine, 1);
    } finally {
      context.restore();
    }
  }

  /** Part features into those too small to be shapes, and shapes that are dim, plain and lit. */
  function* groups({ view, fixed, features }, cut) {
    const { mask, ranks } = view;
    const made = [[], [], [], []];
    for (let n = 0; n < features.length; n++) {
      if (n % CHUNK === CHUNK - 1) yield;
      const i = features[n];
      const lit = cut.lit && mask[i] === LIT;
      if (!lit && (fixed === null ? ranks[i] : fixed) < cut.rank) made[0].push(i);
      else made[mask[i]].push(i);
    }
    return made;
  }

  /** Draw features as shapes: one by one in their order, or where they are many, by style. */
  function* shapes(context, frame, view, features, cut, strength) {
    if (!features.length) return;
    if (!cut.quick) {
      yield* outline(context, frame, view, features, cut, strength);
      return;
    }
    const byStyle = view.styles.map(() => []);
    for (const i of features) byStyle[view.style[i]].push(i);
    for (const some of byStyle) yield* outline(context, frame, view, some, cut, strength);
  }

  function* outline(context, frame, view, features, cut, strength) {
    const { layer } = view;
    const step = (cut.quick ? 1.6 : 0.4) * worldPerPx(frame) / frame.dpr;
    const together = cut.hair ? 24 : 1;
    let drawn = 0, number = -1, style = null, open = 0;
    const stroke = () => {
      if (open && style.weight) {
        context.globalAlpha = style.opacity * strength;
        context.stroke();
      }
      open = 0;
    };
    for (const i of features) {
      if (view.style[i] !== number) {
        stroke();
        number = view.style[i];
        style = erdaoGeo.style.use(context, frame, view.styles[number], cut);
      }
      if (open === 0 || style.fill) context.beginPath();
      drawn += trace(context, frame, layer, i, style.radius, step);
      if (style.fill) {
        context.globalAlpha = style.fillOpacity * strength;
        context.fill("evenodd");
      }
      if (++open >= together || style.fill) stroke();
      if (drawn > BATCH) {
        stroke();
        drawn = 0;
        yield;
      }
    }
    stroke();
  }

  /** Draw a broad bright line under features, which are drawn over it afterwards. */
  function* halos(context, frame, view, features) {
    context.globalAlpha = 0.95;
    for (let n = 0; n < features.length; n++) {
      const style = view.styles[view.style[features[n]]];
      erdaoGeo.style.halo(context, frame, style);
      context.beginPath();
      trace(context, frame, view.layer, features[n], style.radius, 0.4 * worldPerPx(frame) / frame.dpr);
      context.stroke();
      if (n % 64 === 63) yield;
    }
  }

  /** Trace a feature's path; vertices nearer than `step` (world units) to the last are passed over. */
  function trace(context, frame, layer, i, radius, step) {
    const scale = frame.dpr / worldPerPx(frame);
    const left = frame.x * frame.dpr, top = frame.y * frame.dpr;
    const { ringStart, vertexStart, x, y, box, meta } = layer;
    if (meta.geometry === "Point") return circles(context, layer, i, scale, left, top, (radius || 4) * frame.dpr);
    const [west, north, east, south] = box.subarray(4 * i, 4 * i + 4);
    if (east - west < 2.5 * step && south - north < 2.5 * step) {
      context.rect(west * scale - left - 0.5, north * scale - top - 0.5, (east - west) * scale + 1, (south - north) * scale + 1);
      return 4;
    }
    const closed = meta.geometry === "Polygon";
    let drawn = 0;
    for (let ring = ringStart[i]; ring < ringStart[i + 1]; ring++) {
      const end = vertexStart[ring + 1] - 1;
      let v = vertexStart[ring];
      let lastX = x[v], lastY = y[v];
      context.moveTo(lastX * scale - left, lastY * scale - top);
      for (v++; v <= end; v++) {
        if (Math.abs(x[v] - lastX) + Math.abs(y[v] - lastY) < step && (closed || v < end)) continue;
        lastX = x[v];
        lastY = y[v];
        context.lineTo(lastX * scale - left, lastY * scale - top);
        drawn++;
      }
      if (closed) context.closePath();
    }
    return drawn + 2;
  }

  function circles(context, { ringStart, vertexStart, x, y }, i, scale, left, top, radius) {
    const end = vertexStart[ringStart[i + 1]];
    for (let v = vertexStart[ringStart[i]]; v < end; v++) {
      const [px, py] = [x[v] * scale - left, y[v] * scale - top];
      context.moveTo(px + radius, py);
      context.arc(px, py, radius, 0, 2 * Math.PI);
    }
    return 8;
  }

  erdaoGeo.draw = { ranks, survey, split, serves, paint, DIMMED, PLAIN, LIT, DIM, worldPerPx };
})();
