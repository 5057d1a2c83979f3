"use strict";
/* Blocks of data: elements of the page, or files beside it, which come when they are asked for. */
(() => {
  window.erdaoGeo = window.erdaoGeo || {};
  const NAME = /^[0-9a-f]{16}\.js$/; // of a file: it is named by what it holds
  const waiting = new Map(); // by block: what to do with its text

  /** What a file beside the page calls: it hands over its block's base64 text. */
  window.erdaoGeo.take = (id, text) => {
    const resolve = waiting.get(id);
    if (resolve) resolve(text);
    waiting.delete(id);
  };

  /** Load the file of a block. A script, because a page opened by double click can load no other kind. */
  function load(id, folder, name) {
    return new Promise((resolve, reject) => {
      if (!NAME.test(name)) throw new Error(`${name}: no file of this page`);
      const script = document.createElement("script");
      const fail = () => {
        waiting.delete(id);
        reject(new Error(`${folder}/${name}: missing or damaged; keep the folder beside the page, as it was made`));
      };
      waiting.set(id, resolve);
      script.onerror = fail;
      script.onload = () => {
        script.remove();
        if (waiting.has(id)) fail(); // it ran, and handed over nothing
      };
      script.src = `${folder.split("/").map(encodeURIComponent).join("/")}/${name}`;
      document.head.append(script);
    });
  }

  /**
   * Give the base64 text of a block; it can be taken once.
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
    return load(id, folder, files[id]);
  };
})();
