// An audit: the ten numbered steps of ledger/verify/audit.py, over all of a log. It trusts nothing
// that it reads, and needs no network and no clock. `selection.js` has the steps for a part.

import { hexOf, sameBytes } from "./bytes.js";
import { selfTest } from "./ed25519.js";
import { LedgerError, unavailable } from "./errors.js";
import { Judge } from "./judge.js";
import { Frontier, leafHash } from "./merkle.js";
import { Reducer } from "./reduce.js";
import { mark } from "./report.js";
import { BATCH, Run } from "./run.js";
import { SelectionAudit } from "./selection.js";

/** Audit a source and return the report; `watch` sees each event that could be read. */
export async function audit(source, trust, breathe, watch = () => {}) {
  let run = new FullAudit(source, trust, breathe, watch);
  try {
    run.findings.begin(1); // what is no source at all ends here
    await selfTest();
    await source.open();
    if (source.isSelection) run = new SelectionAudit(source, trust, breathe, watch);
    await run.steps();
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    run.fail(error);
  }
  return run.report();
}

class FullAudit extends Run {
  constructor(...given) {
    super(...given);
    this.leaves = new Uint8Array(0);
    this.differing = [];
    this.reducer = new Reducer((index) => this.event(index), this.add);
  }

  /** Run the steps in order; return early where going on would say nothing. */
  async steps() {
    const found = this.findings;
    // 1 entry 0 and checkpoint; all hashes come first, so that what is read later is the same
    found.begin(1);
    this.checkFile();
    this.size = this.source.size();
    if (!(await this.hashLeaves()) || !(await this.readControl())) return;
    const newest = await this.checkCheckpoints();
    // 2 witnesses, as the trust asks
    await this.checkOutside();
    // 3 tree
    found.begin(3);
    if (newest === null || !this.checkTree(newest) || found.failed) return;
    // 4 spelling, 5 control chain, 6 signatures, 7 rights, 8 order
    found.begin(4);
    await this.judgeEntries();
    this.checkSeen(newest);
    // 9 a live store's index, tiles and tree row: an evidence file has none
    found.begin(9);
    // 10 documents
    found.begin(10);
    await this.checkDocuments();
  }

  /** Return an entry's bytes again, which must be those that were hashed. */
  async bytes(index) {
    const { data } = await this.source.row(index);
    if (sameBytes(leafHash(data), this.leaf(index))) return data;
    throw unavailable("SOURCE-CHANGED", `entry ${index} is not what it was a moment ago`);
  }

  leaf(index) {
    return this.leaves.subarray(32 * index, 32 * index + 32);
  }

  /** Hash every entry's bytes; the leaf hashes beside them are compared and not trusted. */
  async hashLeaves() {
    this.leaves = new Uint8Array(32 * this.size);
    for (let index = 0; index < this.size; index++) {
      const { data, leaf: beside } = await this.source.row(index);
      const leaf = leafHash(data);
      if (!sameBytes(leaf, beside)) {
        this.differing.push(mark("COLUMN-LEAF", index, hexOf(leaf), hexOf(beside)));
      }
      this.leaves.set(leaf, 32 * index);
      await this.breathe("hashing", index + 1, this.size);
    }
    if (this.size > 0) return true;
    this.add(mark("ENTRY0-MISSING", null, "LedgerOpened", "no entries"));
    return false;
  }

  /** Return the roots at many sizes in one sweep; sizes beyond the log are left out. */
  rootsAt(sizes) {
    const roots = new Map(), frontier = new Frontier();
    for (const size of [...new Set(sizes)].sort((one, other) => one - other)) {
      if (size > this.size) continue;
      while (frontier.size < size) frontier.append(this.leaf(frontier.size));
      roots.set(size, frontier.root());
    }
    return roots;
  }

  checkTree(newest) {
    this.root = this.rootsAt([this.size]).get(this.size);
    this.findings.count(3, this.size);
    if (sameBytes(this.root, newest.root)) return true;
    this.add(mark("ROOT-DIFFERS", null, hexOf(newest.root), hexOf(this.root)));
    return false;
  }

  async judgeEntries() {
    const judge = new Judge(this.control, this.add);
    for (let index = 0; index < this.size; index++) {
      const event = judge.take(index, await this.bytes(index));
      await this.reducer.take(index, event);
      if (event !== null) this.watch(event);
      if (index % BATCH === BATCH - 1) await judge.settle();
      await this.breathe("judging", index + 1, this.size);
    }
    await judge.settle();
    await this.endReduce(this.size, judge.signatures);
  }

  report() {
    this.differing.forEach(this.add);
    return super.report();
  }
}
