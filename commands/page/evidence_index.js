// Where the lines of an evidence file stand, from one pass that checks their order
// (ledger/evidence/index.py).

import { bytesOfHex, compareText, firstFrom, hexOf, utf8 } from "./bytes.js";
import { unavailable } from "./errors.js";
import {
  LINE_BYTES_MAX, ORDER, checkHead, checkPart, decodeLine, malformedLine, proofOf, rawOf, tokenOf,
} from "./lines.js";
import { Sha256 } from "./sha256.js";
import { TABLES } from "./tables.js";
import { figure } from "./text.js";

const TILE_WIDTH = 256;
const TILE_BYTES = TILE_WIDTH * 32;
const { limits } = TABLES;
const ENTRY_HEAD = utf8('{"entry":"');
const ENTRY_TAIL = utf8('"kind":"entry"}\n');
/** The kinds of lines that a selection has none of, and a full file. */
const NOT_IN = { selection: ["TileLine", "EntryLine"], full: ["ConsistencyLine", "SelectedLine"] };
const SORTED = "lines of this kind are sorted, and none is repeated";

/** Return where the lines of a file stand; `breathe` lets the page live in between. */
export async function readIndex(blocks, breathe) {
  const reading = new Reading(), digest = new Sha256();
  let offset = 0;
  for (;;) {
    const bytes = await blocks.line(offset, LINE_BYTES_MAX + 1);
    if (bytes.length === 0) break;
    if (reading.whole) {
      throw malformedLine(reading.number + 1, "something stands behind the last line");
    }
    if (bytes[bytes.length - 1] !== 0x0a && bytes.length <= LINE_BYTES_MAX) break;
    reading.take(bytes, offset);
    if (!reading.whole) digest.update(bytes);
    offset += bytes.length;
    await breathe("reading", offset, blocks.file.size);
  }
  if (!reading.whole) {
    const told = `the file ends after ${figure(reading.number)} lines without its last line`;
    throw unavailable("EVIDENCE-TRUNCATED", told);
  }
  const found = hexOf(digest.digest());
  reading.damage = found === reading.digest ? null : { expected: reading.digest, found };
  return reading;
}

class Reading {
  constructor() {
    this.number = 0;
    this.whole = false;
    this.head = null;
    this.anchors = [];
    this.anchorsBytes = 0;
    this.tiles = new Numbers(); // offsets
    this.consistency = [];
    this.positions = new Numbers(); // of a selection's entries
    this.entries = new Numbers(); // offsets
    this.firstEntry = 0;
    this.absent = [];
    this.documents = new Map(); // SHA-256 to the offset and number of the first part's line
    this.last = null; // name and line of the last line that is no entry
    this.place = -1;
    this.digest = ""; // that the last line tells
    this.damage = null; // it, and the one that the bytes have, where these differ
  }

  get isSelection() {
    return this.head?.scope === "selection";
  }

  take(bytes, offset) {
    this.number += 1;
    if (bytes.length > LINE_BYTES_MAX) {
      throw malformedLine(this.number, `it has more than ${figure(LINE_BYTES_MAX)} bytes`);
    }
    // Entries are so many that only their frame is looked at now, and decoded when needed.
    if (beginsWith(bytes, ENTRY_HEAD) && endsWith(bytes, ENTRY_TAIL)) {
      this.checkOrder("EntryLine");
      this.checkLong(bytes);
      this.firstEntry ||= this.number;
      this.entries.push(offset);
      return;
    }
    const [name, line] = decodeLine(bytes, this.number);
    this.checkOrder(name);
    this[`take${name}`](line, offset, bytes);
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
    if (NOT_IN[this.isSelection ? "selection" : "full"].includes(name)) {
      throw malformedLine(this.number, "a line of this kind is of another scope");
    }
    this.place = place;
  }

  checkLong(bytes) {
    if (bytes.length < limits.entryLine) {
      throw malformedLine(this.number, `no entry has less than ${limits.entryLine} bytes`);
    }
  }

