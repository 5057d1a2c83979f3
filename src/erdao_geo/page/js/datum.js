"use strict";
/* The datum of the map's picture. Over tiles in GCJ-02 the page draws our features shifted as those
   are; whatever leaves the picture again (a coordinate under the cursor, a measured line, an export)
   goes through `fromMap` first. The formula is that of crs/offset.py. */
(() => {
  window.erdaoGeo = window.erdaoGeo || {};
  const SEMI_MAJOR = 6378245.0; // metres: of Krassovsky, which the formula was made with
  const ECCENTRICITY2 = 0.00669342162296594323;
  const CHINA = { west: 72.004, south: 0.8293, east: 137.8347, north: 55.8271 };
  const STEPS = 4; // each is some 200 times closer; the last, some 0.3 um
  const { PI, sin, cos, sqrt, abs } = Math;

  /** Shift [lon, lat] in degrees from CGCS2000 to GCJ-02, wherever it is. */
  function shift([lon, lat]) {
    const x = lon - 105, y = lat - 35;
    const common = 20 * sin(6 * PI * x) + 20 * sin(2 * PI * x);
    let north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x));
    north += (common + 20 * sin(PI * y) + 40 * sin((PI / 3) * y)) * 2 / 3;
    north += (160 * sin((PI / 12) * y) + 320 * sin((PI / 30) * y)) * 2 / 3;
    let east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x));
    east += (common + 20 * sin(PI * x) + 40 * sin((PI / 3) * x)) * 2 / 3;
    east += (150 * sin((PI / 12) * x) + 300 * sin((PI / 30) * x)) * 2 / 3;
    const phi = lat * PI / 180;
    const magic = 1 - ECCENTRICITY2 * sin(phi) ** 2;
    const meridian = SEMI_MAJOR * (1 - ECCENTRICITY2) / magic ** 1.5;
    const parallel = SEMI_MAJOR / sqrt(magic) * cos(phi);
    return [lon + east / parallel * 180 / PI, lat + north / meridian * 180 / PI];
  }

  const inChina = ([lon, lat]) => lon >= CHINA.west && lon <= CHINA.east && lat >= CHINA.south && lat <= CHINA.north;
  const forward = (lonlat) => (inChina(lonlat) ? shift(lonlat) : lonlat);

  /** Find what `shift` takes to `shifted`: it varies slowly, so correct by its error. */
  function back(shifted) {
    if (!inChina(shifted)) return shifted;
    let guess = shifted;
    for (let step = 0; step < STEPS; step += 1) {
      const [lon, lat] = shift(guess);
      guess = [guess[0] - (lon - shifted[0]), guess[1] - (lat - shifted[1])];
    }
    return guess;
  }

  const same = (lonlat) => lonlat;

  /**
   * Give the ways between the truth (CGCS2000) and the picture of the page's base map.
   * @param {{datum: string}|null} base  `base` of eg-data
   * @returns {{shifted: boolean, toMap: function, fromMap: function}} both take and give [lon, lat] in degrees
   */
  window.erdaoGeo.datum = (base) =>
    base && base.datum === "GCJ-02" ? { shifted: true, toMap: forward, fromMap: back } : { shifted: false, toMap: same, fromMap: same };
})();
