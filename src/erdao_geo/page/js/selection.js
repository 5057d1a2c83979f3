"use strict";
/*
 * One place turns the state into what is shown: each view's mask, the counts of every choice in the
 * legend and the filters, and the totals of the selection. A choice's count says how many features
 * it would show beside the other choices, so it looks past its own question only.
 */
(() => {
  const erdaoGeo = (window.erdaoGeo = window.erdaoGeo || {});
  const [HIDDEN, DIM, PLAIN, LIT] = [0, 1, 2, 3];
  const FIXED = ["layers", "status", "evidence", "dates"];

  /**
   * @param {object} page { data, state, sheets: [{ layer, view, works|null, keys|null, style }], vocabulary }
   * @returns { counts: { layers: Map, status: Map, evidence: Map, [facet]: Map }, count, located,
   *   length: metres, area: square metres, hasLength, hasArea }
   */
  erdaoGeo.select = (page) => {
    const { data, state, sheets } = page;
    const questions = [...FIXED, ...data.facets];
    const counts = Object.fromEntries(questions.map((name) => [name, new Map()]));
    const total = { counts, count: 0, located: 0, length: adder(), area: adder() };
    const target = data.targets.find((one) => one.id === state.target) || null;
    for (const sheet of sheets) {
      const { layer, view, works } = sheet;
      view.visible = !state.off.layers.has(layer.meta.stem);
      if (works) judge(page, sheet, target, total);
      else {
        counts.layers.set(layer.meta.stem, layer.count);
        view.mask.fill(PLAIN);
      }
    }
    return { ...total, length: total.length.sum(), area: total.area.sum() };
  };

  /** Judge each work: which questions it fails. None: it is selected; one: it counts for that one. */
  function judge({ data, state, vocabulary }, sheet, target, total) {
    const { layer, view, works } = sheet;
    const { meta, count, size, box } = layer;
    const { counts } = total;
    const asked = data.facets.map((name) => wanted(state.only[name], vocabulary[name].values));
    const off = { status: codesOff(state.off.status, data.statuses), evidence: codesOff(state.off.evidence, data.evidences) };
    const dates = works.dates[state.dates.field];
    const from = erdaoGeo.dayNumber(state.dates.from), until = erdaoGeo.dayNumber(state.dates.until) || Infinity;
    const within = (i) => (!from && until === Infinity) || (dates && dates[i] && dates[i] >= from && dates[i] <= until);
    const facets = data.facets.map((name) => works.facets[name]);
    const layerOff = state.off.layers.has(meta.stem);
    const isTarget = target && target.layer === meta.stem ? erdaoGeo.inTarget(sheet, target) : null;
    const tally = { layers: 0, status: new Uint32Array(8), evidence: new Uint32Array(8), facets: data.facets.map((name) => new Uint32Array(vocabulary[name].values.length)) };
    const sum = meta.geometry === "LineString" ? total.length : meta.geometry === "Polygon" ? total.area : null;
    for (let i = 0; i < count; i++) {
      let fails = layerOff ? 1 : 0, failed = layerOff ? 0 : -1;
      if (off.status[works.status[i]]) [fails, failed] = [fails + 1, 1];
      if (off.evidence[works.evidence[i]]) [fails, failed] = [fails + 1, 2];
      if (!within(i)) [fails, failed] = [fails + 1, 3];
      for (let f = 0; f < facets.length; f++) if (asked[f] && !asked[f][facets[f][i]]) [fails, failed] = [fails + 1, 4 + f];
      const shown = fails === 0 || (fails === 1 && failed === 0);
      const chosen = !target || (isTarget !== null && isTarget[i] === 1);
      view.mask[i] = !shown ? HIDDEN : !target ? PLAIN : chosen ? LIT : DIM;
      if (!chosen || fails > 1) continue;
      if (fails === 0 || failed === 0) tally.layers++;
      if (fails === 0 || failed === 1) tally.status[works.status[i]]++;
      if (fails === 0 || failed === 2) tally.evidence[works.evidence[i]]++;
      for (let f = 0; f < facets.length; f++) if (fails === 0 || failed === 4 + f) tally.facets[f][facets[f][i]]++;
      if (fails) continue;
      total.count++;
      if (box[4 * i] <= box[4 * i + 2]) total.located++;
      if (sum && size && !Number.isNaN(size[i])) sum.add(size[i]);
    }
    counts.layers.set(meta.stem, tally.layers);
    addCounts(counts.status, tally.status, (n) => (n ? data.statuses[n - 1] : erdaoGeo.BLANK));
    addCounts(counts.evidence, tally.evidence, (n) => (n ? data.evidences[n - 1] : erdaoGeo.BLANK));
    data.facets.forEach((name, f) => addCounts(counts[name], tally.facets[f], (n) => vocabulary[name].values[n]));
  }

  function addCounts(map, tally, valueOf) {
    tally.forEach((n, code) => {
      if (n) map.set(valueOf(code), (map.get(valueOf(code)) || 0) + n);
    });
  }

  /** By code: whether it is switched off. */
  const codesOff = (names, codes) => [names.has(erdaoGeo.BLANK), ...codes.map((code) => names.has(code))];
  /** By number: whether a facet asks for it; null where it asks for nothing. */
  const wanted = (values, known) => (values.size ? known.map((value) => values.has(value)) : null);

  /** By feature: 1 where the target speaks of it. Kept, as a target's features do not change. */
  erdaoGeo.inTarget = (sheet, target) => {
    if (!sheet.targets.has(target.id)) {
      const inside = new Uint8Array(sheet.layer.count);
      for (const [first, count] of target.features) inside.fill(1, first, first + count);
      sheet.targets.set(target.id, inside);
    }
    return sheet.targets.get(target.id);
  };

  /** Sum without losing what is small (Neumaier), so that the total is that of the exact sum. */
  function adder() {
    let sum = 0, rest = 0;
    return {
      add(value) {
        const next = sum + value;
        rest += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
        sum = next;
      },
      sum: () => sum + rest,
    };
  }

  /** Give the selected features of a sheet: those shown, and of a chosen target only its own. */
  erdaoGeo.selected = (page, sheet) => {
    if (!sheet.works || !sheet.view.visible) return [];
    const least = page.state.target === null ? PLAIN : LIT;
    const found = [];
    sheet.view.mask.forEach((mask, i) => mask >= least && found.push(i));
    return found;
  };
})();
