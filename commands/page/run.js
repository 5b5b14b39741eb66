// What every audit does, however much of the log it is given (ledger/verify/run.py).

import { hexOf } from "./bytes.js";
import { SEES_ALL, readControl } from "./control.js";
import { judgeDocuments } from "./documents.js";
import { Authority } from "./authority.js";
import { readEvent } from "./entry.js";
import { keyDigest } from "./note.js";
import { Outside } from "./outside.js";
import { judgeSeen } from "./reduce.js";
import { Findings, mark } from "./report.js";
import { Shown, fingerprintMarks } from "./shown.js";
import { TABLES } from "./tables.js";
import { keyRows, pinMarks, trustRow } from "./trust.js";

export const BATCH = 256; // signatures of so many entries are asked for at a time

export class Run {
  /** Take a source, what the auditor brings, what lets the page live, and who sees each event. */
  constructor(source, trust, breathe, watch) {
    Object.assign(this, { source, trust, breathe, watch });
    this.findings = new Findings();
    this.add = (one) => this.findings.add(one);
    this.control = { authority: new Authority(), blindAfter: SEES_ALL, chain: [], mark: null };
    this.size = 0;
    this.root = null;
    this.reducer = null;
    this.outside = new Outside(trust);
    this.blind = ["whether the statements are true"]; // what no audit of this kind can tell
    this.notChecked = [];
  }

  /** Note that the source failed: undecided, unless it holds what no evidence file has. */
  fail(error) {
    const known = Object.hasOwn(TABLES.conditions, error.code);
    const kind = error.is("Unavailable") ? "SOURCE-UNREADABLE" : "STORE-UNSOUND";
    const code = known ? error.code : kind;
    this.add(mark(code, null, "a source that can be read to the end", error.text()));
  }

  async event(index) {
    return readEvent(index, await this.bytes(index));
  }

  /** Follow and fold the control chain; return whether that was possible. */
  async readControl() {
    this.control = await readControl((index) => this.bytes(index), this.size);
    if (this.control.mark !== null) {
      this.add(this.control.mark);
      return false;
    }
    if (this.control.blindAfter < SEES_ALL) {
      const told = `rights behind entry ${this.control.blindAfter}`;
      this.notChecked.push(`${told}, whose type this version does not know`);
    }
    return true;
  }

  /** Note that a file is not as it was written; what its bytes say is judged all the same. */
  checkFile() {
    const damage = this.source.damage();
    if (damage !== null) this.add(mark("EVIDENCE-DAMAGED", null, damage.expected, damage.found));
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
    shown.compare(this.rootsAt(shown.sizes(), shown.newest)).forEach(this.add);
    this.findings.count(1, 1 + anchors.length + checkpoints.length);
    return shown.newest;
  }

  /** Judge what witnesses said, as far as the trust asks for it. */
  async checkOutside() {
    this.findings.begin(2);
    await this.outside.judge(this.control.authority, this.source, this.findings);
  }

  /** Note what was judged over so many entries, and judge pins. */
  async endReduce(judged, signatures) {
    for (const step of [4, 5, 7, 8]) this.findings.count(step, judged);
    this.findings.count(6, signatures);
    pinMarks(this.control.authority, this.trust).forEach(this.add);
    const { origin } = this.control.authority.opening;
    for (const index of this.outside.asked ? this.reducer.anchored : []) {
      await this.outside.takeRecorded(origin, await this.event(index));
    }
  }

  /** Compare what signers had verified with what the log was. */
  checkSeen(newest) {
    const { seen } = this.reducer;
    const roots = this.rootsAt([...seen.values()].map((one) => one.size), newest);
    judgeSeen(seen, roots, this.size).forEach(this.add);
  }

  async checkDocuments() {
    const { documents, disposed } = this.reducer, { notChecked } = this;
    const found = await judgeDocuments(this.source, documents, disposed, this.breathe);
    found.marks.forEach(this.add);
    this.findings.count(10, found.checked);
    if (found.annexes) notChecked.push(`${found.annexes} sealed annexes that are not here`);
    if (found.leftOut) notChecked.push(`${found.leftOut} documents that the file leaves out`);
    if (found.disposed) notChecked.push(`${found.disposed} documents that were disposed of`);
  }

  /** Return the report of what was found so far. */
  report() {
    const { control, findings, reducer, trust } = this;
    const { opening } = control.authority;
    const key = opening && control.authority.checkpointKeys[0][1];
    return {
      verdict: findings.verdict(),
      scope: this.source.scope,
      source: this.source.name,
      asked: this.source.asked,
      demonstration: opening?.purpose === "demonstration",
      origin: opening?.origin ?? null,
      fingerprint: key && hexOf(keyDigest(opening.origin, key)),
      size: this.size,
      root: this.root && hexOf(this.root),
      recordedFrom: reducer.firstRecordedAt,
      recordedTo: reducer.recordedAt || null,
      cosigned: this.outside.cosigned,
      dated: this.outside.shown(this.size),
      steps: findings.steps(),
      marks: findings.shown(),
      keys: keyRows(control.authority, trust),
      trust: trustRow(trust),
      notChecked: [...this.blind, ...this.outside.notChecked, ...this.notChecked],
    };
  }
}
