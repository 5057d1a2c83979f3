"use strict";
/*
 * Styles on a canvas: line, dash, fill and hatch.
 * A style is { color, weight, dash: [px]|null, fill: css|null, hatch: css|null, opacity, fillOpacity, radius, halo }.
 */
(() => {
  const erdaoGeo = (globalThis.erdaoGeo = globalThis.erdaoGeo || {});
  const HATCH = 8; // CSS px between two strokes, along an axis
  const HALO = { color: "#ffd400", weight: 7 };
  const tiles = new Map(); // by colour and pixel ratio

  /** Set a context to a style; give the style with what is drawn of it. `cut`: see draw.js. */
  function use(context, frame, style, cut) {
    const { weight = 3, opacity = 1, fillOpacity = 0.5 } = style;
    const dashed = style.dash && !cut.hair;
    context.lineWidth = cut.hair ? 1 : weight * frame.dpr;
    context.lineJoin = cut.quick ? "bevel" : "round";
    context.lineCap = cut.quick || dashed ? "butt" : "round";
    context.setLineDash(dashed ? style.dash.map((length) => length * frame.dpr) : []);
    context.strokeStyle = style.color;
    const fill = style.hatch && !cut.hair ? pattern(context, frame, style.hatch) : style.fill || style.hatch;
    if (fill) context.fillStyle = fill;
    return { weight, opacity, fillOpacity, fill: Boolean(fill), radius: style.radius };
  }

  /** Set a context to the broad line that lies under a lit feature. */
  function halo(context, frame, style) {
    context.lineWidth = ((style.weight || 3) + HALO.weight) * frame.dpr;
    context.lineJoin = context.lineCap = "round";
    context.setLineDash([]);
    context.strokeStyle = style.halo || HALO.color;
  }

  /** Make a hatch in a colour. It is fixed to the ground, so that it joins when panning. */
  function pattern(context, frame, color) {
    const side = Math.round(HATCH * frame.dpr);
    const key = `${color} ${side}`;
    if (!tiles.has(key)) tiles.set(key, tile(color, side));
    const made = context.createPattern(tiles.get(key), "repeat");
    const shift = (at) => -(Math.round(at * frame.dpr) % side);
    made.setTransform(new DOMMatrix([1, 0, 0, 1, shift(frame.x), shift(frame.y)]));
    return made;
  }

  function tile(color, side) {
    const made = canvas(side, side);
    const context = made.getContext("2d");
    context.fillStyle = context.strokeStyle = color;
    context.globalAlpha = 0.18;
    context.fillRect(0, 0, side, side);
    context.globalAlpha = 1;
    context.lineWidth = side * 0.35;
    context.beginPath();
    for (const offset of [-side, 0, side]) {
      context.moveTo(offset - side, 2 * side);
      context.lineTo(offset + 2 * side, -side);
    }
    context.stroke();
    return made;
  }

  /** Make a canvas that is drawn by the processor: quick to read, and the same on every machine. */
  function canvas(width, height) {
    const made = document.createElement("canvas");
    made.width = width;
    made.height = height;
    made.getContext("2d", { willReadFrequently: true });
    return made;
  }

  erdaoGeo.style = { use, halo, canvas };
})();
