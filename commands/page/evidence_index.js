// Where the lines of an evidence file stand, from one pass that checks their order
// (ledger/evidence/index.py).

import { compareText, utf8 } from "./bytes.js";
import { unavailable } from "./errors.js";
import { LINE_BYTES_MAX, ORDER, checkPart, decodeLine, malformedLine, rawOf, tokenOf } from "./lines.js";
import { figure } from "./text.js";

const TILE_BYTES = 256 * 32;
const ENTRY_HEAD = utf8('{"entry":"');
const ENTRY_TAIL = utf8('"kind":"entry"}\n');
const SORTED = "lines of this kind are sorted, and none is repeated";

/** Return where the lines of a file stand; `breathe` lets the page live in between. */
export async function readIndex(blocks, breathe) {
  const reading = new Reading();
  let offset = 0;
  for (;;) {
    const bytes = await blocks.line(offset, LINE_BYTES_MAX + 1);
    if (bytes.length === 0) break;
    if (reading.whole) {
      throw malformedLine(reading.number + 1, "something stands behind the last line");
    }
    if (bytes[bytes.length - 1] !== 0x0a && bytes.length <= LINE_BYTES_MAX) break;
    reading.take(bytes, offset);
    offset += bytes.length;
    await breathe("reading", offset, blocks.file.size);
  }
  if (!reading.whole) {
    const told = `the file ends after ${figure(reading.number)} lines without its last line`;
    throw unavailable("EVIDENCE-TRUNCATED", told);
  }
  return reading;
}

class Reading {
  constructor() {
    this.number = 0;
    this.whole = false;
    this.head = null;
    this.anchors = [];
    this.tiles = []; // 256 leaf hashes each
    this.leafBytes = 0;
    this.entries = new Offsets();
    this.firstEntry = 0;
    this.absent = [];
    this.documents = new Map(); // SHA-256 to the offset and number of the first part's line
    this.lastDocument = null;
    this.last = null; // name and line of the last line that is no entry
    this.place = -1;
  }

  take(bytes, offset) {
    this.number += 1;
    if (bytes.length > LINE_BYTES_MAX) {
      throw malformedLine(this.number, `it has more than ${figure(LINE_BYTES_MAX)} bytes`);
    }
    // Entries are so many that only their frame is looked at now, and decoded when needed.
    if (beginsWith(bytes, ENTRY_HEAD) && endsWith(bytes, ENTRY_TAIL)) {
      this.checkOrder("EntryLine");
      this.firstEntry ||= this.number;
      this.entries.push(offset);
      return;
    }
    const [name, line] = decodeLine(bytes, this.number);
    this.checkOrder(name);
    this[`take${name}`](line, offset);
    this.last = [name, line];
  }

  checkOrder(name) {
    const place = ORDER.indexOf(name);
    if (place < this.place || (this.number === 1) !== (name === "Head")) {
      throw malformedLine(this.number, `a line of this kind (${name}) stands elsewhere`);
    }
    const [before, part] = this.last ?? [];
    if (before === "DocumentLine" && part.part < part.parts && name !== "DocumentLine") {
      throw malformedLine(this.number, "the document before it is not whole");
    }
    this.place = place;
  }

  checkSorted(before, name) {
    if (before !== undefined && compareText(before, name) >= 0) {
      throw malformedLine(this.number, SORTED);
    }
  }

  takeHead(line) {
    this.head ??= line;
  }

  takeAnchorLine(line) {
    const anchor = { size: line.size, note: utf8(line.note), token: tokenOf(line, this.number) };
    const before = this.anchors.at(-1);
    if (before !== undefined && compareAnchors(before, anchor) >= 0) {
      throw malformedLine(this.number, SORTED);
    }
    this.anchors.push(anchor);
  }

  takeTileLine(line) {
    const hashes = rawOf(line.hashes, this.number);
    const expected = Math.min(this.head.size * 32 - this.leafBytes, TILE_BYTES);
    const next = line.n * TILE_BYTES === this.leafBytes;
    if (!next || hashes.length !== expected || hashes.length === 0) {
      throw malformedLine(this.number, "it is not the next tile of a log of this size");
    }
    this.tiles.push(hashes);
    this.leafBytes += hashes.length;
  }

  takeEntryLine() {
    throw new Error("an entry's spelling begins and ends with its frame");
  }

  takeAbsentLine(line) {
    this.checkSorted(this.absent.at(-1), line.sha256);
    this.absent.push(line.sha256);
  }

  takeDocumentLine(line, offset) {
    const before = this.last?.[0] === "DocumentLine" ? this.last[1] : null;
    if (before === null || before.part === before.parts) {
      if (line.part !== 1) {
        throw malformedLine(this.number, "a document begins with its first part");
      }
      this.checkSorted(this.lastDocument ?? undefined, line.sha256);
      this.documents.set(line.sha256, { offset, number: this.number });
      this.lastDocument = line.sha256;
    } else if (
      line.sha256 !== before.sha256 || line.part !== before.part + 1 || line.parts !== before.parts
    ) {
      throw malformedLine(this.number, "it is not the next part of the document before it");
    }
    checkPart(line, this.number);
  }

  takeEnd(line) {
    const { size } = this.head;
    if (line.lines !== this.number - 1) {
      throw malformedLine(this.number, `it counts ${figure(line.lines)} lines before it`);
    }
    if (this.entries.length !== size || this.leafBytes !== size * 32) {
      const told = `there are not ${figure(size)} entries and leaf hashes before it`;
      throw malformedLine(this.number, told);
    }
    this.whole = true;
  }

  /** Return the leaf hash that the tiles give for a position; empty where they give none. */
  leaf(position) {
    const tile = this.tiles[Math.floor(position / 256)] ?? new Uint8Array(0);
    return tile.subarray((position % 256) * 32, (position % 256) * 32 + 32);
  }
}

/** Offsets in a file, 8 bytes each. */
class Offsets {
  constructor() {
    this.length = 0;
    this.values = new Float64Array(1024);
  }

  push(offset) {
    if (this.length === this.values.length) {
      const grown = new Float64Array(2 * this.length);
      grown.set(this.values);
      this.values = grown;
    }
    this.values[this.length++] = offset;
  }

  at(position) {
    return this.values[position];
  }
}

function beginsWith(bytes, head) {
  return bytes.length >= head.length && head.every((byte, at) => bytes[at] === byte);
}

function endsWith(bytes, tail) {
  return beginsWith(bytes.subarray(Math.max(0, bytes.length - tail.length)), tail);
}

function compareAnchors(one, other) {
  return (
    one.size - other.size ||
    compareBytes(one.note, other.note) ||
    compareBytes(one.token ?? new Uint8Array(0), other.token ?? new Uint8Array(0))
  );
}

function compareBytes(one, other) {
  for (let at = 0; at < Math.min(one.length, other.length); at++) {
    if (one[at] !== other[at]) return one[at] - other[at];
  }
  return one.length - other.length;
}

