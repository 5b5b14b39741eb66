// An evidence file as something to audit; it is never held in memory whole
// (ledger/evidence/reader.py).

import { concat, utf8 } from "./bytes.js";
import { Blocks } from "./blocks.js";
import { readIndex } from "./evidence_index.js";
import { LINE_BYTES_MAX, decodeLine, malformedLine, rawOf } from "./lines.js";

export class EvidenceSource {
  constructor(file, breathe) {
    this.blocks = new Blocks(file);
    this.breathe = breathe;
    this.name = `evidence file ${file.name}`;
    this.index = null;
  }

  /** Read the file through once; throws where a line is none or stands elsewhere. */
  async open() {
    this.index = await readIndex(this.blocks, this.breathe);
  }

  get scope() {
    return "full";
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

  /** Return the entry at a position, and the leaf hash that stands beside it. */
  async row(position) {
    const { entries, firstEntry } = this.index;
    const number = firstEntry + position;
    const bytes = await this.blocks.line(entries.at(position), LINE_BYTES_MAX + 1);
    const [name, line] = decodeLine(bytes, number);
    if (name !== "EntryLine" || line.index !== position) {
      throw malformedLine(number, `entry ${position} should stand here`);
    }
    return { data: utf8(line.entry), leaf: this.index.leaf(position) };
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
