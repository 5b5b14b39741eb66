// An audit of a full evidence file: the ten numbered steps of ledger/verify/audit.py. It trusts
// nothing that it reads, and needs no network and no clock.

import { hexOf, sameBytes } from "./bytes.js";
import { SEES_ALL, readControl } from "./control.js";
import { judgeDocuments } from "./documents.js";
import { selfTest } from "./ed25519.js";
import { readEvent } from "./entry.js";
import { LedgerError, unavailable } from "./errors.js";
import { Judge } from "./judge.js";
import { Frontier, leafHash } from "./merkle.js";
import { keyDigest } from "./note.js";
import { Reducer, judgeSeen } from "./reduce.js";
import { Findings, mark } from "./report.js";
import { Shown, fingerprintMarks } from "./shown.js";
import { TABLES } from "./tables.js";
import { keyRows, pinMarks, trustRow } from "./trust.js";

const BATCH = 256; // signatures of so many entries are asked for at a time

/** Audit a source and return the report; `watch` sees each event and what replaced it. */
export async function audit(source, trust, breathe, watch = () => {}) {
  const run = new Audit(source, trust, breathe, watch);
  try {
    await run.steps();
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    run.fail(error);
  }
  return run.report();
}

class Audit {
  constructor(source, trust, breathe, watch) {
    Object.assign(this, { source, trust, breathe, watch });
    this.findings = new Findings();
    this.control = { authority: null, blindAfter: SEES_ALL, mark: null };
    this.size = 0;
    this.leaves = new Uint8Array(0);
    this.differing = [];
    this.root = null;
    this.add = (one) => this.findings.add(one);
    this.reducer = new Reducer((index) => this.event(index), this.add);
    this.notChecked = [
      "whether the statements are true",
      "witness cosignatures and time stamps: no policy was given",
    ];
  }

  /** Run the steps in order; return early where going on would say nothing. */
  async steps() {
    const found = this.findings;
    // 1 entry 0 and checkpoint; all hashes come first, so that what is read later is the same
    found.begin(1);
    await selfTest();
    await this.source.open();
    this.size = this.source.size();
    if (!(await this.hashLeaves()) || !(await this.readControl())) return;
    const newest = await this.checkCheckpoints();
    // 2 witnesses and time stamps: no policy is asked for, none is checked
    // 3 tree
    found.begin(3);
    if (newest === null || !this.checkTree(newest) || found.failed) return;
    // 4 spelling, 5 control chain, 6 signatures, 7 rights, 8 order
    found.begin(4);
    await this.judgeEntries();
    // 9 a live store's index, tiles and tree row: an evidence file has none
    found.begin(9);
    // 10 documents
    found.begin(10);
    await this.checkDocuments();
  }

  /** Note that the source failed: undecided, unless it holds what no evidence file has. */
  fail(error) {
    const known = Object.hasOwn(TABLES.conditions, error.code);
    const code = known ? error.code : error.is("Unavailable") ? "SOURCE-UNREADABLE" : "STORE-UNSOUND";
    this.findings.add(mark(code, null, "a source that can be read to the end", error.text()));
  }

  /** Return an entry's bytes again, which must be those that were hashed. */
  async bytes(index) {
    const { data } = await this.source.row(index);
    if (sameBytes(leafHash(data), this.leaf(index))) return data;
    throw unavailable("SOURCE-CHANGED", `entry ${index} is not what it was a moment ago`);
  }

  async event(index) {
    return readEvent(index, await this.bytes(index));
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
    this.findings.add(mark("ENTRY0-MISSING", null, "LedgerOpened", "no entries"));
    return false;
  }

  /** Follow and fold the control chain; return whether that was possible. */
  async readControl() {
    this.control = await readControl((index) => this.bytes(index), this.size);
    if (this.control.mark !== null) {
      this.findings.add(this.control.mark);
      return false;
    }
    if (this.control.blindAfter < SEES_ALL) {
      const told = `rights behind entry ${this.control.blindAfter}`;
      this.notChecked.push(`${told}, whose type this version does not know`);
    }
    return true;
  }

  /** Check fingerprint, newest checkpoint, anchors, hand-overs and what was seen earlier. */
  async checkCheckpoints() {
    const { authority } = this.control;
    const anchors = this.source.anchors(), { checkpoints } = this.trust;
    const shown = new Shown(authority, this.size);
    await shown.openNewest(this.source.checkpoint());
    await shown.openAnchors(anchors);
    await shown.openEarlier(checkpoints);
    fingerprintMarks(authority, this.trust).forEach(this.add);
    shown.marks.forEach(this.add);
    shown.compare(this.rootsAt(shown.sizes())).forEach(this.add);
    this.findings.count(1, 1 + anchors.length + checkpoints.length);
    const tokens = anchors.filter(({ token }) => token !== null && token.length).length;
    if (tokens) this.notChecked.push(`${tokens} time-stamp tokens`);
    return shown.newest;
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
    this.findings.add(mark("ROOT-DIFFERS", null, hexOf(newest.root), hexOf(this.root)));
    return false;
  }

  async judgeEntries() {
    const judge = new Judge(this.control, this.add), { reducer } = this;
    for (let index = 0; index < this.size; index++) {
      const event = judge.take(index, await this.bytes(index));
      await reducer.take(index, event);
      if (event !== null) this.watch(event);
      if (index % BATCH === BATCH - 1) await judge.settle();
      await this.breathe("judging", index + 1, this.size);
    }
    await judge.settle();
    for (const step of [4, 5, 7, 8]) this.findings.count(step, this.size);
    this.findings.count(6, judge.signatures);
    pinMarks(this.control.authority, this.trust).forEach(this.add);
    const roots = this.rootsAt([...reducer.seen.values()].map((one) => one.size));
    judgeSeen(reducer.seen, roots).forEach(this.add);
  }

  async checkDocuments() {
    const { documents, disposed } = this.reducer;
    const found = await judgeDocuments(this.source, documents, disposed, this.breathe);
    found.marks.forEach(this.add);
    this.findings.count(10, found.checked);
    const { notChecked } = this;
    if (found.annexes) notChecked.push(`${found.annexes} sealed annexes that are not here`);
    if (found.leftOut) notChecked.push(`${found.leftOut} documents that the file leaves out`);
    if (found.disposed) notChecked.push(`${found.disposed} documents that were disposed of`);
  }

  /** Return the report of what was found so far. */
  report() {
    this.differing.forEach(this.add);
    const { authority } = this.control, { findings, reducer, trust } = this;
    const opening = authority?.opening ?? null;
    const key = opening === null ? null : authority.checkpointKeys[0][1];
    return {
      verdict: findings.verdict(),
      scope: this.source.scope,
      source: this.source.name,
      demonstration: opening?.purpose === "demonstration",
      origin: opening?.origin ?? null,
      fingerprint: key && hexOf(keyDigest(opening.origin, key)),
      size: this.size,
      root: this.root && hexOf(this.root),
      recordedFrom: reducer.firstRecordedAt,
      recordedTo: reducer.recordedAt || null,
      steps: findings.steps(),
      marks: findings.shown(),
      keys: authority === null ? [] : keyRows(authority, trust),
      trust: trustRow(trust),
      notChecked: this.notChecked,
    };
  }
}
