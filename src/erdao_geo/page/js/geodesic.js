"use strict";
/*
 * Lengths and areas on the CGCS2000 ellipsoid, for the ruler. A point is [lon, lat] in degrees.
 *
 * Length: Vincenty (1975), Direct and inverse solutions of geodesics on the ellipsoid. Area: the
 * polygon's edges, cut into short ones by the direct solution, on the sphere of equal area (authalic
 * latitude; Snyder 1987, Map projections: a working manual, p. 16), where an edge's excess is exact.
 */
(() => {
  const erdaoGeo = (window.erdaoGeo = window.erdaoGeo || {});
  const A = 6378137; // m; CGCS2000
  const F = 1 / 298.257222101;
  const B = A * (1 - F);
  const E2 = F * (2 - F), E = Math.sqrt(E2);
  const PIECE = 4_000; // m: edges are cut into pieces of at most this, so that each is a great circle to 1e-9
  const RAD = Math.PI / 180;
  const { sin, cos, tan, atan, atan2, asin, sqrt, abs, log } = Math;

  const vincentyA = (u2) => 1 + (u2 / 16384) * (4096 + u2 * (-768 + u2 * (320 - 175 * u2)));
  const vincentyB = (u2) => (u2 / 1024) * (256 + u2 * (-128 + u2 * (74 - 47 * u2)));
  const vincentyC = (cos2a) => (F / 16) * cos2a * (4 + F * (4 - 3 * cos2a));
  const shift = (b, sinS, cosS, cos2m) =>
    b * sinS * (cos2m + (b / 4) * (cosS * (2 * cos2m ** 2 - 1) - (b / 6) * cos2m * (4 * sinS ** 2 - 3) * (4 * cos2m ** 2 - 3)));

  /** Solve the inverse problem: { length: metres, azimuth: radians at the first point }; NaN for nearly antipodal points. */
  function inverse([lon1, lat1], [lon2, lat2]) {
    const u1 = atan((1 - F) * tan(lat1 * RAD)), u2 = atan((1 - F) * tan(lat2 * RAD));
    const [sin1, cos1, sin2, cos2] = [sin(u1), cos(u1), sin(u2), cos(u2)];
    const apart = wrapped(lon2 - lon1) * RAD;
    for (let round = 0, lambda = apart; round < 200; round++) {
      const [sinL, cosL] = [sin(lambda), cos(lambda)];
      const sinS = sqrt((cos2 * sinL) ** 2 + (cos1 * sin2 - sin1 * cos2 * cosL) ** 2);
      if (sinS === 0) return { length: 0, azimuth: 0 };
      const cosS = sin1 * sin2 + cos1 * cos2 * cosL;
      const sigma = atan2(sinS, cosS);
      const sinA = (cos1 * cos2 * sinL) / sinS;
      const cos2a = 1 - sinA ** 2;
      const cos2m = cos2a === 0 ? 0 : cosS - (2 * sin1 * sin2) / cos2a;
      const c = vincentyC(cos2a);
      const before = lambda;
      lambda = apart + (1 - c) * F * sinA * (sigma + c * sinS * (cos2m + c * cosS * (2 * cos2m ** 2 - 1)));
      if (abs(lambda - before) > 1e-13) continue;
      const squared = (cos2a * (A * A - B * B)) / (B * B);
      const length = B * vincentyA(squared) * (sigma - shift(vincentyB(squared), sinS, cosS, cos2m));
      return { length, azimuth: atan2(cos2 * sinL, cos1 * sin2 - sin1 * cos2 * cosL) };
    }
    return { length: NaN, azimuth: NaN };
  }

  /** Solve the direct problem: the point so many metres from another in a direction. */
  function direct([lon1, lat1], azimuth, length) {
    const u1 = atan((1 - F) * tan(lat1 * RAD));
    const [sin1, cos1, sinZ, cosZ] = [sin(u1), cos(u1), sin(azimuth), cos(azimuth)];
    const sigma1 = atan2(tan(u1), cosZ);
    const sinA = cos1 * sinZ;
    const cos2a = 1 - sinA ** 2;
    const squared = (cos2a * (A * A - B * B)) / (B * B);
    const [a, b] = [vincentyA(squared), vincentyB(squared)];
    let sigma = length / (B * a), cos2m = 0;
    for (let round = 0, before = Infinity; round < 100 && abs(sigma - before) > 1e-13; round++) {
      cos2m = cos(2 * sigma1 + sigma);
      before = sigma;
      sigma = length / (B * a) + shift(b, sin(sigma), cos(sigma), cos2m);
    }
    cos2m = cos(2 * sigma1 + sigma);
    const [sinS, cosS] = [sin(sigma), cos(sigma)];
    const lat = atan2(sin1 * cosS + cos1 * sinS * cosZ, (1 - F) * sqrt(sinA ** 2 + (sin1 * sinS - cos1 * cosS * cosZ) ** 2));
    const lambda = atan2(sinS * sinZ, cos1 * cosS - sin1 * sinS * cosZ);
    const c = vincentyC(cos2a);
    const apart = lambda - (1 - c) * F * sinA * (sigma + c * sinS * (cos2m + c * cosS * (2 * cos2m ** 2 - 1)));
    return [lon1 + apart / RAD, lat / RAD];
  }

  /** Take a difference of longitudes the short way round; one that is short is kept to its last bit. */
  const wrapped = (degrees) => (abs(degrees) <= 180 ? degrees : degrees - 360 * Math.round(degrees / 360));

  /** Snyder's q, by which the authalic latitude is told; at the pole Q. */
  const q = (s) => (1 - E2) * (s / (1 - E2 * s * s) - log((1 - E * s) / (1 + E * s)) / (2 * E));
  const Q = q(1);
  const authalic = (lat) => asin(q(sin(lat * RAD)) / Q);

  /** Measure a line of points: metres. */
  function length(points) {
    let sum = 0;
    for (let i = 1; i < points.length; i++) sum += inverse(points[i - 1], points[i]).length;
    return sum;
  }

  /** Measure the area that a ring of points encloses, its last point joined to the first: square metres. */
  function area(points) {
    if (points.length < 3) return 0;
    let excess = 0;
    points.forEach((point, i) => {
      const pieces = cut(point, points[(i + 1) % points.length]);
      for (let k = 1; k < pieces.length; k++) excess += edge(pieces[k - 1], pieces[k]);
    });
    return abs(excess) * ((A * A * Q) / 2);
  }

  /** Cut an edge into short ones along the geodesic. */
  function cut(from, to) {
    const { length, azimuth } = inverse(from, to);
    const count = Math.max(1, Math.ceil(length / PIECE)) || 1;
    return Array.from({ length: count + 1 }, (_, k) => (k === 0 ? from : k === count ? to : direct(from, azimuth, (length * k) / count)));
  }

  /** The excess between an edge and the equator, on the unit sphere. */
  function edge([lon1, lat1], [lon2, lat2]) {
    const [t1, t2] = [tan(authalic(lat1) / 2), tan(authalic(lat2) / 2)];
    const half = tan((wrapped(lon2 - lon1) * RAD) / 2);
    return 2 * atan2(half * (t1 + t2), 1 + t1 * t2);
  }

  erdaoGeo.geodesic = { length, area, inverse, direct };
})();
