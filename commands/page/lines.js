// The lines of an evidence file, each in its one spelling (ledger/evidence/lines.py).

import { bytesOfBase64, compareText, textOf } from "./bytes.js";
import { malformed } from "./errors.js";
import { spellerOf } from "./spelling.js";
import { TABLES } from "./tables.js";
import { cut, figure } from "./text.js";
import { Undecodable } from "./json_reader.js";
import { readTagged } from "./typed_reader.js";

export const LINE_BYTES_MAX = TABLES.limits.line;
/** The kinds of lines in the order in which they stand. */
export const ORDER = TABLES.lines;
const BY_KIND = new Map(ORDER.map((name) => [TABLES.structs[name].tag, name]));
const TOKEN_BYTES_MAX = TABLES.limits.token;
const PART_BYTES = TABLES.limits.part;
const PROOF_HASHES_MAX = TABLES.limits.proofHashes;

export function malformedLine(number, reason) {
  const where = `line ${number}`;
  return malformed("EVIDENCE-MALFORMED", `line ${figure(number)}: ${cut(reason, 300)}`, where);
}

/** Return the name of a line's struct and the line, from its bytes with their line feed. */
export function decodeLine(bytes, number) {
  const text = bytes[bytes.length - 1] === 0x0a ? textOf(bytes.subarray(0, -1)) : null;
  if (text !== null) {
    const found = spelledLine(text);
    if (found !== null) return found;
  }
  throw lineFlaw(bytes, number);
}

function spelledLine(text) {
  try {
    const line = JSON.parse(text);
    const name = BY_KIND.get(line.kind);
    if (name !== undefined && spellerOf(name)(line) === text) return [name, line];
  } catch {
    // no JSON, or a field of another type: what is wrong is told elsewhere
  }
  return null;
}

function lineFlaw(bytes, number) {
  try {
    readTagged(bytes, ORDER);
  } catch (error) {
    if (!(error instanceof Undecodable)) throw error;
    return malformedLine(number, `it is no line of an evidence file: ${error.message}`);
  }
  return malformedLine(number, "it is not in its one canonical spelling");
}

/** Return what base64 in a line stands for. */
export function rawOf(text, number) {
  const bytes = bytesOfBase64(text);
  if (bytes === null) throw malformedLine(number, "its base64 is not in its one spelling");
  return bytes;
}

/** Return the bytes of an anchor's time stamp, or null. */
export function tokenOf(line, number) {
  if (line.token === null) return null;
  const token = rawOf(line.token, number);
  if (token.length > TOKEN_BYTES_MAX) {
    throw malformedLine(number, `the token has more than ${figure(TOKEN_BYTES_MAX)} bytes`);
  }
  return token;
}

/** Throw for a part of another length than documents are cut into. */
export function checkPart(line, number) {
  const size = rawOf(line.data, number).length;
  const last = line.part === line.parts;
  const empty = size === 0 && line.parts > 1;
  if (line.part > line.parts || size > PART_BYTES || empty || (size < PART_BYTES && !last)) {
    throw malformedLine(number, "it is no part of a document");
  }
}

/** Throw for a selection of nothing, or questions in another order than theirs. */
export function checkHead(line, number) {
  const { asked, scope } = line;
  const inOrder = asked.every((text, at) => at === 0 || compareText(asked[at - 1], text) < 0);
  if (!inOrder || (scope === "selection") !== asked.length > 0) {
    throw malformedLine(number, "what was asked for is not sorted, or is not of this scope");
  }
}

/** Return the hashes of a line's proof, concatenated. */
export function proofOf(line, number) {
  const bytes = rawOf(line.proof, number);
  if (bytes.length % 32 || bytes.length > PROOF_HASHES_MAX * 32) {
    throw malformedLine(number, "its proof is no list of hashes");
  }
  return bytes;
}