  checkCount(count, most) {
    if (count >= most) {
      const told = `of this kind of line a file holds ${figure(most)} at most`;
      throw malformedLine(this.number, told);
    }
  }

  checkSorted(before, name) {
    if (before !== undefined && compareText(before, name) >= 0) {
      throw malformedLine(this.number, SORTED);
    }
  }

  takeHead(line) {
    checkHead(line, this.number);
    this.head = line;
  }

  takeAnchorLine(line, offset, bytes) {
    const anchor = { size: line.size, note: utf8(line.note), token: tokenOf(line, this.number) };
    const before = this.anchors.at(-1);
    if (before !== undefined && compareAnchors(before, anchor) >= 0) {
      throw malformedLine(this.number, SORTED);
    }
    this.anchorsBytes += bytes.length;
    this.checkCount(this.anchorsBytes, limits.anchors);
    this.anchors.push(anchor);
  }

  takeTileLine(line, offset) {
    const n = this.tiles.length;
    const expected = Math.min(this.head.size * 32 - n * TILE_BYTES, TILE_BYTES);
    if (line.n !== n || rawOf(line.hashes, this.number).length !== expected || expected <= 0) {
      throw malformedLine(this.number, "it is not the next tile of a log of this size");
    }
    this.tiles.push(offset);
  }

  takeConsistencyLine(line) {
    const before = this.consistency.at(-1)?.size ?? -1;
    if (line.size <= before || line.size > this.head.size) {
      throw malformedLine(this.number, "its size is not behind the one before it");
    }
    const proof = proofOf(line, this.number);
    this.checkCount(this.consistency.length, limits.earlier);
    this.consistency.push({ size: line.size, root: bytesOfHex(line.root), proof });
  }

  takeSelectedLine(line, offset, bytes) {
    this.checkLong(bytes);
    const before = this.positions.at(this.positions.length - 1) ?? -1;
    if (line.index <= before || line.index >= this.head.size) {
      throw malformedLine(this.number, "its position is not behind the one before it");
    }
    proofOf(line, this.number);
    this.firstEntry ||= this.number;
    this.positions.push(line.index);
    this.entries.push(offset);
  }

  takeEntryLine() {
    throw new Error("an entry's spelling begins and ends with its frame");
  }

  takeAbsentLine(line) {
    this.checkSorted(this.absent.at(-1), line.sha256);
    this.checkCount(this.absent.length, limits.names);
    this.absent.push(line.sha256);
  }

  takeDocumentLine(line, offset) {
    const before = this.last?.[0] === "DocumentLine" ? this.last[1] : null;
    if (before === null || before.part === before.parts) {
      if (line.part !== 1) {
        throw malformedLine(this.number, "a document begins with its first part");
      }
      this.checkSorted(before?.sha256, line.sha256);
      this.checkCount(this.documents.size, limits.names);
      this.documents.set(line.sha256, { offset, number: this.number });
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
    const tiles = Math.ceil(size / TILE_WIDTH);
    const holdsAll = this.entries.length === size && this.tiles.length === tiles;
    if (!this.isSelection && !holdsAll) {
      const told = `there are not ${figure(size)} entries and leaf hashes before it`;
      throw malformedLine(this.number, told);
    }
    this.digest = line.sha256;
    this.whole = true;
  }
}

/** Offsets in a file or positions in a log, 8 bytes each. */
class Numbers {
  constructor() {
    this.length = 0;
    this.values = new Float64Array(1024);
  }

  push(number) {
    if (this.length === this.values.length) {
      const grown = new Float64Array(2 * this.length);
      grown.set(this.values);
      this.values = grown;
    }
    this.values[this.length++] = number;
  }

  at(place) {
    return place < this.length ? this.values[place] : undefined;
  }

  /** Return the first place whose number is not below this one. */
  search(number) {
    return firstFrom(this.values, number, this.length);
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

