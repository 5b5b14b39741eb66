// Cosignatures: what a witness says of a checkpoint (C2SP tlog-cosignature, Ed25519, type 0x04),
// as ledger/log/cosignature.py reads them. Times are BigInt: they have 63 bits.

import { hexOf, sameBytes, utf8 } from "./bytes.js";
import { checkPublicKey, verifies } from "./ed25519.js";
import { refused } from "./errors.js";
import { keyDigest, parseNote, parseVerifierKey } from "./note.js";

const COSIGNATURE = 0x04;
const TIMESTAMP_MAX = 2n ** 63n - 1n;
const VALUE_SIZE = 8 + 64;

/** Return a witness's key from the text `name+hash+key`. */
export function parseCosigner(text) {
  const [name, publicKey] = parseVerifierKey(text, COSIGNATURE);
  checkPublicKey(publicKey);
  return { name, publicKey, hash: keyDigest(name, publicKey, COSIGNATURE).slice(0, 4) };
}

/** Return the timestamp of a key's line over a checkpoint's text, null if it is wrong. */
async function timestampOf(cosigner, value, text) {
  if (value.length !== VALUE_SIZE) return null;
  const timestamp = new DataView(value.buffer, value.byteOffset).getBigUint64(0);
  if (timestamp > TIMESTAMP_MAX) return null;
  const message = utf8(`cosignature/v1\ntime ${timestamp}\n${text}`);
  return (await verifies(cosigner.publicKey, message, value.subarray(8))) ? timestamp : null;
}

/** Return the text of a note, and which of the known witnesses cosigned it, with their times. */
export async function openCosignatures(bytes, cosigners) {
  const note = parseNote(bytes);
  const times = new Map();
  for (const { name, hash, signature } of note.signatures) {
    const who = cosigners.find((one) => one.name === name && sameBytes(one.hash, hash));
    if (who === undefined) continue;
    const timestamp = await timestampOf(who, signature, note.text);
    if (timestamp === null) {
      const told = `the cosignature of ${name}, key ${hexOf(hash)}, does not verify`;
      throw refused("COSIGNATURE-WRONG", told);
    }
    keepEarliest(times, who, timestamp);
  }
  return { text: note.text, times };
}

/** Note the time of a cosigner; of several the earliest counts. */
export function keepEarliest(times, who, timestamp) {
  const known = times.get(who);
  if (known === undefined || timestamp < known) times.set(who, timestamp);
}
