// What the auditor brings, and whose keys the verdict rests on
// (ledger/trust, ledger/verify/keys.py).

import { compareText, hexOf } from "./bytes.js";
import { malformed } from "./errors.js";
import { parseFingerprint } from "./fingerprint.js";
import { parsePolicy } from "./policy.js";
import { mark } from "./report.js";
import { patternOf } from "./spelling.js";
import { TABLES } from "./tables.js";
import { cut, quoted, sortedTexts } from "./text.js";

const IDENTIFIER = patternOf(TABLES.identifier);

/** Return what an auditor typed: texts become bytes; an earlier checkpoint is bytes already. */
export function trustOf({ fingerprint = "", pins = [], required = [], checkpoints = [], policy }) {
  return {
    policy: policy ? parsePolicy(policy) : null,
    fingerprint: fingerprint.trim() === "" ? null : parseFingerprint(fingerprint),
    pins: parsePins(pins),
    required: sortedTexts(new Set(required.map((party) => checkIdentifier(party).toLowerCase()))),
    checkpoints,
  };
}

function checkIdentifier(text) {
  if (IDENTIFIER.test(text)) return text;
  const form = "an identifier: letters, digits, - _ . and at most 64";
  throw malformed("IDENTIFIER", `${quoted(cut(text, 80))} is not ${form}`);
}

/** Return party to key id of `PARTY=FINGERPRINT` texts. */
function parsePins(given) {
  const pins = new Map();
  for (const text of given) {
    const equals = text.indexOf("=");
    const party = equals < 0 ? text : text.slice(0, equals);
    if (equals < 0 || pins.has(party.toLowerCase())) {
      const told = `${quoted(cut(text, 80))} is no pin, or its party is pinned twice`;
      throw malformed("PIN", told);
    }
    const pin = hexOf(parseFingerprint(text.slice(equals + 1)));
    pins.set(checkIdentifier(party).toLowerCase(), pin);
  }
  return pins;
}

/** Compare each party's keys with the pin that the auditor got outside the ledger. */
export function pinMarks(authority, trust) {
  const marks = [];
  for (const party of sortedTexts(trust.pins.keys())) {
    const pin = trust.pins.get(party);
    const own = [...authority.keys.values()].filter((key) => key.party.toLowerCase() === party);
    const linked = pinnedKeys(own, pin);
    for (const key of own) {
      if (!linked.has(key.id)) {
        marks.push(mark("PIN-DIFFERS", key.enrolled, `${party} ${pin}`, key.id));
      }
    }
    if (own.length === 0) {
      marks.push(mark("PIN-MISSING", null, `${party} ${pin}`, "no key of this party"));
    }
  }
  for (const party of trust.required) {
    if (!trust.pins.has(party)) marks.push(mark("PIN-MISSING", null, `a pin for ${party}`, "none"));
  }
  return marks;
}

/** Return the ids of a party's keys that hang together with the pinned one. */
function pinnedKeys(own, pin) {
  const links = new Map(own.map((key) => [key.id, new Set(key.previous)]));
  for (const key of own) for (const previous of key.previous) links.get(previous)?.add(key.id);
  const reached = new Set();
  const waiting = links.has(pin) ? [pin] : [];
  while (waiting.length) {
    const id = waiting.pop();
    if (reached.has(id)) continue;
    reached.add(id);
    for (const next of links.get(id)) waiting.push(next);
  }
  return reached;
}

/** Return every party's keys with who vouches for them, in canonical order. */
export function keyRows(authority, trust) {
  const rows = [...authority.keys.values()].map((key) => keyRow(key, trust));
  return rows.sort((one, other) => compareText(JSON.stringify(one), JSON.stringify(other)));
}

/** The fields are in the order of their names, so that their JSON is the canonical one. */
function keyRow(key, trust) {
  const pinned = trust.pins.get(key.party.toLowerCase()) === key.id;
  const told = pinned ? `pinned by you for ${key.party}` : voucherWords(key);
  return {
    doubted_since: key.doubtedSince,
    enrolled: key.enrolled,
    holder: key.holder,
    key: key.id,
    party: key.party,
    reset: key.reset,
    revoked: key.revoked,
    voucher: pinned ? "pinned by you" : key.voucher,
    words: `key ${key.id.slice(0, 8)}…, ${told}`,
  };
}

function voucherWords(key) {
  const vouchers = key.vouchedBy.join(", ");
  switch (key.voucher) {
    case "opening":
      return `of ${key.party}, by its own word at the opening`;
    case "registrar only":
      return `enrolled for ${key.party} by ${vouchers} (registrar only)`;
    case "own previous key":
      return `enrolled for ${key.party}, signed for by its own previous key`;
    default:
      return `enrolled for ${key.party}, signed for by ${vouchers} (another party)`;
  }
}

/** Return what the auditor brought, as the report states it. */
export function trustRow(trust) {
  const sizes = new Set(trust.checkpoints.map(claimedSize));
  return {
    fingerprint: trust.fingerprint && hexOf(trust.fingerprint),
    pins: sortedTexts([...trust.pins].map(([party, pin]) => `${party} ${pin}`)),
    oldCheckpoints: [...sizes].sort((one, other) => one - other),
    policy: trust.policy && trust.policy.sha256,
  };
}

/** Return the size that a note claims, or -1 where it is no note; step 1 judges it. */
function claimedSize(note) {
  const line = new TextDecoder("latin1").decode(note).split("\n")[1] ?? "";
  return /^[0-9]{1,16}$/.test(line) && Number.isSafeInteger(Number(line)) ? Number(line) : -1;
}
