"use strict";
/* What Folium's markers, popups and plugins ask for beside Leaflet, without jQuery and pictures from elsewhere. */
(() => {
  const erdaoGeo = (globalThis.erdaoGeo = globalThis.erdaoGeo || {});
  const PIN = `<svg xmlns="http://www.w3.org/2000/svg" width="25" height="41" viewBox="0 0 25 41">
<path d="M12.5 40C11 31 1 22 1 12.5a11.5 11.5 0 0 1 23 0C24 22 14 31 12.5 40Z" fill="#0072b2" stroke="#fff" stroke-width="1.5"/>
<circle cx="12.5" cy="12.5" r="4.5" fill="#fff"/></svg>`;
  const iconUrl = `data:image/svg+xml,${encodeURIComponent(PIN)}`;

  L.Icon.Default.imagePath = "";
  L.Icon.Default.mergeOptions({ iconUrl, iconRetinaUrl: iconUrl, shadowUrl: "" });

  L.Map.mergeOptions({ maxZoom: 20 }); // a cluster of markers asks for one, and a map without tiles has none

  if (globalThis.simpleheat) { // HeatMap's: its picture is read back each time that it is drawn
    const draw = simpleheat;
    globalThis.simpleheat = (canvas) => draw(canvas.getContext("2d", { willReadFrequently: true }).canvas);
  }

  /** FastMarkerCluster asks for Awesome Markers; it gets the pin above. */
  L.AwesomeMarkers ??= { icon: () => new L.Icon.Default() };

  /** Folium's popups call $(html)[0]; their HTML is the mapmaker's, and the page's policy holds for it. */
  globalThis.$ ??= (html) => new DOMParser().parseFromString(html, "text/html").body.children;

  /** What a MiniMap shows of a map: the compact layers, without their labels. */
  const Overview = L.Layer.extend({
    initialize(map) { this.map = map; },
    onAdd(small) {
      if (erdaoGeo.renderer) erdaoGeo.renderer(this.map).follow(erdaoGeo.renderer(small));
      else setTimeout(() => this._map && erdaoGeo.renderer && this.onAdd(small)); // once all scripts have run
    },
    onRemove() {},
  });
  erdaoGeo.overview = (map) => new Overview(map);
})();
