"use strict";
/*
 * The works of a layer as the filters see them: a small number for each feature and question.
 * A layer that has no status and that no target speaks of is ground: it is drawn, and never filtered.
 */
(() => {
  const erdaoGeo = (window.erdaoGeo = window.erdaoGeo || {});
  /** The value of a feature whose field is empty, or whose layer has no such field. */
  erdaoGeo.BLANK = "";

  /**
   * @param {Layer} layer as decode.js gives it
   * @param {object} data the page's data
   * @param {Vocabulary} vocabulary by field: codes shared by all layers
   * @returns { status: Uint8Array, statusNow: Uint8Array, evidence: Uint8Array   number in data.statuses or
   *   data.evidences, plus 1; 0 where there is none,
   *   facets: { [field]: Uint32Array }, dates: { [field]: Int32Array }   20220501; 0 where there is none }
   */
  erdaoGeo.works = (layer, data, vocabulary) => {
    const { meta, count } = layer;
    const at = (name) => {
      const found = meta.fields.findIndex((field) => field.name === name);
      return found < 0 ? null : layer.column(found);
    };
    const today = numbered(at("status"), count, (value) => data.statuses.indexOf(value) + 1, Uint8Array);
    return {
      statusNow: today,
      status: today,
      evidence: numbered(at("evidence"), count, (value) => data.evidences.indexOf(value) + 1, Uint8Array),
      facets: Object.fromEntries(data.facets.map((name) => [name, numbered(at(name), count, vocabulary[name].codeOf, Uint32Array)])),
      dates: Object.fromEntries(data.dateFields.map((name) => [name, numbered(at(name), count, dayNumber, Int32Array)])),
    };
  };

  /** A vocabulary numbers values in the order that they are met; 0 is a blank. */
  erdaoGeo.vocabulary = () => {
    const values = [erdaoGeo.BLANK];
    const codes = new Map([[erdaoGeo.BLANK, 0]]);
    const codeOf = (value) => {
      const text = value === null ? erdaoGeo.BLANK : String(value);
      if (!codes.has(text)) codes.set(text, values.push(text) - 1);
      return codes.get(text);
    };
    return { values, codeOf };
  };

  /** Number a column's values; a dictionary is looked up once, not once for each feature. */
  function numbered(column, count, numberOf, Numbers) {
    const numbers = new Numbers(count);
    if (!column) return numbers;
    if (column.codes && column.values) {
      const known = new Map();
      for (let i = 0; i < count; i++) {
        const code = column.codes[i];
        if (!known.has(code)) known.set(code, numberOf(column.value(i)));
        numbers[i] = known.get(code);
      }
      return numbers;
    }
    for (let i = 0; i < count; i++) numbers[i] = numberOf(column.value(i));
    return numbers;
  }

  /** "2022-05-01" -> 20220501; 0 where it is no date. */
  function dayNumber(value) {
    const found = typeof value === "string" && /^(\d{4})-(\d\d)-(\d\d)/.exec(value);
    return found ? Number(found[1] + found[2] + found[3]) : 0;
  }
  erdaoGeo.dayNumber = dayNumber;

  /** The last possible day of a month: "2022-05" -> 20220531; days compare as numbers. */
  erdaoGeo.monthEnd = (month) => Number(month.replace("-", "")) * 100 + 31;

  /**
   * Tell each feature's status at the end of a month: as far as its dates prove, and never further
   * than it is today. The same rule as schedule/months.py, which prints the ledger of that month.
   */
  erdaoGeo.statusAt = (works, month, asOf) => {
    const end = month === null ? Infinity : erdaoGeo.monthEnd(month);
    const { started_on: started, completed_on: completed } = works.dates;
    if (end >= dayNumber(asOf) || !(started || completed)) return works.statusNow;
    return works.statusNow.map((now, i) => {
      if (now === 0) return 0;
      const done = completed && completed[i] !== 0 && completed[i] <= end;
      const begun = started && started[i] !== 0 && started[i] <= end;
      return Math.min(now, done ? 3 : begun ? 2 : 1);
    });
  };
})();
