"use strict";
/* Cells: where features are too many or too small to be shapes, colour small squares by the style that
   most of them have, the stronger the more they are. No feature is left without one. */
(() => {
  const erdaoGeo = (globalThis.erdaoGeo = globalThis.erdaoGeo || {});
  const CELL = 4; // CSS px; frames lie on a grid of a multiple of this, so cells never move when panning
  const CHUNK = 65536;
  const colors = new Map(); // CSS colour: [red, green, blue]

  /**
   * Draw features as cells. `dense` keeps, by view, the count at which a cell is strongest: set by the
   * first picture at a zoom, so that strips added to it have the same colours.
   */
  function* paint(context, frame, rect, view, features, dense) {
    const columns = Math.ceil(rect.width / CELL), rows = Math.ceil(rect.height / CELL);
    const counts = yield* count(frame, rect, view, features, columns, rows);
    const image = new ImageData(columns, rows);
    yield;
    if (!dense.has(view)) dense.set(view, strongest(counts, 3 * view.styles.length));
    fill(image.data, view.styles, counts, dense.get(view));
    yield;
    const small = erdaoGeo.style.canvas(columns, rows);
    small.getContext("2d").putImageData(image, 0, 0);
    context.globalAlpha = 1;
    context.imageSmoothingEnabled = false;
    const { dpr } = frame;
    context.drawImage(small, rect.x * dpr, rect.y * dpr, columns * CELL * dpr, rows * CELL * dpr);
    yield;
  }

  /** Count features by cell, and there by mask (dim, plain, lit) and style. */
  function* count(frame, rect, view, features, columns, rows) {
    const scale = 1 / erdaoGeo.draw.worldPerPx(frame) / CELL / 2;
    const left = (frame.x + rect.x) / CELL, top = (frame.y + rect.y) / CELL;
    const { mask, style, layer: { box } } = view;
    const kinds = view.styles.length;
    const counts = new Uint32Array(columns * rows * 3 * kinds);
    let n = 0;
    for (const i of features) {
      if (++n % CHUNK === 0) yield;
      const column = Math.floor((box[4 * i] + box[4 * i + 2]) * scale - left);
      const row = Math.floor((box[4 * i + 1] + box[4 * i + 3]) * scale - top);
      if (column < 0 || row < 0 || column >= columns || row >= rows) continue; // another strip has its middle
      counts[((row * columns + column) * 3 + mask[i] - 1) * kinds + style[i]]++;
    }
    return counts;
  }

  /** Say which count is much: twice and a half the mean of the cells that have any, at least 8. */
  function strongest(counts, kinds) {
    let sum = 0, cells = 0;
    for (let c = 0; c < counts.length; c += kinds) {
      let here = 0;
      for (let k = 0; k < kinds; k++) here += counts[c + k];
      sum += here;
      cells += here > 0;
    }
    return Math.max(8, (2.5 * sum) / Math.max(1, cells));
  }

  /** Colour each cell by the commonest style of what matters most in it: lit before plain before dim. */
  function fill(pixels, styles, counts, dense) {
    const paints = styles.map((style) => rgb(style.fill || style.color));
    const kinds = styles.length;
    const full = Math.log(1 + dense);
    for (let cell = 0, c = 0; cell < pixels.length; cell += 4, c += 3 * kinds) {
      for (let group = 2; group >= 0; group--) {
        let sum = 0, most = 0, best = 0;
        for (let s = 0, at = c + group * kinds; s < kinds; s++, at++) {
          sum += counts[at];
          if (counts[at] > most) [most, best] = [counts[at], s];
        }
        if (!sum) continue;
        const alpha = Math.min(1, 0.2 + (0.8 * Math.log(sum)) / full);
        pixels.set(paints[best], cell);
        pixels[cell + 3] = 255 * (group === 2 ? 1 : group === 1 ? alpha : alpha * erdaoGeo.draw.DIM);
        break;
      }
    }
  }

  /** Read a CSS colour as red, green and blue, whatever its notation. */
  function rgb(color) {
    if (!colors.has(color)) {
      const context = erdaoGeo.style.canvas(1, 1).getContext("2d");
      context.fillStyle = color;
      context.fillRect(0, 0, 1, 1);
      colors.set(color, [...context.getImageData(0, 0, 1, 1).data.slice(0, 3)]);
    }
    return colors.get(color);
  }

  erdaoGeo.density = { CELL, paint };
})();
