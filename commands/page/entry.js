// The stored entry of one event (ledger/entry.py, ledger/signing/envelope.py).

import { bytesOfBase64, concat, hexOf, utf8 } from "./bytes.js";
import { decode } from "./canonical.js";
import { malformed } from "./errors.js";
import { checkRecorded } from "./occurred.js";
import { sha256 } from "./sha256.js";
import { decodeAny, decodeStatement } from "./statement.js";
import { TABLES } from "./tables.js";

/** Return the entry that these bytes are the one spelling of. */
export function decodeEntry(bytes) {
  const entry = decode(bytes, "Entry", TABLES.limits.entry, "entry");
  checkRecorded(entry.recorded_at);
  return entry;
}

/** Return the payload of an entry's envelope. */
export function payloadOf(entry) {
  return rawBase64(entry.envelope.payload, "payload");
}

export function rawBase64(text, what) {
  const raw = bytesOfBase64(text);
  if (raw === null) {
    throw malformed("BASE64", `the ${what} is not standard padded base64`, what);
  }
  return raw;
}

/** Return an event with every layer decoded; its type must be known. */
export function readEvent(index, bytes) {
  const entry = decodeEntry(bytes);
  const payload = payloadOf(entry);
  const statement = decodeStatement(payload);
  return { index, entry, payload, statement, payloadSha256: hexOf(sha256(payload)) };
}

/** Return an event of any type, known or not. */
export function readAny(index, bytes) {
  const entry = decodeEntry(bytes);
  const payload = payloadOf(entry);
  return { index, entry, payload, statement: decodeAny(payload) };
}

/** Return the bytes that are signed: the pre-authentication encoding of DSSE v1. */
export function pae(payload) {
  const type = TABLES.payloadType;
  return concat(utf8(`DSSEv1 ${type.length} ${type} ${payload.length} `), payload);
}
