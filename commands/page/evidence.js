// An evidence file as something to audit; it is never held in memory whole
// (ledger/evidence/reader.py).

import { concat, utf8 } from "./bytes.js";
import { Blocks } from "./blocks.js";
import { readIndex } from "./evidence_index.js";
import { LINE_BYTES_MAX, decodeLine, malformedLine, proofOf, rawOf } from "./lines.js";
import { figure } from "./text.js";

const TILE_WIDTH = 256;

export class EvidenceSource {
  constructor(file, breathe) {
    this.blocks = new Blocks(file);
    this.breathe = breathe;
    this.name = `evidence file ${file.name}`;
    this.index = null;
    this.tile = { n: -1, hashes: null };
  }

  /** Read the file through once; throws where a line is none or stands elsewhere. */
  async open() {
    this.index = await readIndex(this.blocks, this.breathe);
  }

  get scope() {
    if (this.index === null) return "unknown";
    if (!this.isSelection) return "full";
    const { positions, head } = this.index;
    return `selection ${figure(positions.length)} of ${figure(head.size)}`;
  }

  /** Return what a selection was asked for. */
  get asked() {
    return this.index === null ? [] : this.index.head.asked;
  }

  get isSelection() {
    return this.index.isSelection;
  }

  /** Return how many entries a selection holds. */
  get held() {
    return this.index.positions.length;
  }

  /** Return the roots at earlier sizes, with what leads from there to the newest. */
  get earlier() {
    return this.index.consistency;
  }

  /** Return in what it is not as it was written, or null. */
  damage() {
    return this.index.damage;
  }

  size() {
    return this.index.head.size;
  }

  checkpoint() {
    return utf8(this.index.head.checkpoint);
  }

  anchors() {
    return this.index.anchors;
  }

  /** Return the entry at a position of a full file, and the leaf hash that stands beside it. */
  async row(position) {
    const { entries, firstEntry } = this.index;
    const number = firstEntry + position;
    const [name, line] = await this.line(entries.at(position), number);
    if (name !== "EntryLine" || line.index !== position) {
      throw malformedLine(number, `entry ${position} should stand here`);
    }
    const at = (position % TILE_WIDTH) * 32;
    const tile = await this.tileHashes(Math.floor(position / TILE_WIDTH));
    return { data: utf8(line.entry), leaf: tile.subarray(at, at + 32) };
  }

  /** Return the leaf hashes of a tile; neighbours ask for the same one. */
  async tileHashes(n) {
    if (this.tile.n !== n) {
      const [name, line] = await this.line(this.index.tiles.at(n), 0);
      this.tile = { n, hashes: name === "TileLine" ? rawOf(line.hashes, 0) : new Uint8Array(0) };
    }
    return this.tile.hashes;
  }

  /** Return the position, bytes and inclusion proof of a selection's entry at a place in it. */
  async selected(place) {
    const { entries, firstEntry, positions } = this.index;
    const number = firstEntry + place, index = positions.at(place);
    const [name, line] = await this.line(entries.at(place), number);
    if (name !== "SelectedLine" || line.index !== index) {
      throw malformedLine(number, `entry ${index} should stand here`);
    }
    return { index, data: utf8(line.entry), proof: proofOf(line, number) };
  }

  /** Return the place of a position in a selection, or -1. */
  placeOf(position) {
    const place = this.index.positions.search(position);
    return this.index.positions.at(place) === position ? place : -1;
  }

  async line(offset, number) {
    return decodeLine(await this.blocks.line(offset, LINE_BYTES_MAX + 1), number);
  }

  documentNames() {
    return [...this.index.documents.keys()];
  }

  leftOut() {
    return this.index.absent;
  }

  /** Return a document's bytes, or null where the file carries none. */
  async document(sha256) {
    const found = this.index.documents.get(sha256);
    if (found === undefined) return null;
    const pieces = [];
    let { offset } = found, part = 0, parts = 1;
    while (part < parts) {
      const number = found.number + part;
      const bytes = await this.blocks.line(offset, LINE_BYTES_MAX + 1);
      const [name, line] = decodeLine(bytes, number);
      if (name !== "DocumentLine" || line.sha256 !== sha256) {
        throw malformedLine(number, `the document ${sha256.slice(0, 8)}… should stand here`);
      }
      pieces.push(rawOf(line.data, number));
      offset += bytes.length;
      part += 1;
      parts = line.parts;
    }
    return concat(...pieces);
  }
}
