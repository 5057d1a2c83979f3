"use strict";
/* How a target came along: what was done by month beside its line, and the features that are overdue. */
(() => {
  const erdaoGeo = (window.erdaoGeo = window.erdaoGeo || {});
  const [WIDTH, HEIGHT] = [320, 118];
  const [LEFT, RIGHT, TOP, BOTTOM] = [6, 314, 18, 98]; // of the plot
  const el = (...all) => erdaoGeo.el(...all), svg = (...all) => erdaoGeo.svg(...all);
  const t = (text) => erdaoGeo.t(text), ui = (name) => erdaoGeo.ui(name), word = (code) => erdaoGeo.word(code);

  /** Give the target's month that the slider stands at, or that of the data; undefined where it has none. */
  erdaoGeo.pointAt = ({ data, state }, target) => {
    const last = (target.asOf || "").slice(0, 7);
    const asked = state.month === null ? last : data.months[state.month];
    const month = asked > last ? last : asked; // of a layer that is older than the page's newest
    return target.schedule.points.find((point) => point.month === month);
  };

  /** Tell in a word that a target is behind its line at the month shown, or has overdue features now; or null. */
  erdaoGeo.lateness = (page, target) => {
    const point = erdaoGeo.pointAt(page, target);
    if (point ? point.behind : page.state.month === null && target.schedule.behind) return word("behind");
    return target.schedule.late && page.state.month === null ? `${word("overdue")} ${target.schedule.late}` : null;
  };

  /** Draw the months of a target with what they say in words; null where it has none. */
  erdaoGeo.courseFigure = (page, target) => {
    const { points, line } = target.schedule;
    if (points.length < 2 || !(line.length || points.some(({ y }) => y !== null))) return null;
    const now = erdaoGeo.pointAt(page, target);
    const said = now ? sentence(target, now) : "";
    return el("figure", { class: "eg-course" },
      drawn(page, target, now, said),
      el("figcaption", {}, said),
      el("details", {}, el("summary", {}, ui("byMonth")), table(target)));
  };

  const unit = (target, text) => `${text} ${t(target.unit)}`.trim();

  function sentence(target, { day, done, expected, behind }) {
    const parts = [done === null ? null : `${word("done")} ${unit(target, done)}`,
      expected === null ? null : `${word("line")} ${unit(target, expected)}`, behind ? word("behind") : null];
    return erdaoGeo.pair(day, parts.filter(Boolean).join(ui("comma")));
  }

  function drawn(page, target, now, said) {
    const { points, line } = target.schedule;
    const theme = erdaoGeo.theme(page.state);
    const [done, quiet, late] = ["completed", "planned", "under_construction"].map((code) => erdaoGeo.statusColor(code, theme));
    const most = Math.max(1, ...points.map(({ y }) => y || 0));
    const at = ([x, y]) => [LEFT + (RIGHT - LEFT) * x, BOTTOM - ((BOTTOM - TOP) * y) / most].map((place) => place.toFixed(1));
    const path = (places) => places.map((place, i) => `${i ? "L" : "M"}${at(place).join(" ")}`).join("");
    const known = points.filter(({ y }) => y !== null);
    const level = (y) => svg("path", { d: path([[0, y], [1, y]]), stroke: "currentColor", "stroke-opacity": 0.25, fill: "none" });
    const label = (x, y, anchor, text) => svg("text", { x, y, "text-anchor": anchor, "font-size": 11, fill: "currentColor" }, text);
    return svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": `${t(target.title)}${ui("comma")}${ui("courseChart")}${ui("separator")}${said}` },
      level(0), level(1),
      label(LEFT, at([0, 1])[1] - 4, "start", t(target.stated)),
      label(LEFT, HEIGHT - 5, "start", points[0].month), label(RIGHT, HEIGHT - 5, "end", points[points.length - 1].month),
      now ? svg("path", { d: path([[now.x, 0], [now.x, most]]), class: "eg-now", fill: "none", stroke: "currentColor", "stroke-opacity": 0.6 }) : null,
      line.length ? svg("path", { d: path(line), class: "eg-line", fill: "none", stroke: quiet, "stroke-width": 2, "stroke-dasharray": "6 4" }) : null,
      known.length ? svg("path", { d: path(known.map(({ x, y }) => [x, y])), class: "eg-done", fill: "none", stroke: done, "stroke-width": 2.5, "stroke-linejoin": "round" }) : null,
      known.map((point) => {
        const [cx, cy] = at([point.x, point.y]);
        return svg("circle", { cx, cy, r: point === now ? 4.5 : 3, class: point.behind ? "eg-behind" : null, fill: done, stroke: point.behind ? late : done, "stroke-width": 2, "data-month": point.month });
      }));
  }

  function table(target) {
    const cells = ({ day, done, expected, behind }) => [day, done ?? "–", expected ?? "–", behind ? word("behind") : ""];
    const heads = [word("day"), word("done"), word("line"), ""];
    return el("table", {},
      el("thead", {}, el("tr", {}, heads.map((text) => (text ? el("th", { scope: "col" }, text) : el("td", {}))))),
      el("tbody", {}, target.schedule.points.map((point) => el("tr", {}, cells(point).map((text) => el("td", {}, text))))));
  }

  /** Name the features that are overdue on the day of the data; null where there are none, or the slider is in the past. */
  erdaoGeo.overdueList = (page, target) => {
    const { late, overdue } = target.schedule;
    if (!late || page.state.month !== null) return null;
    const days = (one) => `${one.due}${ui("comma")}${word("days_late").replace("{}", one.days)}`;
    return el("details", { class: "eg-overdue", open: true }, el("summary", {}, `${word("overdue")} (${late})`),
      erdaoGeo.namedFeatures(page, target, overdue.map((one) => ({ ...one, text: days(one) })), late));
  };
})();
