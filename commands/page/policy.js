// The trust policy: which logs and witnesses are known, which cosignatures are enough
// (C2SP tlog-policy), as ledger/trust/policy.py reads it. A line's words are octets, kept as one
// letter each, and names are compared so.

import { hexOf, textOf } from "./bytes.js";
import { parseCosigner } from "./cosignature.js";
import { checkPublicKey } from "./ed25519.js";
import { LedgerError, malformed } from "./errors.js";
import { parseVerifierKey } from "./note.js";
import { sha256 } from "./sha256.js";
import { TABLES } from "./tables.js";
import { cut, figure, quoted } from "./text.js";

export const NONE = "none";
const FORBIDDEN = /[\x00-\x08\x0b-\x1f\x7f]/;
const NUMBER = /^[1-9][0-9]{0,5}$/;

/** Return the policy in a file's bytes. */
export function parsePolicy(bytes) {
  if (bytes.length > TABLES.limits.policy) {
    const told = `a policy has at most ${figure(TABLES.limits.policy)} bytes`;
    throw malformed("POLICY-SIZE", told);
  }
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  if (FORBIDDEN.test(text) || (text && !text.endsWith("\n"))) {
    const told = "a policy has no control characters but tabs, and each line ends in a line feed";
    throw malformed("POLICY-TEXT", told);
  }
  const policy = new Policy();
  for (const [at, line] of text.split("\n").entries()) {
    const words = line.split(/[ \t]+/).filter((word) => word);
    if (words.length === 0 || words[0].startsWith("#")) continue;
    try {
      policy.take(words);
    } catch (error) {
      if (error instanceof LedgerError) error.where = `line ${at + 1}`;
      throw error;
    }
  }
  if (policy.quorum === null) throw malformed("POLICY-QUORUM", "there is no quorum line");
  policy.sha256 = hexOf(sha256(bytes));
  return policy;
}

/** Return octets as people read them; those that are no UTF-8 are replaced. */
function shown(octets) {
  return new TextDecoder().decode(Uint8Array.from(octets, (letter) => letter.charCodeAt(0)));
}

/** Return what a key in the file says; octets that are no UTF-8 name no key. */
function keyOf(octets, parse) {
  const text = textOf(Uint8Array.from(octets, (letter) => letter.charCodeAt(0)));
  try {
    return parse(text ?? "");
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    throw malformed("POLICY-KEY", error.message);
  }
}

class Policy {
  constructor() {
    this.logs = [];
    this.witnesses = [];
    this.groups = [];
    this.quorum = null;
    this.named = new Set();
    this.grouped = new Set();
  }

  /** Take the next definition in. */
  take(words) {
    const [kind, ...rest] = words, count = rest.length;
    if (kind === "log" && count >= 1 && count <= 2) this.takeLog(...rest);
    else if (kind === "witness" && count >= 2 && count <= 3) this.takeWitness(...rest);
    else if (kind === "group" && count >= 3) this.takeGroup(rest[0], rest[1], rest.slice(2));
    else if (kind === "quorum" && count === 1) this.takeQuorum(...rest);
    else {
      const told = `${quoted(cut(shown(words.join(" ")), 80))} defines nothing`;
      throw malformed("POLICY-LINE", told);
    }
  }

  takeLog(octets) {
    const [origin, publicKey] = keyOf(octets, (text) => {
      const found = parseVerifierKey(text);
      checkPublicKey(found[1]);
      return found;
    });
    const key = hexOf(publicKey);
    if (this.logs.some((one) => one.key === key)) {
      throw malformed("POLICY-KEY", `the key of the log ${origin} is listed twice`);
    }
    this.logs.push({ origin, key });
  }

  takeWitness(name, octets) {
    const cosigner = keyOf(octets, parseCosigner), key = hexOf(cosigner.publicKey);
    if (this.witnesses.some((one) => hexOf(one.cosigner.publicKey) === key)) {
      throw malformed("POLICY-KEY", `the key of the witness ${shown(name)} is listed twice`);
    }
    this.define(name);
    this.witnesses.push({ name, cosigner });
  }

  takeGroup(name, threshold, members) {
    const needed = { all: String(members.length), any: "1" }[threshold] ?? threshold;
    if (!NUMBER.test(needed) || Number(needed) > members.length) {
      const told = `${quoted(cut(shown(threshold), 20))} is no number from 1 to ${members.length}`;
      throw malformed("POLICY-LINE", told);
    }
    for (const member of members) {
      this.checkDefined(member);
      if (this.grouped.has(member)) {
        throw malformed("POLICY-NAME", `${quoted(shown(member))} is a member twice`);
      }
      this.grouped.add(member);
    }
    this.define(name);
    this.groups.push({ name, threshold: Number(needed), members });
  }

  takeQuorum(name) {
    if (this.quorum !== null) {
      throw malformed("POLICY-QUORUM", "there is more than one quorum line");
    }
    if (name !== NONE) this.checkDefined(name);
    this.quorum = name;
  }

  define(name) {
    if (this.named.has(name) || name === NONE) {
      throw malformed("POLICY-NAME", `${quoted(shown(name))} is defined twice`);
    }
    this.named.add(name);
  }

  checkDefined(name) {
    if (!this.named.has(name)) {
      throw malformed("POLICY-NAME", `${quoted(shown(name))} is not defined in a line before`);
    }
  }

  get cosigners() {
    return this.witnesses.map((one) => one.cosigner);
  }

  get quorumShown() {
    return shown(this.quorum);
  }

  /** Say whether the cosignatures of these witnesses, a set, are the quorum. */
  isMet(cosigned) {
    const met = new Set([NONE]);
    for (const { name, cosigner } of this.witnesses) if (cosigned.has(cosigner)) met.add(name);
    for (const { name, threshold, members } of this.groups) {
      if (members.filter((member) => met.has(member)).length >= threshold) met.add(name);
    }
    return met.has(this.quorum);
  }

  /** Return the earliest second by which the quorum had cosigned, null without a quorum. */
  upperBound(times) {
    return this.bound(times, 1, (at, timestamp) => at <= timestamp);
  }

  /** Return the latest second since which the quorum cosigned, null without a quorum. */
  lowerBound(times) {
    return this.bound(times, -1, (at, timestamp) => at >= timestamp);
  }

  bound(times, direction, counts) {
    const sorted = [...new Set(times.values())].sort((one, other) =>
      one < other ? -direction : one > other ? direction : 0,
    );
    for (const timestamp of sorted) {
      const who = [...times].filter(([, at]) => counts(at, timestamp)).map(([one]) => one);
      if (this.isMet(new Set(who))) return timestamp;
    }
    return null;
  }
}
