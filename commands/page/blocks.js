// A file read by slices: line after line, or again from an offset. Of the file itself no more is
// held than a few blocks; what is kept of a line is where it begins.

import { concat } from "./bytes.js";
import { unavailable } from "./errors.js";

const BLOCK = 1 << 20;
const BLOCKS_KEPT = 8;

export class Blocks {
  constructor(file) {
    this.file = file;
    this.kept = new Map();
  }

  /** Return block `n`; neighbours are asked for again and again, so the last few are kept. */
  async block(n) {
    let bytes = this.kept.get(n);
    if (bytes === undefined) {
      bytes = await this.read(n * BLOCK, (n + 1) * BLOCK);
      if (this.kept.size >= BLOCKS_KEPT) this.kept.delete(this.kept.keys().next().value);
      this.kept.set(n, bytes);
    }
    return bytes;
  }

  async read(start, stop) {
    try {
      return new Uint8Array(await this.file.slice(start, stop).arrayBuffer());
    } catch (error) {
      const told = `the file cannot be read: ${error.message}`;
      throw unavailable("EVIDENCE-UNREADABLE", told, this.file.name);
    }
  }

  /** Return the bytes from an offset to the next line feed, at most `most` of them. */
  async line(offset, most) {
    const parts = [];
    let length = 0;
    for (;;) {
      const block = await this.block(Math.floor(offset / BLOCK));
      const rest = block.subarray(offset % BLOCK, (offset % BLOCK) + most - length);
      const feed = rest.indexOf(0x0a);
      const part = feed < 0 ? rest : rest.subarray(0, feed + 1);
      parts.push(part);
      length += part.length;
      offset += part.length;
      const ended = feed >= 0 || length >= most || part.length === 0 || offset % BLOCK !== 0;
      if (ended) return parts.length === 1 ? part : concat(...parts);
    }
  }
}
