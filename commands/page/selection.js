// An audit of a selection: some entries of a log, each with the proof that it stands in it
// (ledger/verify/selection.py). What only the whole log shows is listed as not checked.

import { firstFrom, hexOf, sameBytes } from "./bytes.js";
import { readAny } from "./entry.js";
import { LedgerError, caught, unavailable } from "./errors.js";
import { checkTarget } from "./history.js";
import { Judge } from "./judge.js";
import { EMPTY_ROOT, leafHash, verifyConsistency, verifyInclusion } from "./merkle.js";
import { Reducer } from "./reduce.js";
import { mark } from "./report.js";
import { BATCH, Run } from "./run.js";
import { targetsOf } from "./statement.js";

export class SelectionAudit extends Run {
  constructor(...given) {
    super(...given);
    this.proved = null; // size to root
    this.leaves = new Map();
    this.reducer = new SelectionReducer((index) => this.event(index), this.add);
    this.blind.push(
      "what else the log holds: the selection may leave out entries that others would ask for",
      "that ids, identifiers and idempotency keys are used once in the whole log",
      "that recorded_at never decreases between entries that are not neighbours here",
    );
  }

  /** Run the steps in order; return early where going on would say nothing. */
  async steps() {
    const found = this.findings;
    // 1 entry 0 and checkpoint, by the control chain, which must be whole; all hashes come first,
    // so that what is read later is the same
    found.begin(1);
    this.checkFile();
    this.size = this.source.size();
    await this.hashLeaves();
    if (!(await this.hasChain())) return;
    const newest = await this.checkCheckpoints();
    // 2 witnesses, as the trust asks
    await this.checkOutside();
    // 3 tree: every entry and every earlier tree leads to the checkpoint's root
    found.begin(3);
    if (newest === null || !(await this.checkProofs(newest)) || found.failed) return;
    this.root = newest.root;
    // 4 spelling, 5 control chain, 6 signatures, 7 rights, 8 targets and what signers had seen
    found.begin(4);
    await this.judgeEntries();
    this.checkSeen(newest);
    // 10 documents
    found.begin(10);
    await this.checkDocuments();
  }

  async hashLeaves() {
    for (let place = 0; place < this.source.held; place++) {
      const { index, data } = await this.source.selected(place);
      this.leaves.set(index, leafHash(data));
      await this.breathe("hashing", place + 1, this.source.held);
    }
  }

  async bytes(index) {
    const place = this.source.placeOf(index);
    if (place < 0) throw unavailable("ENTRY-ABSENT", `entry ${index} is not in the selection`);
    const { data } = await this.source.selected(place);
    if (sameBytes(leafHash(data), this.leaves.get(index))) return data;
    throw changed(index);
  }

  async hasChain() {
    if (this.size === 0) {
      this.add(mark("ENTRY0-MISSING", null, "LedgerOpened", "no entries"));
      return false;
    }
    try {
      return await this.readControl();
    } catch (error) {
      if (!(error instanceof LedgerError) || error.code !== "ENTRY-ABSENT") throw error;
      this.add(mark("CHAIN-INCOMPLETE", null, "the whole chain", error.message));
      return false;
    }
  }

  /** Return the roots at these sizes that a consistency proof leads from to the newest. */
  rootsAt(sizes, newest) {
    if (newest === null) return new Map();
    if (this.proved === null) {
      this.proved = new Map([[0, EMPTY_ROOT], [newest.size, newest.root]]);
      for (const { size, root, proof } of this.source.earlier) {
        if (verifyConsistency([size, root], [newest.size, newest.root], proof)) {
          this.proved.set(size, root);
        } else {
          const expected = `${hexOf(newest.root)} from ${size} entries on`;
          this.add(mark("CONSISTENCY-DIFFERS", null, expected, "another root"));
        }
      }
    }
    const known = [...new Set(sizes)].filter((size) => this.proved.has(size));
    return new Map(known.map((size) => [size, this.proved.get(size)]));
  }

  /** Return whether each entry leads to the root. */
  async checkProofs(newest) {
    for (let place = 0; place < this.source.held; place++) {
      const { index, data, proof } = await this.source.selected(place);
      const leaf = leafHash(data);
      this.findings.count(3, 1);
      if (!sameBytes(leaf, this.leaves.get(index))) throw changed(index);
      if (!verifyInclusion(leaf, index, newest.size, newest.root, proof)) {
        this.add(mark("INCLUSION-DIFFERS", index, hexOf(newest.root), "another root"));
      }
      await this.breathe("proofs", place + 1, this.source.held);
    }
    this.findings.count(3, this.source.earlier.length);
    return !this.findings.failed;
  }

  async judgeEntries() {
    const judge = new Judge(this.control, this.add), { held } = this.source, ids = new Set();
    for (let place = 0; place < held; place++) {
      const { index } = await this.source.selected(place);
      const event = judge.take(index, await this.bytes(index));
      if (event !== null) ids.add(event.statement.id);
      if (place % BATCH === BATCH - 1) await judge.settle();
      await this.breathe("judging", place + 1, held);
    }
    await judge.settle();
    this.reducer.begin(ids, this.control.chain);
    for (let place = 0; place < held; place++) {
      const { index, data } = await this.source.selected(place);
      if (!sameBytes(leafHash(data), this.leaves.get(index))) throw changed(index);
      const event = caught(() => readAny(index, data));
      const read = event instanceof LedgerError ? null : event; // marked already
      await this.reducer.take(index, read);
      if (read !== null) this.watch(read);
      await this.breathe("ordering", place + 1, held);
    }
    await this.endReduce(held, judge.signatures);
  }
}

function changed(index) {
  return unavailable("SOURCE-CHANGED", `entry ${index} is not what it was a moment ago`);
}

/** The reduce pass over entries with gaps between them. */
class SelectionReducer extends Reducer {
  /** Take in which ids there are, and the control chain: the last entry at its end. */
  begin(ids, chain) {
    this.held = ids;
    this.chain = chain.slice(0, -1);
    this.last = chain.at(-1);
  }

  /** Compare an entry with the control entries that the last entry leads back to. */
  judgeControl(index, control, isControlEntry) {
    const before = firstFrom(this.chain, index);
    const named = before ? this.chain[before - 1] : 0;
    if (control !== named) this.add(mark("CONTROL-CHAIN", index, String(named), String(control)));
    const listed = this.chain[before] === index;
    if (isControlEntry !== null && index !== this.last && isControlEntry !== listed) {
      const expected = listed ? "a control entry" : "no control entry, as the chain leads past";
      this.add(mark("CONTROL-CHAIN", index, expected, "the opposite"));
    }
  }

  /** Judge what an entry is about if that is here. */
  async judgeTarget(index, statement) {
    const [target] = targetsOf(statement);
    if (target === undefined) return;
    if (this.held.has(target.id)) await this.check(index, statement, checkTarget);
    else this.add(mark("TARGET-ABSENT", index, `the event ${target.id}`, "none"));
  }
}
