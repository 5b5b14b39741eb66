// Step 1: the checkpoint, the anchors, the hand-overs, and what the auditor saw earlier
// (ledger/verify/checkpoints.py).

import { hexOf, sameBytes } from "./bytes.js";
import { LedgerError } from "./errors.js";
import { keyDigest, openCheckpoint } from "./note.js";
import { mark } from "./report.js";

const BY_THE_LEDGER = "a note signed by the ledger's key";

/** Return what a promise gives, or the LedgerError that it ends with. */
async function settled(promise) {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof LedgerError) return error;
    throw error;
  }
}

export class Shown {
  constructor(authority, size) {
    this.authority = authority;
    this.origin = authority.opening.origin;
    this.size = size;
    this.newest = null;
    this.marks = [];
    this.anchored = [];
    this.earlier = [];
    this.handovers = new Map(); // size to the old key that signs there too
    const keys = authority.checkpointKeys;
    for (let at = 1; at < keys.length; at++) this.handovers.set(keys[at][0] + 1, keys[at - 1][1]);
  }

  /** Open the newest checkpoint, which the ledger's key must have signed for this size. */
  async openNewest(note) {
    const found = await settled(this.open(note, this.size));
    if (found instanceof LedgerError) {
      const code = found.is("Refused") ? "CHECKPOINT-SIGNATURE" : "CHECKPOINT-MALFORMED";
      this.marks.push(mark(code, null, BY_THE_LEDGER, found.text()));
    } else if (found.size !== this.size) {
      const expected = `${this.size} entries`;
      this.marks.push(mark("CHECKPOINT-SIZE", null, expected, String(found.size)));
    } else {
      this.newest = found;
      await this.checkHandover(note, this.size);
    }
  }

  /** Open every anchor; each hand-over must have one. */
  async openAnchors(anchors) {
    for (const { note, size } of anchors) {
      const found = await settled(this.open(note, size));
      if (found instanceof LedgerError) {
        this.marks.push(mark("ANCHOR-MALFORMED", null, BY_THE_LEDGER, found.message));
        continue;
      }
      this.anchored.push([size, found]);
      await this.checkHandover(note, size);
    }
    const kept = new Set(this.anchored.map(([size]) => size));
    for (const size of this.handovers.keys()) {
      if (kept.has(size)) continue;
      const expected = `a checkpoint of size ${size}`;
      this.marks.push(mark("HANDOVER-MISSING", size - 1, expected, "none"));
    }
  }

  /** Open the notes that the auditor kept of earlier. */
  async openEarlier(notes) {
    for (const note of notes) {
      const found = await settled(this.openByAnyKey(note));
      if (found instanceof LedgerError) {
        const expected = "a note of this ledger";
        this.marks.push(mark("CHECKPOINT-OLD-MALFORMED", null, expected, found.message));
      } else {
        this.earlier.push(found);
      }
    }
  }

  /** Return every size at which a root is needed to judge them. */
  sizes() {
    return [...this.anchored.map(([size]) => size), ...this.earlier.map((old) => old.size)];
  }

  /** Compare each with the log that is there, whose roots at these sizes are given. */
  compare(roots) {
    const marks = [];
    for (const [size, shown] of this.anchored) {
      const root = roots.get(size);
      if (root === undefined) {
        const beyond = mark("ANCHOR-DIFFERS", null, `a size up to ${this.size}`, String(size));
        marks.push(this.unknown(size, beyond));
      } else if (shown.size !== size || !sameBytes(shown.root, root)) {
        const found = `${shown.size} ${hexOf(shown.root)}`;
        marks.push(mark("ANCHOR-DIFFERS", null, `${size} ${hexOf(root)}`, found));
      }
    }
    for (const old of this.earlier) {
      const root = roots.get(old.size);
      if (root === undefined) {
        const [expected, found] = [`${old.size} entries`, `${this.size} entries`];
        const ahead = mark("CHECKPOINT-OLD-AHEAD", null, expected, found);
        marks.push(this.unknown(old.size, ahead));
      } else if (!sameBytes(old.root, root)) {
        const expected = `${hexOf(old.root)} at ${old.size}`;
        marks.push(mark("CHECKPOINT-OLD-DIFFERS", null, expected, hexOf(root)));
      }
    }
    return marks;
  }

  /** Return why the root at a size is not known: the log ends, or a proof is missing. */
  unknown(size, beyond) {
    if (size > this.size) return beyond;
    return mark("CONSISTENCY-MISSING", null, `a proof from ${size} entries on`, "none");
  }

  open(note, size) {
    return openCheckpoint(note, this.origin, this.authority.checkpointKey(size));
  }

  /** Open a note by the newest of the ledger's keys that signed it. */
  async openByAnyKey(note) {
    const keys = this.authority.checkpointKeys.map(([, key]) => key);
    for (const key of keys.slice(0, -1)) {
      const found = await settled(openCheckpoint(note, this.origin, key));
      if (!(found instanceof LedgerError)) return found;
    }
    return openCheckpoint(note, this.origin, keys.at(-1));
  }

  /** Check that the checkpoint right after a rotation carries the old key's signature too. */
  async checkHandover(note, size) {
    const old = this.handovers.get(size);
    if (old === undefined) return;
    const found = await settled(openCheckpoint(note, this.origin, old));
    if (found instanceof LedgerError) {
      const expected = "signatures of the old and the new key";
      this.marks.push(mark("HANDOVER-SIGNATURE", size - 1, expected, found.message));
    }
  }
}

/** Compare the ledger's fingerprint with the one that the auditor got elsewhere. */
export function fingerprintMarks(authority, trust) {
  const actual = keyDigest(authority.opening.origin, authority.checkpointKeys[0][1]);
  if (trust.fingerprint === null) {
    const expected = "a fingerprint got by another channel";
    return [mark("FINGERPRINT-ABSENT", null, expected, "none")];
  }
  if (sameBytes(trust.fingerprint, actual)) return [];
  return [mark("FINGERPRINT-DIFFERS", 0, hexOf(trust.fingerprint), hexOf(actual))];
}
