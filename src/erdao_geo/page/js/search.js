"use strict";
/* Find features by name: a part of it in Chinese, its pinyin, or the initials of its pinyin. */
(() => {
  const erdaoGeo = (window.erdaoGeo = window.erdaoGeo || {});
  const MOST = 50;
  const SLICE = 30; // ms
  const el = (...all) => erdaoGeo.el(...all), ui = (name) => erdaoGeo.ui(name);

  /**
   * Make a test of names for a query.
   * @param {string} query
   * @param {{[character: string]: string}} readings apart by spaces: { "长": "zhang chang" }
   * @returns {(name: string) => boolean}
   */
  erdaoGeo.nameTest = (query, readings) => {
    const wanted = query.trim().toLowerCase().replace(/ü/g, "v");
    const spoken = wanted.replace(/[\s'’]/g, "");
    const isPinyin = /^[\x21-\x7e]*[a-z][\x21-\x7e]*$/.test(spoken);
    const known = new Map();
    /** By how much a character carries the query on from `q`; worked out once. */
    const steps = (character, q) => {
      const own = known.get(character) || known.set(character, []).get(character);
      return own[q] || (own[q] = carried(character, spoken.slice(q), erdaoGeo.entry(readings, character)));
    };
    return (text) => {
      const name = text.toLowerCase();
      if (name.includes(wanted)) return true;
      if (!isPinyin) return false;
      let reached = []; // how far into the query the name has come: each place once, however it got there
      for (const character of name) {
        const begun = steps(character, 0);
        if (!begun.length && !reached.length) continue; // most characters
        const next = [...begun];
        for (const q of reached) for (const step of steps(character, q)) if (!next.includes(q + step)) next.push(q + step);
        if (next.includes(spoken.length)) return true;
        reached = next;
      }
      return false;
    };
  };

  /** By how much a character carries on what is left of a query: itself, a reading or its beginning, an initial. */
  function carried(character, rest, readings) {
    const taken = character === rest[0] ? [1] : character === " " ? [0] : [];
    for (const reading of (readings || "").split(" ").filter(Boolean)) {
      if (rest.startsWith(reading) || reading.startsWith(rest)) taken.push(Math.min(reading.length, rest.length));
      if (rest[0] === reading[0]) taken.push(1);
    }
    return taken;
  }

  /** Lay out the search box. */
  erdaoGeo.renderSearch = (page) => {
    const box = document.getElementById("eg-search");
    const before = box.querySelector("input")?.value || "";
    const list = el("div", { id: "eg-hits" });
    const look = erdaoGeo.quietly(120, () => show(page, input.value, list));
    const input = el("input", { type: "search", id: "eg-query", autocomplete: "off", spellcheck: "false", placeholder: ui("searchHint"), oninput: look,
      onkeydown: (event) => key(event, input, list), maxlength: 60 });
    input.value = before;
    box.replaceChildren(el("label", { for: "eg-query" }, ui("search")), input, list);
    if (before) show(page, before, list);
  };

  async function show(page, query, list) {
    const mine = (page.search = {}); // a later query takes the place of this one
    if (!query.trim()) return void list.replaceChildren();
    const rows = await find(page, query, () => page.search === mine);
    if (page.search !== mine) return;
    const tell = rows.length ? `${rows.length > MOST ? `${MOST}+` : rows.length} ${ui("hits")}` : ui("nothing");
    list.replaceChildren(el("p", { class: rows.length ? "eg-fine" : "eg-empty" }, tell),
      ...(rows.length ? [erdaoGeo.featureList(rows.slice(0, MOST), (layer) => erdaoGeo.t(layer.meta.title))] : []));
    erdaoGeo.announce(tell);
  }

  /** Look through the layers from the top down; ground is searched too, after the works. */
  async function find(page, query, isWanted) {
    const test = erdaoGeo.nameTest(query, page.data.readings);
    const rows = [];
    let until = performance.now() + SLICE;
    const sheets = [...page.sheets].reverse().sort((a, b) => Boolean(b.works) - Boolean(a.works));
    for (const sheet of sheets) {
      for (let feature = 0; feature < sheet.layer.count && rows.length <= MOST; feature++) {
        if (test(erdaoGeo.nameOf(sheet.layer, feature))) rows.push({ sheet, feature });
        if (feature % 1000 || performance.now() < until) continue;
        await new Promise((resolve) => setTimeout(resolve)); // so that typing goes on
        if (!isWanted()) return [];
        until = performance.now() + SLICE;
      }
    }
    return rows;
  }

  /** Arrows go through what is found, and back to the box; Enter takes the first. */
  function key(event, input, list) {
    const first = list.querySelector("button");
    if (event.key === "Enter") first?.click();
    if (event.key === "ArrowDown") first?.focus();
    if (event.key === "Escape" && input.value) {
      input.value = "";
      list.replaceChildren();
      event.stopPropagation();
    }
    if (["Enter", "ArrowDown"].includes(event.key)) event.preventDefault();
  }
})();
