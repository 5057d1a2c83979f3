"use strict";
/* What Folium's markers and popups ask for beside Leaflet, without jQuery and Leaflet's picture files. */
(() => {
  const PIN = `<svg xmlns="http://www.w3.org/2000/svg" width="25" height="41" viewBox="0 0 25 41">
<path d="M12.5 40C11 31 1 22 1 12.5a11.5 11.5 0 0 1 23 0C24 22 14 31 12.5 40Z" fill="#0072b2" stroke="#fff" stroke-width="1.5"/>
<circle cx="12.5" cy="12.5" r="4.5" fill="#fff"/></svg>`;
  const iconUrl = `data:image/svg+xml,${encodeURIComponent(PIN)}`;

  L.Icon.Default.imagePath = "";
  L.Icon.Default.mergeOptions({ iconUrl, iconRetinaUrl: iconUrl, shadowUrl: "" });

  /** Folium's popups call $(html)[0]; their HTML is the mapmaker's, and the page's policy holds for it. */
  globalThis.$ ??= (html) => new DOMParser().parseFromString(html, "text/html").body.children;
})();
