"use strict";
/* Every word of the page that the data do not bring, in both languages, and how numbers are written. */
(() => {
  const erdaoGeo = (window.erdaoGeo = window.erdaoGeo || {});

  const UI = {
    banner: {
      zh: "含示例数据：虚线和斜线填充的图形是为演示而虚构的，不是事实；依据不足的完成量不算达标。",
      en: "Sample data: dashed lines and hatched areas are invented to show the tool; they are no facts, and they meet no target.",
    },
    gone: {
      zh: "旁边的数据文件缺失或损坏：请把与页面同名的文件夹原样放在页面旁边，或重新生成。",
      en: "Files beside the page are missing or damaged: keep the folder of its name beside it as it was made, or render it anew.",
    },
    loading: { zh: "正在读取要素……", en: "Reading the features…" },
    targets: { zh: "目标与进度", en: "Targets and progress" },
    noTargets: { zh: "这张图没有目标。", en: "This map has no targets." },
    layers: { zh: "图层", en: "Layers" },
    legend: { zh: "图例", en: "Legend" },
    legendFilter: { zh: "与筛选", en: " and filter" },
    status: { zh: "状态", en: "Status" },
    evidence: { zh: "位置依据", en: "Evidence" },
    unlocated: { zh: "未定位", en: "Not located" },
    sources: { zh: "数据来源", en: "Sources" },
    length: { zh: "量算长度", en: "Measured length" },
    area: { zh: "量算面积", en: "Measured area" },
    method: { zh: "CGCS2000 椭球面", en: "on the CGCS2000 ellipsoid" },
    of: { zh: "已完成", en: "done" },
    counted: { zh: "图上净计", en: "Net on the map" },
    doneOn: { zh: "完成量的依据", en: "Evidence of what is done" },
    which: { zh: "涉及的要素", en: "Which features" },
    clause: { zh: "报告原文", en: "The report's words" },
    switch: { zh: "English", en: "中文" },
    zoomIn: { zh: "放大", en: "Zoom in" },
    zoomOut: { zh: "缩小", en: "Zoom out" },
    home: { zh: "全图", en: "Whole map" },
    yes: { zh: "是", en: "yes" },
    no: { zh: "否", en: "no" },
    separator: { zh: "：", en: ": " },
    comma: { zh: "，", en: ", " },
    search: { zh: "查名称", en: "Search names" },
    searchHint: { zh: "名称、拼音或首字母", en: "Name, pinyin or initials" },
    nothing: { zh: "没有符合的要素", en: "Nothing found" },
    hits: { zh: "处符合", en: "found" },
    more: { zh: "还有", en: "more:" },
    filters: { zh: "筛选", en: "Filter" },
    from: { zh: "从", en: "from" },
    until: { zh: "到", en: "to" },
    date: { zh: "日期", en: "Date" },
    blank: { zh: "（未填）", en: "(none)" },
    clear: { zh: "清除筛选", en: "Clear the filter" },
    selection: { zh: "当前选中", en: "Selection" },
    items: { zh: "处", en: "features" },
    gross: { zh: "毛计：各要素直接相加，未扣重复", en: "gross: the plain sum, overlaps not taken off" },
    emptySelection: { zh: "没有符合筛选条件的要素，请放宽条件。", en: "No feature passes the filter; widen it." },
    noFeatures: { zh: "这里没有要素。", en: "There is no feature here." },
    csv: { zh: "导出 CSV", en: "Export CSV" },
    geojson: { zh: "导出 GeoJSON", en: "Export GeoJSON" },
    layer: { zh: "图层", en: "Layer" },
    key: { zh: "编号", en: "Key" },
    month: { zh: "时间", en: "Time" },
    now: { zh: "现状", en: "today" },
    play: { zh: "逐月播放", en: "Play by month" },
    pause: { zh: "停", en: "Pause" },
    monthNote: { zh: "按要素的开工、完工日期推算；没有日期的按未开工计。", en: "From the dates that features carry; one without a date counts as not begun." },
    asOfMonth: { zh: "截至", en: "as of" },
    measure: { zh: "量距离、面积", en: "Measure" },
    measureHint: { zh: "在图上逐点单击；双击或回车结束，退格删一点，Esc 退出。", en: "Click point by point; double click or Enter ends, Backspace takes one back, Esc leaves." },
    measured: { zh: "测得", en: "Measured" },
    perimeter: { zh: "长度", en: "Length" },
    enclosed: { zh: "围合面积", en: "Area enclosed" },
    fullScreen: { zh: "全屏", en: "Full screen" },
    print: { zh: "打印", en: "Print" },
    printed: { zh: "打印于", en: "Printed" },
    copyLink: { zh: "复制链接", en: "Copy link" },
    copied: { zh: "链接已复制：含视野、筛选和目标", en: "Link copied: it holds the view, the filter and the target" },
    notCopied: { zh: "浏览器不允许复制，请从地址栏复制", en: "The browser refuses; copy the link from the address bar" },
    theme: { zh: "深色", en: "Dark" },
    themeLight: { zh: "浅色", en: "Light" },
    panel: { zh: "展开或收起面板", en: "Open or close the panel" },
    map: { zh: "地图：方向键移动，加减键缩放", en: "Map: arrows move it, plus and minus zoom" },
    close: { zh: "关闭", en: "Close" },
    nowhere: { zh: "这个目标没有一处能在图上定位，请看下方名单", en: "Nothing of this target has a place on the map; its features are listed below" },
    filterLifted: { zh: "筛选隐藏了这个要素，已清除筛选", en: "The filter hid this feature; it is cleared" },
    revision: { zh: "修订", en: "Revision" },
    source: { zh: "来源", en: "Source" },
    overlap: { zh: "重复", en: "Overlap" },
    overlapWith: { zh: "与", en: "with" },
    duplicate: { zh: "同一图形又画了一遍", en: "the same shape drawn again" },
    reversed: { zh: "同一条线反向又画了一遍", en: "the same line drawn again, reversed" },
    contained: { zh: "一个整个落在另一个之内", en: "one lies wholly within the other" },
    partial: { zh: "部分重叠", en: "they share a part" },
    redrawn: { zh: "同一地物重新画过，略有出入", en: "the same thing drawn anew, a little off" },
    parallel: { zh: "同一条路的两幅车行道", en: "the two carriageways of one road" },
    sliver: { zh: "窄于容差的碎屑，边界未对齐", en: "a sliver narrower than the tolerance: borders that do not quite meet" },
    changes: { zh: "净值已扣除", en: "taken off the net" },
    changesNot: { zh: "净值未扣除", en: "not taken off the net" },
    reported: { zh: "上报完成", en: "Reported" },
    claimed: { zh: "其中未证实", en: "of it unproven" },
    gaps: { zh: "上报与量算相差超过 5%", en: "Declared over 5 % off the measured" },
    declared: { zh: "上报", en: "declared" },
    measuredSize: { zh: "量算", en: "measured" },
    byMonth: { zh: "逐月数字", en: "The figures by month" },
    courseChart: { zh: "逐月完成量与计划线", en: "done by month against its line" },
    accuracy: { zh: "坐标为显示精度（约 0.1 米）；长度、面积按原始坐标量算。", en: "Coordinates are as displayed (about 0.1 m); sizes are measured from the original ones." },
  };

  /** Set by the page: its language, the data's own words (word by code). */
  erdaoGeo.lang = "zh";
  erdaoGeo.codeWords = {};

  /** Pick a text's language: { zh, en } -> string. */
  erdaoGeo.t = (text) => text[erdaoGeo.lang];
  erdaoGeo.ui = (name) => erdaoGeo.t(UI[name]);
  erdaoGeo.both = (name) => Object.values(UI[name]);
  erdaoGeo.word = (code) => {
    const found = erdaoGeo.entry(erdaoGeo.codeWords, code);
    return found ? erdaoGeo.t(found) : String(code);
  };
  /** "title: text" as the language writes it. */
  erdaoGeo.pair = (title, text) => `${title}${erdaoGeo.ui("separator")}${text}`;

  /** Write a number with so many decimals and commas, as the printed ledger does. */
  erdaoGeo.number = (value, decimals) =>
    value.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });

  const UNITS = {
    LineString: { si: 1000, decimals: 3, symbol: { zh: "公里", en: "km" }, title: "length" },
    Polygon: { si: 10_000 / 15, decimals: 2, symbol: { zh: "亩", en: "mu" }, title: "area" },
  };
  /** The unit that features of a geometry are measured in, or null. */
  erdaoGeo.unitOf = (geometry) => erdaoGeo.entry(UNITS, geometry);
  /** Write metres or square metres in the unit of the geometry: "1.234 km". */
  erdaoGeo.size = (geometry, si) => {
    const unit = UNITS[geometry];
    return `${erdaoGeo.number(si / unit.si, unit.decimals)} ${erdaoGeo.t(unit.symbol)}`;
  };
})();
