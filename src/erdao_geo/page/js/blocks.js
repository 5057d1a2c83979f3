"use strict";
/* Blocks of data: elements of the page, or files beside it, which come when they are asked for. */
(() => {
  window.erdaoGeo = window.erdaoGeo || {};
  const NAME = /^[0-9a-f]{16}\.js$/; // of a file: it is named by what it holds
  const PART = 4000000; // characters in a file, the last one's excepted: PART of apart.py
  const AT_ONCE = 3; // files under way
  const waiting = new Map(); // by block and where its part begins: what to do with the part

  /** What a file beside the page calls: it hands over a part of its block's text. */
  window.erdaoGeo.take = (id, start, text) => {
    const resolve = waiting.get(`${id} ${start}`);
    waiting.delete(`${id} ${start}`);
    if (resolve) resolve(text);
  };

  /** Load a file. A script, because a page opened by double click can load no other kind. */
  function load(key, address) {
    return new Promise((resolve, reject) => {
      const script = document.createElement("script");
      const fail = () => {
        script.remove();
        waiting.delete(key);
        reject(new Error(`${address}: missing or damaged; keep the folder beside the page, as it was made`));
      };
      waiting.set(key, resolve);
      script.onerror = fail;
      script.onload = () => {
        script.remove();
        if (waiting.has(key)) fail(); // it ran, and handed over nothing
      };
      script.src = address;
      document.head.append(script);
    });
  }

  /** Load a block's files, a few at once, and put their parts together in their order. */
  async function assemble(id, folder, names) {
    if (!names.every((name) => NAME.test(name))) throw new Error(`${id}: no files of this page`);
    const path = folder.split("/").map(encodeURIComponent).join("/");
    const parts = new Array(names.length);
    let next = 0;
    const worker = async () => {
      while (next < names.length) {
        const i = next;
        next += 1;
        parts[i] = await load(`${id} ${i * PART}`, `${path}/${names[i]}`);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    return parts.join("");
  }

  /**
   * Give the text of a block; it can be taken once.
   * @param {string} id  of its element, "eg-layer-0-geometry" say
   * @returns {Promise<string>}
   */
  window.erdaoGeo.block = async (id) => {
    const element = document.getElementById(id);
    if (element) {
      const text = element.textContent;
      element.remove(); // its text is as large as the data
      return text;
    }
    const index = document.getElementById("eg-files");
    const { folder, files } = index ? JSON.parse(index.textContent) : { folder: "", files: {} };
    if (!Object.prototype.hasOwnProperty.call(files, id)) throw new Error(`${id}: the page has no such block`);
    return assemble(id, folder, files[id]);
  };
})();
