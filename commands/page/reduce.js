// What only the order of all entries shows, in one sweep (ledger/verify/reduce.py).

import { compareText, hexOf } from "./bytes.js";
import { LedgerError } from "./errors.js";
import { checkHistory, summarize } from "./history.js";
import { mark } from "./report.js";
import {
  idempotencyKey, isControl, namedCheckpoints, openedBy, replacedBy, targetsOf,
} from "./statement.js";
import { TABLES } from "./tables.js";

const SUMMARIES = 10_000;

export class Reducer {
  /** Take what returns the event at a position, and what takes the marks. */
  constructor(read, add) {
    this.read = read;
    this.add = add;
    this.newestControl = 0;
    this.maybeControl = [];
    this.recordedAt = "";
    this.firstRecordedAt = null;
    this.seen = new Map(); // "size root" to size, root and the first entry that says so
    this.documents = new Map(); // "SHA-256 size" to both and the first entry that names it so
    this.disposed = new Set();
    this.anchored = []; // positions of checkpoints that were dated or cosigned outside
    this.ids = new Map();
    this.openersOf = new Map();
    this.successors = new Map();
    this.keys = new Map();
    this.summaries = new Map();
  }

  /** Fold in the next entry; null is one that has no one spelling. */
  async take(index, event) {
    if (event === null) {
      this.maybeControl.push(index);
      return;
    }
    const { entry, statement } = event;
    this.judgeControl(index, entry.control, statement.unknown ? null : isControl(statement));
    this.judgeTime(index, entry.recorded_at);
    await this.judgeHistory(index, statement);
    const seen = statement.unknown ? [statement.seen].filter(Boolean) : namedCheckpoints(statement);
    for (const { size, root } of seen) {
      if (size > index) {
        this.add(mark("SEEN-AHEAD", index, `at most ${index} entries`, String(size)));
      }
      const key = `${size} ${root}`;
      if (!this.seen.has(key)) this.seen.set(key, { size, root, index });
    }
    this.collectDocuments(index, statement);
  }

  judgeControl(index, control, isControlEntry) {
    if (this.maybeControl.includes(control)) this.newestControl = control; // only now is it known
    if (control !== this.newestControl) {
      const expected = String(this.newestControl);
      this.add(mark("CONTROL-CHAIN", index, expected, String(control)));
    }
    this.maybeControl = isControlEntry === null ? [index] : [];
    if (isControlEntry) this.newestControl = index;
  }

  judgeTime(index, recordedAt) {
    if (recordedAt < this.recordedAt) {
      const later = `${this.recordedAt} or later`;
      this.add(mark("CLOCK-BACKWARDS", index, later, recordedAt));
    } else {
      this.recordedAt = recordedAt;
    }
    this.firstRecordedAt ??= recordedAt;
  }

  async judgeHistory(index, statement) {
    const first = this.ids.get(statement.id);
    if (first !== undefined) {
      const found = `the id of entry ${first}`;
      this.add(mark("ID-REUSED", index, "an id of its own", found));
      return;
    }
    if (statement.unknown) {
      this.ids.set(statement.id, index);
      return;
    }
    const key = idempotencyKey(statement);
    const own = key === null ? null : `${statement.asserted_by.toLowerCase()} ${key}`;
    if (own !== null && this.keys.has(own)) {
      const found = `the key of entry ${this.keys.get(own)}`;
      this.add(mark("IDEMPOTENCY-REUSED", index, "a new key", found));
    }
    const opened = openedBy(statement);
    await this.judgeTarget(index, statement, opened);
    this.remember(index, statement, own, opened);
  }

  async judgeTarget(index, statement, opened) {
    if (targetsOf(statement).length || (opened !== null && this.openersOf.has(opened))) {
      await this.check(index, statement, checkHistory);
    }
  }

  /** Mark what a rule of history says of an entry. */
  async check(index, statement, rule) {
    try {
      await rule(statement, this);
    } catch (error) {
      const known = error instanceof LedgerError && Object.hasOwn(TABLES.conditions, error.code);
      if (!known || error.code.startsWith("EVIDENCE-")) throw error;
      this.add(mark(error.code, index, "what the log allows", error.message));
    }
  }

  remember(index, statement, key, opened) {
    this.ids.set(statement.id, index);
    if (opened !== null) {
      if (!this.openersOf.has(opened)) this.openersOf.set(opened, []);
      this.openersOf.get(opened).push(index);
    }
    const replaced = replacedBy(statement);
    if (replaced !== null && !this.successors.has(replaced.id)) {
      this.successors.set(replaced.id, index);
    }
    if (key !== null && !this.keys.has(key)) this.keys.set(key, index);
  }

  collectDocuments(index, statement) {
    const { type, basis, data } = statement;
    const named = statement.documents.map(({ sha256, size }) => ({ sha256, size, index }));
    if (statement.annex !== null) named.push({ sha256: statement.annex, size: null, index });
    for (const one of named) {
      this.disposed.delete(one.sha256); // what is named again after that is kept again
      const key = `${one.sha256} ${one.size}`;
      if (!this.documents.has(key)) this.documents.set(key, one);
    }
    if (type === "CheckpointAnchored.v1" && !statement.unknown) this.anchored.push(index);
    if (type === "DocumentDisposed.v1" && basis === "first_party" && data !== null) {
      this.disposed.add(data.document);
    }
  }

  // What `history.js` asks for.

  byId(id) {
    return this.summary(this.ids.get(id));
  }

  successor(id) {
    return this.summary(this.successors.get(id));
  }

  openers(opened) {
    return Promise.all((this.openersOf.get(opened) ?? []).map((index) => this.summary(index)));
  }

  async summary(index) {
    if (index === undefined) return null;
    if (!this.summaries.has(index)) {
      const made = summarize(await this.read(index));
      if (this.summaries.size >= SUMMARIES) this.summaries.clear();
      this.summaries.set(index, made);
    }
    return this.summaries.get(index);
  }
}

/** Mark each signer that had verified another history than this one, of `newest` entries. */
export function judgeSeen(seen, roots, newest) {
  const marks = [];
  const order = (one, other) => one.size - other.size || compareText(one.root, other.root);
  for (const { size, root, index } of [...seen.values()].sort(order)) {
    if (size > newest) continue; // marked already
    const actual = roots.has(size) ? hexOf(roots.get(size)) : null;
    if (actual === null) {
      marks.push(mark("SEEN-UNPROVEN", index, `a proof from ${size} entries on`, "none"));
    } else if (actual !== root) {
      marks.push(mark("SEEN-DIFFERS", index, `${actual} at ${size}`, root));
    }
  }
  return marks;
}
