// Step 2: what witnesses said of the ledger's checkpoints, judged by the auditor's policy
// (ledger/verify/outside.py, witnesses.py, dating.py). Time-stamp tokens are not checked.

import { base64Of, bytesOfHex, compareText, hexOf, sameBytes, utf8 } from "./bytes.js";
import { keepEarliest, openCosignatures } from "./cosignature.js";
import { LedgerError, malformed } from "./errors.js";
import { EMPTY_ROOT } from "./merkle.js";
import { parseCheckpoint } from "./note.js";
import { NONE } from "./policy.js";
import { mark } from "./report.js";
import { figure, sortedTexts } from "./text.js";

const LAST_SECOND = 253402300799n; // of the year 9999
const NOTHING_ASKED = "witness cosignatures and time stamps: no policy was given";

export class Outside {
  constructor({ policy }) {
    this.policy = policy;
    this.cosigned = null; // entries in the newest checkpoint with the policy's quorum
    this.dated = [];
    this.notChecked = policy === null ? [NOTHING_ASKED] : [];
  }

  get asked() {
    return this.policy !== null;
  }

  /** Judge the newest checkpoint of a source and its anchors; step 1 says whose they are. */
  async judge(authority, source, findings) {
    const anchors = source.anchors();
    if (this.policy !== null) {
      const notes = [source.checkpoint(), ...anchors.map((one) => one.note)];
      findings.count(2, notes.length);
      await this.judgeNotes(authority, notes, findings);
      if (this.cosigned !== null && this.cosigned < source.size()) {
        this.notChecked.push(`whether witnesses saw entry ${this.cosigned} and later ones`);
      }
    }
    const tokens = anchors.filter(({ token }) => token !== null && token.length).length;
    if (tokens) this.notChecked.push(`${tokens} time-stamp tokens`);
  }

  async judgeNotes(authority, notes, findings) {
    const { policy } = this;
    this.logMarks(authority).forEach((one) => findings.add(one));
    const said = new Map(); // text of each checkpoint to who cosigned it when
    for (const note of notes) {
      try {
        const { text, times } = await openCosignatures(note, policy.cosigners);
        if (times.size && !said.has(text)) said.set(text, new Map());
        for (const [who, at] of times) keepEarliest(said.get(text), who, at);
      } catch (error) {
        if (!(error instanceof LedgerError)) throw error;
        if (!error.is("Refused")) continue; // no note: step 1 marks it
        const expected = "a cosignature that verifies, or none";
        findings.add(mark("WITNESS-SIGNATURE", null, expected, error.message));
      }
    }
    for (const [text, times] of said) this.take(text, times, null);
    for (const { size } of this.dated) this.cosigned = Math.max(this.cosigned ?? 0, size);
    if (this.cosigned !== null || policy.quorum === NONE) return;
    const names = [...said.values()].flatMap((times) => [...times.keys()].map((one) => one.name));
    const whose = sortedTexts(new Set(names)).join(", ");
    const found = whose ? `cosignatures of ${whose}` : "no cosignature";
    findings.add(mark("WITNESS-QUORUM", null, `the quorum ${policy.quorumShown}`, found));
  }

  /** Compare the ledger with the logs that the policy lists, if it lists any. */
  logMarks(authority) {
    const { origin } = authority.opening, { logs } = this.policy;
    const own = new Set(authority.checkpointKeys.map(([, key]) => hexOf(key)));
    if (logs.length === 0) return [];
    if (logs.some((one) => one.origin === origin && own.has(one.key))) return [];
    const listed = sortedTexts(new Set(logs.map((one) => one.origin))).join(", ");
    return [mark("POLICY-LOG", null, `one of ${listed}, with its key`, origin)];
  }

  /** Keep the moments of a checkpoint that the quorum cosigned. */
  take(text, times, entry) {
    const earliest = this.policy.lowerBound(times), latest = this.policy.upperBound(times);
    if (earliest === null || latest === null) return;
    const { size } = parseCheckpoint(text);
    const by = `witnesses, over ${figure(size)} entries`;
    this.dated.push({ size, earliest, latest, by, entry });
  }

  /** Take in what the log itself holds: bounds of time for what follows, and no marks. */
  async takeRecorded(origin, { index, statement }) {
    const { size, root, cosignatures } = statement.data;
    const raw = bytesOfHex(root);
    if (size === 0 && !sameBytes(raw, EMPTY_ROOT)) {
      const told = "the root is no SHA-256 hash, or not the one of the empty tree at size 0";
      throw malformed("CHECKPOINT-ROOT", told);
    }
    const text = `${origin}\n${size}\n${base64Of(raw)}\n`, said = new Map();
    for (const line of cosignatures) {
      try {
        const { times } = await openCosignatures(utf8(`${text}\n${line}\n`), this.policy.cosigners);
        for (const [who, at] of times) said.set(who, at);
      } catch (error) {
        if (!(error instanceof LedgerError)) throw error; // what cannot be checked gives no bound
      }
    }
    if (said.size) this.take(text, said, index);
  }

  /** Return what is known of the first entry and the last one of a log. */
  shown(size) {
    if (this.dated.length === 0 || size === 0) return [];
    return [...new Set([0, size - 1])].map((index) => this.bounds(index));
  }

  /** Return between which moments the entry at a position came into the log. */
  bounds(index) {
    const before = this.dated.filter((one) => one.entry !== null && one.entry <= index);
    const after = this.dated.filter((one) => one.size > index);
    const lowers = before.map(({ earliest, by }) => ({ at: earliest, by })).sort(compareBounds);
    const uppers = after.map(({ latest, by }) => ({ at: latest, by })).sort(compareBounds);
    const [lower, upper] = [lowers.at(-1), uppers[0]];
    return { entry: index, notBefore: bound(lower), notAfter: bound(upper) };
  }
}

function compareBounds(one, other) {
  if (one.at !== other.at) return one.at < other.at ? -1 : 1;
  return compareText(one.by, other.by);
}

function bound(found) {
  if (found === undefined) return null;
  const late = found.at > LAST_SECOND;
  const moment = late ? `second ${found.at}` : new Date(Number(found.at) * 1000).toISOString();
  return { moment: moment.replace(".000Z", "Z"), by: found.by };
}
