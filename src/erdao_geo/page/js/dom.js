"use strict";
/* Elements, made so that text is only ever text. */
(() => {
  const erdaoGeo = (window.erdaoGeo = window.erdaoGeo || {});
  const SVG = "http://www.w3.org/2000/svg";

  /**
   * Make an element. A name that begins with "on" is a listener; null, false and undefined leave an
   * attribute or a child out. Children are elements or text, and text is never read as markup.
   */
  erdaoGeo.el = (tag, attributes, ...children) => filled(document.createElement(tag), attributes, children);
  erdaoGeo.svg = (tag, attributes, ...children) => filled(document.createElementNS(SVG, tag), attributes, children);

  function filled(element, attributes, children) {
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === null || value === undefined || value === false) continue;
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
    return element;
  }

  /** What a table says of a code; never what every object has by birth, such as `constructor`. */
  erdaoGeo.entry = (table, code) => (Object.prototype.hasOwnProperty.call(table, code) ? table[code] : null);

  /** Say something to a screen reader; what comes at once after it takes its place. */
  erdaoGeo.announce = (text) => {
    clearTimeout(erdaoGeo.announce.soon);
    erdaoGeo.announce.soon = setTimeout(() => (document.getElementById("eg-live").textContent = text), 250);
  };

  /** Say something to everyone, for some seconds, over the map. */
  erdaoGeo.notice = (text) => {
    const box = document.getElementById("eg-notice") || document.body.appendChild(erdaoGeo.el("p", { id: "eg-notice", "aria-hidden": "true" }));
    clearTimeout(erdaoGeo.notice.over);
    box.textContent = text;
    box.hidden = false;
    erdaoGeo.notice.over = setTimeout(() => (box.hidden = true), 5000);
    erdaoGeo.announce(text);
  };

  /** Give a file to the user; nothing leaves the page. */
  erdaoGeo.download = (name, type, parts) => {
    const address = URL.createObjectURL(new Blob(parts, { type }));
    const link = erdaoGeo.el("a", { href: address, download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
  };

  /** Put off what comes often until it has been quiet for some milliseconds. */
  erdaoGeo.quietly = (milliseconds, run) => {
    let timer = 0;
    return (...values) => {
      clearTimeout(timer);
      timer = setTimeout(() => run(...values), milliseconds);
    };
  };
})();
