"use strict";
/* The ruler: points by click, the geodesic length along them and the area that they enclose. */
(() => {
  const erdaoGeo = (window.erdaoGeo = window.erdaoGeo || {});
  const MU = 10_000 / 15; // m2
  const el = (...all) => erdaoGeo.el(...all), ui = (name) => erdaoGeo.ui(name);

  /** Write metres: "532.1 m (0.532 km)". */
  const lengthText = (metres) => `${erdaoGeo.number(metres, 1)} m · ${erdaoGeo.number(metres / 1000, 3)} km`;
  /** Write square metres in the units of the trade. */
  const areaText = (m2) => [[m2, 0, "m²"], [m2 / MU, 2, erdaoGeo.t({ zh: "亩", en: "mu" })], [m2 / 10_000, 4, "ha"]]
    .map(([value, decimals, symbol]) => `${erdaoGeo.number(value, decimals)} ${symbol}`).join(" · ");

  /** Make the ruler of a page: { on, toggle(), write() }. */
  erdaoGeo.ruler = (page) => {
    const { map } = page;
    const box = document.getElementById("eg-ruler");
    const pane = map.createPane("eg-ruler");
    pane.style.zIndex = 460;
    pane.style.pointerEvents = "none";
    const drawing = { pane, renderer: L.svg({ pane }), interactive: false, color: "#b3004b", weight: 3, fillOpacity: 0.12 };
    const ruler = { on: false, points: [], closed: false, shapes: [] };

    ruler.toggle = () => {
      ruler.on = !ruler.on;
      clear();
      map.doubleClickZoom[ruler.on ? "disable" : "enable"]();
      map.getContainer().classList.toggle("eg-measuring", ruler.on);
      document.getElementById("eg-measure").setAttribute("aria-pressed", String(ruler.on));
      ruler.write();
    };
    /** Add a point; the first after the end of a measurement begins another. */
    ruler.add = ({ lat, lng }) => {
      if (ruler.closed) clear();
      ruler.points.push(page.datum.fromMap([lng, lat]));
      show();
    };
    ruler.end = () => {
      ruler.closed = ruler.points.length > 1;
      show();
    };
    ruler.back = () => {
      ruler.points.pop();
      ruler.closed = false;
      show();
    };

    function clear() {
      ruler.points = [];
      ruler.closed = false;
      show();
    }

    function show() {
      for (const shape of ruler.shapes) shape.remove();
      const places = ruler.points.map((point) => [...page.datum.toMap(point)].reverse());
      ruler.shapes = [
        ...(places.length > 2 ? [L.polygon(places, { ...drawing, weight: 1, dashArray: "4 4" })] : []),
        ...(places.length > 1 ? [L.polyline(places, drawing)] : []),
        ...places.map((place) => L.circleMarker(place, { ...drawing, radius: 4, fillColor: "#fff", fillOpacity: 1, weight: 2 })),
      ];
      for (const shape of ruler.shapes) shape.addTo(map);
      ruler.write();
    }

    ruler.write = () => {
      box.hidden = !ruler.on;
      const metres = erdaoGeo.geodesic.length(ruler.points);
      const lines = ruler.points.length > 1 ? [erdaoGeo.pair(ui("perimeter"), lengthText(metres))] : [];
      if (ruler.points.length > 2) lines.push(erdaoGeo.pair(ui("enclosed"), areaText(erdaoGeo.geodesic.area(ruler.points))));
      box.replaceChildren(el("b", {}, ui("measure")), ...lines.map((line) => el("p", { class: "eg-measured" }, line)),
        el("p", { class: "eg-fine" }, `${ui("measureHint")} ${ui("method")}`));
      if (lines.length) erdaoGeo.announce(lines.join(" "));
    };

    map.on("click", ({ latlng }) => ruler.on && ruler.add(latlng));
    map.on("dblclick", () => {
      if (!ruler.on) return;
      ruler.points.pop(); // a double click is two clicks first
      ruler.end();
    });
    return ruler;
  };
})();
