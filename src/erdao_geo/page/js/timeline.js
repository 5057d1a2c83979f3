"use strict";
/* A slider by month: features and targets as they were at the end of it. The last month is today's state. */
(() => {
  const erdaoGeo = (window.erdaoGeo = window.erdaoGeo || {});
  const STEP = 800; // ms a month when played
  const el = (...all) => erdaoGeo.el(...all), ui = (name) => erdaoGeo.ui(name);

  /** Lay out the slider; none where no feature has a date. */
  erdaoGeo.renderTimeline = (page) => {
    const { data, state } = page;
    const box = document.getElementById("eg-time");
    box.hidden = data.months.length < 2;
    if (box.hidden) return;
    stop(page);
    const last = data.months.length - 1;
    const slider = el("input", { type: "range", id: "eg-month", min: 0, max: last, step: 1, "aria-label": ui("month"),
      oninput: () => {
        const month = Number(slider.value); // before `stop` sets the slider as the state still has it
        stop(page);
        state.set({ month: month === last ? null : month });
      } });
    box.replaceChildren(
      el("button", { type: "button", id: "eg-play", onclick: () => (page.playing ? stop(page) : play(page)) }),
      el("span", { class: "eg-month-from", "aria-hidden": "true" }, data.months[0]),
      slider, el("output", { for: "eg-month", id: "eg-month-now" }), el("p", { class: "eg-fine" }, ui("monthNote")));
    erdaoGeo.showMonth(page);
  };

  /** Set the slider as the state has it. */
  erdaoGeo.showMonth = (page) => {
    const { data, state } = page;
    const box = document.getElementById("eg-time");
    if (box.hidden) return;
    const last = data.months.length - 1;
    const at = state.month === null ? last : state.month;
    const text = state.month === null ? `${data.months[last]} ${ui("now")}` : data.months[at];
    const slider = document.getElementById("eg-month");
    slider.value = at;
    slider.setAttribute("aria-valuetext", text);
    slider.style.setProperty("--at", `${last ? (at / last) * 100 : 100}%`);
    document.getElementById("eg-month-now").textContent = text;
    box.classList.toggle("past", state.month !== null);
    const button = document.getElementById("eg-play");
    button.textContent = page.playing ? "❚❚" : "▶";
    button.setAttribute("aria-label", ui(page.playing ? "pause" : "play"));
    button.title = ui(page.playing ? "pause" : "play");
  };

  /** Go on month by month, from the start if the end is reached. */
  function play(page) {
    const { data, state } = page;
    const last = data.months.length - 1;
    page.playing = setInterval(() => {
      const next = (state.month ?? last) + 1;
      if (next >= last) stop(page);
      state.set({ month: next >= last ? null : next });
    }, STEP);
    state.set({ month: state.month ?? 0 });
    erdaoGeo.showMonth(page);
  }

  function stop(page) {
    clearInterval(page.playing);
    page.playing = null;
    if (document.getElementById("eg-play")) erdaoGeo.showMonth(page);
  }
})();
