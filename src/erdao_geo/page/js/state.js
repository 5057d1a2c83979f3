"use strict";
/*
 * What the user has chosen. One object, changed only by `set`, so that the panel, the map and the
 * address always tell the same.
 */
(() => {
  const erdaoGeo = (window.erdaoGeo = window.erdaoGeo || {});

  /**
   * @param {{lang: string, facets: string[], dateField: string|null}} start
   * @returns state: {
   *   lang: "zh"|"en", theme: "light"|"dark"|null (as the system has it), target: id|null,
   *   month: number of the month|null (as of the data),
   *   off: { layers: Set, status: Set, evidence: Set }    what the legend has switched off, by code
   *   only: { [field]: Set }                              of a facet: the values asked for; empty is all
   *   dates: { field, from: "2022-05-01"|"", until: "" }
   *   set(changes), on(listener), isFiltered(), cleared()
   * }
   */
  erdaoGeo.createState = ({ lang, facets, dateField }) => {
    const listeners = [];
    const none = () => ({
      off: { layers: new Set(), status: new Set(), evidence: new Set() },
      only: Object.fromEntries(facets.map((name) => [name, new Set()])),
      dates: { field: dateField, from: "", until: "" },
    });
    const state = { lang, theme: null, target: null, month: null, ...none() };

    /** Change some of it, and tell everyone what changed: a Set of names. */
    state.set = (changes) => {
      const names = new Set(Object.keys(changes).filter((name) => state[name] !== changes[name]));
      if (!names.size) return;
      Object.assign(state, changes);
      for (const listener of listeners) listener(names);
    };
    state.on = (listener) => listeners.push(listener);
    state.isFiltered = () =>
      Object.values(state.off).some((codes) => codes.size) ||
      Object.values(state.only).some((values) => values.size) ||
      Boolean(state.dates.from || state.dates.until);
    state.cleared = none;

    /** Give a change that switches a legend's code on or off. */
    state.switched = (name, code, on) => ({ off: { ...state.off, [name]: toggled(state.off[name], code, !on) } });
    /** Give a change that asks for a facet's value, or no longer does. */
    state.asked = (field, value, on) => ({ only: { ...state.only, [field]: toggled(state.only[field], value, on) } });
    return state;
  };

  function toggled(codes, code, inside) {
    const copy = new Set(codes);
    if (inside) copy.add(code);
    else copy.delete(code);
    return copy;
  }
})();
