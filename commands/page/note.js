// Signed notes and checkpoints (C2SP signed-note, tlog-checkpoint), as strict as ledger/log/.

import { base64Of, bytesOfBase64, concat, hexOf, sameBytes, textOf, utf8 } from "./bytes.js";
import { verifies } from "./ed25519.js";
import { malformed, refused } from "./errors.js";
import { EMPTY_ROOT } from "./merkle.js";
import { sha256 } from "./sha256.js";
import { TABLES } from "./tables.js";
import { cut, figure, isWellFormed, lengthOf, quoted } from "./text.js";

const ED25519 = 0x01;
const DASH = "\u2014 ";
const TEXT_FORBIDS = /[\x00-\x09\x0b-\x1f]/;
const NAME_FORBIDS = /[\x00-\x20+\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;
const SIZE = /^(?:0|[1-9][0-9]{0,15})$/;
const { limits } = TABLES;
const { noteBytes, noteSignatures } = limits;

function checkKeyName(name) {
  if (!name || NAME_FORBIDS.test(name)) {
    throw malformed("NOTE-NAME", `${quoted(cut(name, 80))} is no key name`);
  }
}

/** Return SHA-256(name, LF, algorithm byte, public key): of the ledger's key, its fingerprint. */
export function keyDigest(name, publicKey, algorithm = ED25519) {
  checkKeyName(name);
  return sha256(concat(utf8(name), Uint8Array.of(0x0a, algorithm), publicKey));
}

/** Return name and public key of a text `name+hash+key`, or throw. */
export function parseVerifierKey(text, algorithm = ED25519) {
  const [name, hash, ...rest] = lengthOf(text) <= limits.verifierKey ? text.split("+") : [];
  const bytes = bytesOfBase64(rest.join("+"));
  const named = name && !NAME_FORBIDS.test(name) && isWellFormed(name);
  if (named && bytes?.length === 33 && bytes[0] === algorithm) {
    const publicKey = bytes.slice(1);
    if (hexOf(keyDigest(name, publicKey, algorithm).slice(0, 4)) === hash) return [name, publicKey];
  }
  const type = `0x${algorithm.toString(16).padStart(2, "0")}`;
  const told = `${quoted(cut(text, 80))} is no Ed25519 verifier key of type ${type}`;
  throw malformed("VERIFIER-KEY", told);
}

/** Return the text and the signature lines of a note; nothing is verified yet. */
export function parseNote(bytes) {
  if (bytes.length > noteBytes) {
    const told = `the note has ${figure(bytes.length)} bytes, more than ${figure(noteBytes)}`;
    throw malformed("NOTE-SIZE", told);
  }
  const whole = textOf(bytes);
  if (whole === null) throw malformed("NOTE-FORM", "the note is not UTF-8");
  const blank = whole.lastIndexOf("\n\n");
  const lines = whole.slice(blank + 2);
  if (blank < 0 || !lines.endsWith("\n")) {
    const form = "a text, a blank line and signature lines that each end in a line feed";
    throw malformed("NOTE-FORM", `the note is not ${form}`);
  }
  const text = whole.slice(0, blank + 1);
  const signatures = lines.slice(0, -1).split("\n").map(parseLine);
  if (TEXT_FORBIDS.test(text)) {
    const told = "a note's text ends in a line feed and has no control characters";
    throw malformed("NOTE-TEXT", told);
  }
  if (signatures.length > noteSignatures) {
    const told = `a note carries 1 to ${noteSignatures} signatures, not ${signatures.length}`;
    throw malformed("NOTE-SIGNATURES", told);
  }
  return { text, signatures };
}

function parseLine(line) {
  const rest = line.startsWith(DASH) ? line.slice(DASH.length) : line;
  const space = rest.indexOf(" ");
  const name = space < 0 ? rest : rest.slice(0, space);
  const value = space < 0 ? null : bytesOfBase64(rest.slice(space + 1));
  if (!line.startsWith(DASH) || value === null) {
    throw badLine("it does not read: em dash, key name, canonical base64");
  }
  checkKeyName(name);
  if (value.length <= 4) throw badLine("it needs a key hash of 4 bytes and a signature");
  return { name, hash: value.slice(0, 4), signature: value.slice(4) };
}

function badLine(reason) {
  return malformed("NOTE-SIGNATURE-LINE", `a signature line is malformed: ${reason}`);
}

/** Return the text of a note that the known key signed; no wrong line of that key may be on it. */
async function openNote(bytes, name, publicKey) {
  const note = parseNote(bytes);
  const hash = keyDigest(name, publicKey).slice(0, 4);
  const own = note.signatures.filter((one) => one.name === name && sameBytes(one.hash, hash));
  if (own.length === 0) {
    const told = `the note carries no signature of ${name}, key ${hexOf(hash)}`;
    throw refused("NOTE-UNSIGNED", told);
  }
  const message = utf8(note.text);
  for (const line of own) {
    if (!(await verifies(publicKey, message, line.signature))) {
      const told = `the signature of ${name}, key ${hexOf(hash)}, does not verify`;
      throw refused("NOTE-SIGNATURE", told);
    }
  }
  return note.text;
}

/** Return the checkpoint whose text this is. */
export function parseCheckpoint(text) {
  const lines = text.split("\n");
  if (lines.length !== 4 || lines[3]) {
    const form = "a checkpoint has three lines: origin, size and root";
    throw malformed("CHECKPOINT-FORM", `${form}; this ledger adds no extensions`);
  }
  const [origin, digits, encoded] = lines;
  if (!SIZE.test(digits)) {
    throw malformed("CHECKPOINT-SIZE", `${quoted(cut(digits, 20))} is no number of entries`);
  }
  const size = Number(digits);
  const root = bytesOfBase64(encoded, true);
  if (root === null) throw malformed("CHECKPOINT-ROOT", "the root is not base64");
  checkKeyName(origin);
  if (!Number.isSafeInteger(size)) {
    throw malformed("CHECKPOINT-SIZE", `${BigInt(digits)} is no number of entries`);
  }
  if (root.length !== 32 || (size === 0 && !sameBytes(root, EMPTY_ROOT))) {
    const told = "the root is no SHA-256 hash, or not the one of the empty tree at size 0";
    throw malformed("CHECKPOINT-ROOT", told);
  }
  if (base64Of(root) !== encoded) {
    throw malformed("CHECKPOINT-ROOT", "the root's base64 is not canonical");
  }
  return { origin, size, root };
}

/** Return the checkpoint of a note that the ledger's key signed for this origin. */
export async function openCheckpoint(note, origin, publicKey) {
  const checkpoint = parseCheckpoint(await openNote(note, origin, publicKey));
  if (checkpoint.origin !== origin) {
    const told = `the checkpoint is of ${checkpoint.origin}, not of ${origin}`;
    throw refused("CHECKPOINT-ORIGIN", told);
  }
  return checkpoint;
}
