"use strict";
/* Read a layer's blocks (page/compact.py, page/columns.py say what is in them) into typed arrays. */
(() => {
  const erdaoGeo = (globalThis.erdaoGeo = globalThis.erdaoGeo || {});
  const NOWHERE = [1, 1, 0, 0]; // minX > maxX
  const utf8 = new TextDecoder("utf-8", { ignoreBOM: true }); // a text may begin with U+FEFF

  /**
   * Decode layer number k; its elements leave the document.
   * Gives { meta, count, ringStart, vertexStart, x, y, box, size, column(field) }: x and y are pixels
   * of zoom 20, size is SI; column gives { value(i), codes, values }, decoded at its first use.
   */
  erdaoGeo.decode = async (meta, k) => {
    const { count, rings, vertices, sized } = meta;
    const layer = {
      meta, count,
      ringStart: new Uint32Array(count + 1), vertexStart: new Uint32Array(rings + 1),
      x: new Int32Array(vertices), y: new Int32Array(vertices), box: new Int32Array(4 * count),
      size: sized ? new Float64Array(count) : null,
    };
    const done = { features: 0, rings: 0, vertices: 0 };
    for (const [b, lengths] of meta.geometryBlocks.entries()) {
      readGeometry(layer, await block(`eg-layer-${k}-geometry-${b}`, lengths), done);
    }
    const values = await joined(meta.valuesBlocks, (b) => `eg-layer-${k}-values-${b}`);
    const columns = new Map();
    layer.column = (field) => {
      if (!columns.has(field)) columns.set(field, readColumn(meta.columns[field], values, count));
      return columns.get(field);
    };
    return layer;
  };

  // --- from the document to bytes ---

  async function joined(blocks, id) {
    if (blocks.length === 1) return block(id(0), blocks[0]);
    const bytes = new Uint8Array(blocks.reduce((sum, [length]) => sum + length, 0));
    let at = 0;
    for (const [b, lengths] of blocks.entries()) {
      bytes.set(await block(id(b), lengths), at);
      at += lengths[0];
    }
    return bytes;
  }

  async function block(id, [length, packedLength]) {
    const packed = fromText(await erdaoGeo.block(id), packedLength);
    const bytes = typeof DecompressionStream === "undefined" ? fflate.unzlibSync(packed) : await inflate(packed, length);
    if (bytes.length !== length) throw new Error(`${id}: ${bytes.length} bytes, not ${length}`);
    return bytes;
  }

  const PAIRS = new Uint16Array(2 ** 15); // the number that two letters stand for, the first the lower byte
  const letters = Array.from({ length: 94 }, (_, n) => n + 33).filter((code) => !"<>&".includes(String.fromCharCode(code)));
  letters.forEach((high, h) => letters.forEach((low, l) => { if (91 * h + l < 8192) PAIRS[low | (high << 8)] = 91 * h + l; }));

  /** Read bytes from text: 13 bits in two letters (page/elements.py); 16 letters, 13 bytes at a time. */
  function fromText(text, length) {
    const pairs = new Uint16Array(new TextEncoder().encode(text).buffer);
    const bytes = new Uint8Array(length); // what is written behind its end is lost
    for (let i = 0, at = 0; at < length; i += 8, at += 13) {
      const a = PAIRS[pairs[i]] | (PAIRS[pairs[i + 1]] << 13), b = PAIRS[pairs[i + 2]] | (PAIRS[pairs[i + 3]] << 13);
      const c = PAIRS[pairs[i + 4]] | (PAIRS[pairs[i + 5]] << 13), d = PAIRS[pairs[i + 6]] | (PAIRS[pairs[i + 7]] << 13);
      bytes[at] = a;
      bytes[at + 1] = a >>> 8;
      bytes[at + 2] = a >>> 16;
      bytes[at + 3] = (a >>> 24) | (b << 2);
      bytes[at + 4] = b >>> 6;
      bytes[at + 5] = b >>> 14;
      bytes[at + 6] = (b >>> 22) | (c << 4);
      bytes[at + 7] = c >>> 4;
      bytes[at + 8] = c >>> 12;
      bytes[at + 9] = (c >>> 20) | (d << 6);
      bytes[at + 10] = d >>> 2;
      bytes[at + 11] = d >>> 10;
      bytes[at + 12] = d >>> 18;
    }
    return bytes;
  }

  async function inflate(packed, length) {
    const stream = new DecompressionStream("deflate");
    const writer = stream.writable.getWriter();
    const written = writer.write(packed).then(() => writer.close());
    const bytes = new Uint8Array(length);
    const reader = stream.readable.getReader();
    let at = 0;
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      bytes.set(part.value, at);
      at += part.value.length;
    }
    await written;
    return at === length ? bytes : bytes.subarray(0, at);
  }

  // --- from bytes to numbers ---

  /** Read n whole numbers at cursor.at, and move it on. */
  function sequence(cursor, n) {
    const { bytes } = cursor;
    const width = bytes[cursor.at++];
    const at = cursor.at;
    cursor.at += width * n;
    if (width === 0) return new Uint8Array(n);
    if (width === 1) return bytes.subarray(at, at + n);
    const numbers = width === 2 ? new Uint16Array(n) : new Uint32Array(n);
    const low = bytes.subarray(at, at + n), high = bytes.subarray(at + n, at + 2 * n);
    for (let i = 0; i < n; i++) numbers[i] = low[i] | (high[i] << 8);
    for (let plane = 2; plane < width; plane++) {
      const more = bytes.subarray(at + plane * n, at + (plane + 1) * n);
      for (let i = 0; i < n; i++) numbers[i] |= more[i] << (8 * plane);
    }
    return numbers;
  }

  function doubles(cursor, n) {
    const made = new Uint8Array(8 * n);
    for (let plane = 0; plane < 8; plane++) {
      const start = cursor.at + plane * n;
      for (let i = 0; i < n; i++) made[8 * i + plane] = cursor.bytes[start + i];
    }
    cursor.at += 8 * n;
    return new Float64Array(made.buffer);
  }

  const signed = (number) => (number >>> 1) ^ -(number & 1);

  function readGeometry(layer, bytes, done) {
    const [features, rings, vertices] = new Uint32Array(bytes.slice(0, 12).buffer);
    const cursor = { bytes, at: 12 };
    starts(layer.ringStart, sequence(cursor, features), done.features);
    starts(layer.vertexStart, sequence(cursor, rings), done.rings);
    const heads = [sequence(cursor, rings), sequence(cursor, rings)];
    for (const [n, axis] of [layer.x, layer.y].entries()) {
      walk(axis, layer.vertexStart, done.rings, heads[n], sequence(cursor, vertices - rings));
    }
    if (layer.size) layer.size.set(doubles(cursor, features), done.features);
    for (let i = done.features; i < done.features + features; i++) measureBox(layer, i);
    done.features += features;
    done.rings += rings;
    done.vertices += vertices;
  }

  function starts(target, lengths, from) {
    for (let i = 0; i < lengths.length; i++) target[from + i + 1] = target[from + i] + lengths[i];
  }

  /** Go along each ring: a step is the step before it and what is added. */
  function walk(axis, vertexStart, from, heads, turns) {
    let head = 0, t = 0;
    for (let ring = 0; ring < heads.length; ring++) {
      const end = vertexStart[from + ring + 1];
      let v = vertexStart[from + ring], step = 0;
      let at = (head += signed(heads[ring]));
      axis[v] = at;
      for (v++; v < end; v++) axis[v] = at += step += signed(turns[t++]);
    }
  }

  function measureBox({ ringStart, vertexStart, x, y, box }, i) {
    const end = vertexStart[ringStart[i + 1]];
    let v = vertexStart[ringStart[i]];
    if (v === end) return box.set(NOWHERE, 4 * i);
    let minX = x[v], maxX = minX, minY = y[v], maxY = minY;
    for (v++; v < end; v++) {
      const atX = x[v], atY = y[v];
      if (atX < minX) minX = atX; else if (atX > maxX) maxX = atX;
      if (atY < minY) minY = atY; else if (atY > maxY) maxY = atY;
    }
    box[4 * i] = minX;
    box[4 * i + 1] = minY;
    box[4 * i + 2] = maxX;
    box[4 * i + 3] = maxY;
  }

  // --- from bytes to values ---

  function readColumn(column, bytes, count) {
    const cursor = { bytes, at: column.start };
    const read = column.json ? JSON.parse : (text) => text;
    if (column.kind === "number") return numberColumn(column, sequence(cursor, count));
    if (column.kind === "double") {
      const numbers = doubles(cursor, count);
      return { value: (i) => (Number.isNaN(numbers[i]) ? null : numbers[i]), codes: null, values: null };
    }
    if (column.kind === "text") {
      const text = textList(cursor, count);
      return { value: (i) => { const found = text(i); return found === null ? null : read(found); }, codes: null, values: null };
    }
    const codes = sequence(cursor, count);
    const values = [null, ...(column.values || dictionary(cursor, column.distinct, read))];
    return { value: (i) => values[codes[i]], codes, values };
  }

  function numberColumn({ min, decimals }, numbers) {
    const unit = 10 ** decimals;
    return { value: (i) => (numbers[i] ? (min + numbers[i] - 1) / unit : null), codes: null, values: null };
  }

  function dictionary(cursor, n, read) {
    const text = textList(cursor, n);
    return Array.from({ length: n }, (_, i) => read(text(i)));
  }

  function textList(cursor, n) {
    const lengths = sequence(cursor, n);
    const offsets = new Uint32Array(n + 1);
    for (let i = 0; i < n; i++) offsets[i + 1] = offsets[i] + (lengths[i] ? lengths[i] - 1 : 0);
    const { bytes, at } = cursor;
    cursor.at += offsets[n];
    return (i) => (lengths[i] ? utf8.decode(bytes.subarray(at + offsets[i], at + offsets[i + 1])) : null);
  }
})();
