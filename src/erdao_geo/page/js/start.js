"use strict";
/* Start the page on a Folium map: read the data, draw the layers, and keep all parts telling the same. */
(() => {
  const erdaoGeo = (window.erdaoGeo = window.erdaoGeo || {});
  const MOST_LABELS = 2000; // features of a layer whose names are asked for
  const el = (...all) => erdaoGeo.el(...all), t = (text) => erdaoGeo.t(text), ui = (name) => erdaoGeo.ui(name);

  erdaoGeo.start = async (map) => {
    const data = JSON.parse(document.getElementById("eg-data").textContent);
    const lang = document.documentElement.lang === "en" ? "en" : "zh";
    erdaoGeo.codeWords = data.words;
    erdaoGeo.lang = lang;
    wait(true);
    const layers = await Promise.all(data.layers.map((meta, k) => erdaoGeo.decode(meta, k))).catch(giveUp);
    const state = erdaoGeo.createState({ lang, facets: data.facets, dateField: data.dateFields[0] || null });
    const page = { data, map, layers, state, firstLang: lang, renderer: erdaoGeo.renderer(map), datum: erdaoGeo.datum(data.base) };
    page.ground = erdaoGeo.base(map, data.base);
    page.vocabulary = Object.fromEntries(data.facets.map((name) => [name, erdaoGeo.vocabulary()]));
    const spokenOf = new Set(data.targets.map((target) => target.layer));
    page.sheets = layers.map((layer, order) => makeSheet(page, layer, order, layer.meta.hasStatus || spokenOf.has(layer.meta.stem)));
    wait(false);
    expose(page);
    page.ruler = erdaoGeo.ruler(page);
    erdaoGeo.addControls(page);
    erdaoGeo.addSheet();
    erdaoGeo.preparePrinting(page);
    listen(page);
    const { change, view } = erdaoGeo.readFragment(page, location.hash);
    Object.assign(state, change);
    erdaoGeo.lang = state.lang;
    renderAll(page);
    map.invalidateSize({ animate: false });
    if (view) map.setView([view.lat, view.lon], view.zoom, { animate: false });
    else if (!showTarget(page)) erdaoGeo.goHome();
    erdaoGeo.keepFragment(page);
    await page.renderer.idle();
    document.documentElement.classList.add("eg-ready");
  };

  /** Say that it takes a moment; a small page never shows it. */
  function wait(on) {
    const box = document.getElementById("eg-wait");
    box.textContent = on ? ui("loading") : "";
    box.hidden = !on;
  }

  /** Say, in both languages, what is missing, and stop. */
  function giveUp(error) {
    const box = document.getElementById("eg-wait");
    box.replaceChildren(...erdaoGeo.both("gone").map((text) => el("p", {}, text)), el("small", {}, error.message));
    box.setAttribute("role", "alert");
    throw error;
  }

  function makeSheet(page, layer, order, isWork) {
    const { meta, count } = layer;
    const works = isWork ? erdaoGeo.works(layer, page.data, page.vocabulary) : null;
    const style = new Uint8Array(count);
    const label = meta.style.label && count <= MOST_LABELS ? (i) => erdaoGeo.nameOf(layer, i) : null;
    const view = page.renderer.add({ layer, styles: [], style, order, interactive: isWork, label }); // dress() gives the styles
    const sheet = { layer, works, view, targets: new Map() };
    view.sheet = sheet;
    sheet.evidence = works ? works.evidence : erdaoGeo.works(layer, { ...page.data, facets: [], dateFields: [] }, {}).evidence;
    return sheet;
  }

  /** What other scripts, and tests, may use. */
  function expose(page) {
    Object.assign(erdaoGeo, {
      page, map: page.map, state: page.state,
      goHome: () => goHome(page),
      goTo: (sheet, feature) => goTo(page, sheet, feature),
      goToTarget: () => showTarget(page),
      choose: (id) => choose(page, id),
      drawn: () => Object.fromEntries(page.sheets.map(({ layer, view }) => [layer.meta.stem,
        view.visible ? view.mask.reduce((n, mask, i) => n + Number(mask > 0 && erdaoGeo.isLocated(layer, i)), 0) : 0])),
    });
  }

  /** Give every feature the look of its status at the month, in the theme. */
  function dress(page) {
    const { data, state } = page;
    const month = state.month === null ? null : data.months[state.month];
    for (const { layer, works, view, evidence } of page.sheets) {
      view.styles = erdaoGeo.stylesOf(layer.meta, data, erdaoGeo.theme(state));
      if (works) works.status = erdaoGeo.statusAt(works, month, layer.meta.date);
      for (let i = 0; i < layer.count; i++) view.style[i] = erdaoGeo.styleNumber(works ? works.status[i] : 0, evidence[i]);
    }
  }

  function listen(page) {
    const { map, state } = page;
    state.on((names) => {
      erdaoGeo.lang = state.lang;
      if (names.has("lang") || names.has("theme")) return renderAll(page);
      if (names.has("month")) dress(page);
      if (names.has("month") || names.has("target")) erdaoGeo.renderTargets(page);
      if (names.has("month")) erdaoGeo.showMonth(page);
      refresh(page);
      if (names.has("month")) retell(page);
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => state.theme || renderAll(page));
    const tip = erdaoGeo.tip(map);
    map.on("eg:hover", (event) => {
      const { view, feature } = event;
      if (feature === null || !view.sheet || page.ruler.on) return tip.hide();
      const { layer } = view.sheet;
      const text = erdaoGeo.pair(t(layer.meta.title), erdaoGeo.nameOf(layer, feature));
      tip.show(event, text, () => el("span", {}, text));
    });
    map.on("eg:click", ({ view, feature, latlng }) => {
      if (feature === null || !view.sheet || page.ruler.on) return;
      tip.hide();
      erdaoGeo.openPopup(page, view.sheet, feature, latlng);
    });
    window.addEventListener("resize", erdaoGeo.quietly(100, () => map.invalidateSize({ animate: false })));
  }

  /** Judge all features anew, and show it. */
  function refresh(page) {
    page.selection = erdaoGeo.select(page);
    erdaoGeo.countLegend(page);
    erdaoGeo.countFilters(page);
    erdaoGeo.renderSelection(page);
    page.renderer.redraw();
  }

  /** Lay out everything: at the start, and where the language or the theme changes. */
  function renderAll(page) {
    const { state } = page;
    document.documentElement.lang = state.lang === "zh" ? "zh-CN" : "en";
    for (const render of ["renderHead", "renderSearch", "renderTargets", "renderLists", "renderFilters", "renderTimeline", "nameControls"]) erdaoGeo[render](page);
    page.ground.say(state.lang);
    page.ruler.write();
    erdaoGeo.paint(page);
    retell(page);
  }

  /** Write the open popup anew. */
  function retell(page) {
    const { popup, opened } = page;
    if (popup && popup.isOpen()) popup.setContent(erdaoGeo.popup(page, opened.sheet, opened.feature));
  }

  /** Give everything the colours of the theme. */
  erdaoGeo.paint = (page) => {
    document.documentElement.dataset.theme = erdaoGeo.theme(page.state);
    dress(page);
    erdaoGeo.renderLegend(page);
    refresh(page);
  };

  /** Light up the features of a target, dim the other works, and go there. */
  function choose(page, id) {
    const { state, data } = page;
    const target = data.targets.find((one) => one.id === id) || null;
    const change = { target: target && target.id };
    if (target && state.off.layers.has(target.layer)) Object.assign(change, state.switched("layers", target.layer, true));
    state.set(change);
    if (target && !showTarget(page)) erdaoGeo.notice(ui("nowhere"));
    document.querySelector(".eg-target.on > button")?.focus({ preventScroll: true });
    document.querySelector(".eg-target.on")?.scrollIntoView({ block: "nearest" });
  }

  /** Go where the chosen target's features are; false where there is none. */
  function showTarget(page) {
    const target = page.data.targets.find(({ id }) => id === page.state.target);
    const sheet = target && page.sheets.find(({ layer }) => layer.meta.stem === target.layer);
    const bounds = sheet && page.renderer.boundsOf(sheet.view, erdaoGeo.selected(page, sheet));
    if (!bounds || !bounds.isValid()) return false;
    page.map.fitBounds(bounds, { ...padding(), maxZoom: 15 });
    return true;
  }

  function goTo(page, sheet, feature) {
    const { map, renderer, state } = page;
    if (state.off.layers.has(sheet.layer.meta.stem)) state.set(state.switched("layers", sheet.layer.meta.stem, true));
    if (!sheet.view.mask[feature]) {
      state.set(state.cleared());
      erdaoGeo.notice(ui("filterLifted"));
    }
    const bounds = renderer.boundsOf(sheet.view, [feature]);
    erdaoGeo.drawSheet(false);
    map.fitBounds(bounds, { ...padding(), maxZoom: 15, animate: false });
    erdaoGeo.openPopup(page, sheet, feature);
  }

  /** What lies over the map, so that what is looked for does not hide beneath it. */
  function padding() {
    const legend = document.getElementById("eg-legend");
    const map = document.querySelector(".folium-map").getBoundingClientRect();
    const top = (id) => document.getElementById(id).getBoundingClientRect().top;
    const below = [document.getElementById("eg-time").hidden ? map.bottom : top("eg-time")];
    if (document.body.classList.contains("eg-open")) below.push(top("eg-panel"));
    const aside = legend.open && legend.offsetWidth < map.width / 2 ? legend.offsetWidth : 0;
    return { paddingTopLeft: [24, 24], paddingBottomRight: [aside + 24, Math.max(0, map.bottom - Math.min(...below)) + 16] };
  }

  function goHome(page) {
    const bounds = (sheets) => sheets.reduce((all, { view }) => {
      const own = page.renderer.boundsOf(view);
      return own.isValid() ? all.extend(own) : all;
    }, L.latLngBounds([]));
    const works = bounds(page.sheets.filter((sheet) => sheet.works || sheet.layer.meta.stem === page.data.boundary));
    const home = works.isValid() ? works : bounds(page.sheets);
    if (home.isValid()) page.map.fitBounds(home, { ...padding(), maxZoom: 16, animate: false });
    else page.map.setView([0, 0], 1, { animate: false });
  }
})();
