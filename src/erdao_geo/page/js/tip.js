"use strict";
/* The tip beside the mouse. It is laid by a transform alone, so that no move of the mouse waits for the
   browser's layout, as Leaflet's own tooltip makes it do. */
(() => {
  const erdaoGeo = (globalThis.erdaoGeo = globalThis.erdaoGeo || {});
  const ABOVE = 14, ROOM = 150; // CSS px: from the mouse up to the tip, and what the tip needs above it
  const SIDE = 180; // and to either side of the mouse

  /** Make a map's tip: show() it at an event of the map with a content, where `key` is not shown already. */
  erdaoGeo.tip = (map) => {
    const box = erdaoGeo.el("div", { role: "tooltip" });
    box.style.cssText = "left:0;top:0;z-index:650"; // above the map, beneath its controls
    let shown = null;
    const hide = () => {
      if (shown === null) return;
      shown = null;
      box.remove();
    };
    map.on("movestart zoomstart", hide);
    document.addEventListener("keydown", hide);
    document.addEventListener("pointerdown", hide);
    return {
      hide,
      show: ({ containerPoint: { x, y } }, key, makeContent) => {
        if (shown === null) map.getContainer().append(box);
        if (shown !== key) box.replaceChildren(makeContent());
        shown = key;
        const isBelow = y < ROOM;
        const over = x < SIDE ? "0" : map.getSize().x - x < SIDE ? "-100%" : "-50%";
        const arrow = over === "-50%" ? `leaflet-tooltip-${isBelow ? "bottom" : "top"}` : "";
        box.className = `eg-tip leaflet-tooltip ${arrow}`;
        box.style.transform = `translate(${x}px, ${y}px) translate(${over}, ${isBelow ? "1.5em" : `calc(-100% - ${ABOVE}px)`})`;
      },
    };
  };
})();
