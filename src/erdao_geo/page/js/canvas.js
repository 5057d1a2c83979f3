"use strict";
/*
 * One canvas for all layers of a map: what is drawn when, and where it lies.
 *
 * Two canvases take turns. The front one is shown, and moves and grows with the map; the back one is
 * drawn in slices of a few milliseconds, from what the front one shows already (a pan) or from nothing
 * (a zoom, another selection), and then takes the front one's place. What is little is drawn at once.
 */
(() => {
  const erdaoGeo = (globalThis.erdaoGeo = globalThis.erdaoGeo || {});
  const SLICE = 10; // ms
  const PADDING = 0.125; // of the view's width and height, drawn beyond each edge
  const GRID = 20; // CSS px: frames lie on it, so that whole device pixels move at most pixel ratios
  const PRINT = { padding: 0.5, dpr: 2 }; // a sheet may show more than the window did, and finer

  class Renderer {
    constructor(map) {
      this.map = map;
      this.views = [];
      this.waiting = [];
      this.smaller = null; // the renderer of a MiniMap
      this.job = null; // the drawing under way on the back canvas
      this.ready = this.asked = this.printing = false;
      [this.front, this.back] = [0, 1].map(() => makeCanvas(map));
      this.channel = new MessageChannel();
      this.channel.port1.onmessage = () => this.run();
      map.on({
        zoomanim: ({ center, zoom }) => { this.lay(center, zoom); this.redraw(); },
        "zoom viewreset": () => this.lay(),
        move: () => this.moved(PADDING / 3),
        moveend: () => this.moved(0),
        resize: () => this.redraw(),
      });
      map.on("mousemove click", (event) => this.busy || this.point(event));
      map.on("draw:drawstart draw:editstart draw:deletestart", () => { this.busy = true; }); // Leaflet.draw has the mouse
      map.on("draw:drawstop draw:editstop draw:deletestop", () => setTimeout(() => { this.busy = false; })); // after the last click
      map.on("mouseout", (event) => this.tell("eg:hover", null, event));
      window.addEventListener("beforeprint", () => this.print(true));
      window.addEventListener("afterprint", () => this.print(false));
    }

    /**
     * Add a layer; give what stands for it.
     * styles: see style.js; style: each feature's number in styles; label(feature): its name, or null.
     * The view's mask says of each feature 0 hidden, 1 dim, 2 plain, 3 lit; redraw() after a change.
     */
    add({ layer, styles, style, order = 0, interactive = true, label = null }) {
      const mask = new Uint8Array(layer.count).fill(erdaoGeo.draw.PLAIN);
      const view = { layer, styles, style, order, interactive, label, mask, visible: true, ranks: erdaoGeo.draw.ranks(layer) };
      this.views.push(view);
      this.views.sort((a, b) => a.order - b.order);
      this.redraw();
      return view;
    }

    /** Draw all again: after a change of masks, of what is visible, or of the zoom. */
    redraw() {
      if (this.smaller) this.smaller.mirror(this.views);
      this.asked = true;
      if (this.queued) return;
      this.queued = true;
      queueMicrotask(() => { // so that many changes at once are drawn once
        this.queued = false;
        if (this.asked) this.start(false);
      });
    }

    /** Have another renderer show the same layers, smaller and without a label. */
    follow(smaller) {
      this.smaller = smaller;
      smaller.mirror(this.views);
    }

    mirror(views) {
      this.views = views.map((view) => ({ ...view, label: null, interactive: false }));
      this.redraw();
    }

    idle() {
      if (!this.job && !this.asked && !this.ready && !this.map._animatingZoom) return Promise.resolve();
      return new Promise((resolve) => this.waiting.push(resolve));
    }

    /** Find what lies at a point of the container (CSS px). */
    at(point) {
      const unit = 2 ** (20 - this.map.getZoom());
      const { x, y } = this.map.getPixelBounds().min.add(point);
      return erdaoGeo.hit.at(this.views, x * unit, y * unit, unit);
    }

    boundsOf(view, features) {
      const bounds = erdaoGeo.hit.bounds(view, features);
      if (!bounds) return L.latLngBounds([]);
      return L.latLngBounds(this.map.unproject(bounds.slice(0, 2), 20), this.map.unproject(bounds.slice(2), 20));
    }

    // --- what is drawn when ---

    /** Draw what has come into view, once less than `margin` of the view's size is left. */
    moved(margin) {
      if (this.ready && !margin) return this.finish();
      const { frame } = this.job ? this.back : this.front;
      if (this.asked || (this.job && margin)) return;
      if (!frame || frame.zoom !== this.map.getZoom()) {
        if (!margin) this.start(false);
      } else if (!covers(frame, this.map, margin)) this.start(true);
      else if (!margin) erdaoGeo.labels.place(this.map, this.views, frame);
    }

    /** Begin a picture: anew, or from what the front canvas shows. */
    start(shift) {
      this.cancel();
      this.asked = false;
      if (!this.map._loaded || !this.map.getSize().x) return;
      const dpr = window.devicePixelRatio || 1;
      const frame = this.printing ? frameOf(this.map, PRINT.padding, Math.max(PRINT.dpr, dpr)) : frameOf(this.map, PADDING, dpr);
      this.job = shift && joins(this.front.frame, frame) ? this.shifted(frame) : this.anew(frame);
      this.atOnce = this.printing;
      this.run();
    }

    cancel() {
      if (this.job) this.job.return();
      this.job = null;
      this.ready = false;
    }

    run() {
      if (!this.job) return;
      const until = performance.now() + SLICE;
      do {
        if (this.job.next().done) return void this.finish();
        flush(this.back);
      } while (this.atOnce || performance.now() < until);
      this.channel.port2.postMessage(null);
    }

    /** Show the picture that has been drawn; while Leaflet animates a zoom, afterwards. */
    finish() {
      this.job = null;
      this.ready = this.map._animatingZoom;
      if (this.ready) return;
      [this.front, this.back] = [this.back, this.front];
      this.lay();
      this.front.canvas.style.display = "";
      this.back.canvas.style.display = "none";
      erdaoGeo.labels.place(this.map, this.views, this.front.frame);
      if (!this.printing) this.moved(PADDING / 3);
      if (this.job) return;
      for (const resolve of this.waiting.splice(0)) resolve();
      setTimeout(() => this.views.filter((view) => view.interactive).forEach(erdaoGeo.hit.index)); // before it is pointed at
    }

    *anew(frame) {
      prepare(this.back, frame);
      const whole = { x: 0, y: 0, width: frame.width, height: frame.height };
      const found = yield* erdaoGeo.draw.survey(this.views, frame, whole);
      this.back.split = erdaoGeo.draw.split(found);
      this.atOnce = this.atOnce || this.back.split.small;
      yield* erdaoGeo.draw.paint(this.back.context, frame, whole, found, this.back.split);
    }

    /** Copy what the front canvas shows, and draw the strips that have come in. */
    *shifted(frame) {
      const whole = { x: 0, y: 0, width: frame.width, height: frame.height };
      const seen = yield* erdaoGeo.draw.survey(this.views, frame, whole);
      const { frame: old, split } = this.front;
      if (!erdaoGeo.draw.serves(split, erdaoGeo.draw.split(seen))) return yield* this.anew(frame);
      this.back.split = split;
      this.atOnce = this.atOnce || split.small;
      prepare(this.back, frame);
      yield;
      this.back.context.drawImage(this.front.canvas, (old.x - frame.x) * frame.dpr, (old.y - frame.y) * frame.dpr);
      yield;
      for (const strip of strips(old, frame)) {
        const found = yield* erdaoGeo.draw.survey(this.views, frame, strip);
        yield* erdaoGeo.draw.paint(this.back.context, frame, strip, found, split);
      }
    }

    // --- where it lies ---

    /** Lay the front canvas where it belongs at a centre and zoom (default: where the map is). */
    lay(center, zoom) {
      const { frame, canvas } = this.front;
      if (!frame) return;
      const target = zoom === undefined ? this.map.getZoom() : zoom;
      const origin = center ? this.map._getNewPixelOrigin(center, target) : this.map.getPixelOrigin();
      const scale = this.map.getZoomScale(target, frame.zoom);
      L.DomUtil.setTransform(canvas, L.point(frame.x, frame.y).multiplyBy(scale).subtract(origin), scale);
    }

    print(begins) {
      this.printing = begins;
      this.start(false);
    }

    // --- what is pointed at ---

    point(event) {
      if (event.type === "mousemove" && this.map.dragging && this.map.dragging.moving()) return;
      this.tell(event.type === "click" ? "eg:click" : "eg:hover", this.at(event.containerPoint), event);
    }

    tell(type, hit, { latlng, containerPoint }) {
      if (type === "eg:hover" && !hit && !this.over) return;
      if (type === "eg:hover") {
        if (!hit !== !this.over) this.map.getContainer().style.cursor = hit ? "pointer" : "";
        this.over = hit;
      }
      this.map.fire(type, { view: hit ? hit.view : null, feature: hit ? hit.feature : null, latlng, containerPoint });
    }
  }

  function makeCanvas(map) {
    const canvas = erdaoGeo.style.canvas(1, 1);
    canvas.className = "eg-canvas leaflet-zoom-animated";
    canvas.style.cssText = "display:none;pointer-events:none;position:absolute;left:0;top:0";
    canvas.setAttribute("aria-hidden", "true");
    map.getPane("overlayPane").append(canvas);
    return { canvas, context: canvas.getContext("2d"), frame: null, split: null };
  }

  /** Make a canvas empty, and as large as a frame. */
  function prepare(side, frame) {
    const { canvas } = side;
    const [width, height] = [Math.round(frame.width * frame.dpr), Math.round(frame.height * frame.dpr)];
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
    else side.context.clearRect(0, 0, width, height);
    canvas.style.width = `${frame.width}px`;
    canvas.style.height = `${frame.height}px`;
    side.frame = frame;
  }

  /** Have what was asked of a canvas done now, so that the clock tells the truth. */
  const flush = ({ context }) => context.getImageData(0, 0, 1, 1);

  function frameOf(map, padding, dpr) {
    const size = map.getSize();
    const { min } = map.getPixelBounds();
    const start = (at, length) => Math.floor((at - padding * length) / GRID) * GRID;
    const along = (length) => Math.ceil((length * (1 + 2 * padding)) / GRID + 1) * GRID;
    return { zoom: map.getZoom(), dpr, x: start(min.x, size.x), y: start(min.y, size.y), width: along(size.x), height: along(size.y) };
  }

  function covers(frame, map, margin) {
    const { min, max } = map.getPixelBounds();
    const by = map.getSize().multiplyBy(margin);
    return min.x - by.x >= frame.x && min.y - by.y >= frame.y &&
      max.x + by.x <= frame.x + frame.width && max.y + by.y <= frame.y + frame.height;
  }

  /** Say whether one frame can be begun from another: same scale, shifted by whole device pixels, overlapping. */
  function joins(old, frame) {
    if (!old || old.zoom !== frame.zoom || old.dpr !== frame.dpr || old.width !== frame.width || old.height !== frame.height) return false;
    const [dx, dy] = [frame.x - old.x, frame.y - old.y];
    const whole = (length) => Math.abs(length * frame.dpr - Math.round(length * frame.dpr)) < 1e-6;
    return Math.abs(dx) < frame.width && Math.abs(dy) < frame.height && whole(dx) && whole(dy) && whole(frame.x) && whole(frame.y);
  }

  /** Give the parts of a frame that an older one of the same size does not show. */
  function strips(old, frame) {
    const { width, height } = frame;
    const [dx, dy] = [frame.x - old.x, frame.y - old.y];
    const made = [];
    if (dx) made.push({ x: dx > 0 ? width - dx : 0, y: 0, width: Math.abs(dx), height });
    if (dy) made.push({ x: Math.max(0, -dx), y: dy > 0 ? height - dy : 0, width: width - Math.abs(dx), height: Math.abs(dy) });
    return made;
  }

  /** Give a map's renderer: one canvas for all that is added to the map, by whomever. */
  erdaoGeo.renderer = (map) => (map.egRenderer = map.egRenderer || new Renderer(map));
})();
