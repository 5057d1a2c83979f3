"use strict";
/* What lies on the map: zoom, whole map, ruler, full screen, scale, coordinates, and the keys. */
(() => {
  const erdaoGeo = (window.erdaoGeo = window.erdaoGeo || {});
  const el = (...all) => erdaoGeo.el(...all), svg = (...all) => erdaoGeo.svg(...all), ui = (name) => erdaoGeo.ui(name);
  const DRAWN = {
    zoomIn: "M9 3v12M3 9h12", zoomOut: "M3 9h12", home: "M2 6V2h4M12 2h4v4M16 12v4h-4M6 16H2v-4M6 6h6v6H6z",
    measure: "M1.5 12.5 12.5 1.5l4 4-11 11zM5 9l2 2M8 6l2 2M11 3l2 2", fullScreen: "M2 7V2h5M11 2h5v5M16 11v5h-5M7 16H2v-5",
  };

  /** Put the controls on the map, once; their words are set by `nameControls`. */
  erdaoGeo.addControls = (page) => {
    const { map } = page;
    const bar = document.getElementById("eg-tools");
    const button = (name, run) => el("button", { type: "button", id: `eg-${name.toLowerCase()}`, "data-name": name, onclick: run },
      svg("svg", { width: 18, height: 18, viewBox: "0 0 18 18", "aria-hidden": "true" }, svg("path", { d: DRAWN[name] })));
    bar.append(button("zoomIn", () => map.zoomIn()), button("zoomOut", () => map.zoomOut()), button("home", () => erdaoGeo.goHome()),
      button("measure", () => page.ruler.toggle()));
    if (document.fullscreenEnabled) bar.append(button("fullScreen", toggleFullScreen));
    document.getElementById("eg-measure").setAttribute("aria-pressed", "false");
    L.control.scale({ imperial: false, position: "bottomleft", maxWidth: 140 }).addTo(map);
    showCoordinates(page);
    document.addEventListener("keydown", (event) => key(page, event));
  };

  erdaoGeo.nameControls = (page) => {
    for (const button of document.querySelectorAll("#eg-tools button")) {
      button.title = ui(button.dataset.name);
      button.setAttribute("aria-label", ui(button.dataset.name));
    }
    const container = page.map.getContainer();
    container.setAttribute("role", "application");
    container.setAttribute("aria-label", ui("map"));
  };

  function toggleFullScreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else document.documentElement.requestFullscreen();
  }

  /** Tell the place under the cursor; without one, the middle of the map. */
  function showCoordinates({ map, datum }) {
    const box = el("div", { class: "eg-coordinates leaflet-control" });
    const Coordinates = L.Control.extend({ onAdd: () => box });
    new Coordinates({ position: "bottomleft" }).addTo(map);
    const tell = ({ lat, lng }) => {
      const wrapped = L.latLng(lat, lng).wrap();
      const [east, north] = datum.fromMap([wrapped.lng, wrapped.lat]);
      box.textContent = `${Math.abs(east).toFixed(5)}°${east < 0 ? "W" : "E"}  ${Math.abs(north).toFixed(5)}°${north < 0 ? "S" : "N"}`;
    };
    let place = null; // once a frame is often enough
    map.on("mousemove", ({ latlng }) => {
      if (!place) requestAnimationFrame(() => { tell(place); place = null; });
      place = latlng;
    });
    map.on("moveend mouseout", () => tell(map.getCenter()));
  }

  /** Escape closes what is open, from the inside out; "/" goes to the search. */
  function key(page, event) {
    const { ruler, map, state } = page;
    const writing = event.target.closest("input, select, textarea");
    if (ruler.on && !writing && ["Enter", "Backspace"].includes(event.key) && !event.target.closest("button")) {
      event.preventDefault();
      if (event.key === "Enter") ruler.end();
      else ruler.back();
    } else if (event.key === "Escape" && !event.defaultPrevented) {
      const menu = document.querySelector("details.eg-menu[open]");
      if (menu) {
        menu.open = false;
        menu.querySelector("summary").focus();
      } else if (ruler.on) ruler.toggle();
      else if (page.popup && page.popup.isOpen()) map.closePopup();
      else if (state.target !== null) erdaoGeo.choose(null);
    } else if (event.key === "/" && !writing) {
      event.preventDefault();
      document.getElementById("eg-query").focus();
    }
  }
})();
