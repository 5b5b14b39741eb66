// Which Ed25519 keys and signatures count: the rule of ledger/signing/ed25519.py. Encodings are
// checked here; the browser solves the equation, if it gets every edge vector right.

import { bytesOfBase64, bytesOfHex, hexOf, utf8 } from "./bytes.js";
import { L, P, Y_MASK, decodePoint, isOfPrimeOrder, littleEndian } from "./curve.js";
import { malformed, unavailable } from "./errors.js";
import { Sha256, sha256 } from "./sha256.js";
import { TABLES } from "./tables.js";

const SMALL_ORDER = new Set(TABLES.smallOrder);
const SIGNED_ZERO = new Set(TABLES.signedZero);
const KEYS_CACHED = 4096;
const keys = new Map();
const checked = new Set(); // keys that passed `checkPublicKey`, which costs milliseconds
let tested = null;

/** Say whether a signature counts under a key that has passed `checkPublicKey`. */
export async function verifies(publicKey, message, signature) {
  if (!isAcceptable(publicKey, signature)) return false;
  try {
    return await crypto.subtle.verify("Ed25519", await imported(publicKey), signature, message);
  } catch {
    return false; // bytes that the browser takes for no key
  }
}

function isAcceptable(publicKey, signature) {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  const r = signature.subarray(0, 32), name = hexOf(r);
  return (
    littleEndian(signature.subarray(32)) < L &&
    isBelowP(r) &&
    !SMALL_ORDER.has(name) &&
    !SIGNED_ZERO.has(name)
  );
}

function isBelowP(encoding) {
  return (littleEndian(encoding) & Y_MASK) < P;
}

/** Import a key once; the promise is kept, so that its many signatures wait for one import. */
function imported(publicKey) {
  const name = hexOf(publicKey);
  if (!keys.has(name)) {
    if (keys.size >= KEYS_CACHED) keys.clear();
    keys.set(name, crypto.subtle.importKey("raw", publicKey, "Ed25519", false, ["verify"]));
  }
  return keys.get(name);
}

/** Throw unless a raw public key may be enrolled: canonical, not the identity, [L]A = O. */
export function checkPublicKey(publicKey) {
  const name = hexOf(publicKey);
  if (checked.has(name)) return;
  if (!isBelowP(publicKey) || SIGNED_ZERO.has(name)) {
    throw malformed("KEY-NOT-CANONICAL", "these bytes are not the one encoding of a public key");
  }
  const point = decodePoint(publicKey);
  if (point === null) {
    throw malformed("KEY-NOT-ON-CURVE", "these bytes are no point of the curve edwards25519");
  }
  if (SMALL_ORDER.has(name)) {
    const told = "this key is a point of small order: anybody can sign for it";
    throw malformed("KEY-SMALL-ORDER", told);
  }
  if (!isOfPrimeOrder(point)) {
    throw malformed("KEY-MIXED-ORDER", "this key has a part of small order");
  }
  if (checked.size >= KEYS_CACHED) checked.clear();
  checked.add(name);
}

/** Return the 32 bytes of a public key in base64. */
export function rawKey(key) {
  return bytesOfBase64(key.key);
}

/** Return the name of a key: the hex SHA-256 of its raw bytes. */
export function keyId(raw) {
  return hexOf(sha256(raw));
}

/** Throw unless this browser computes what a verdict rests on: Ed25519 by our rule, and SHA-256. */
export function selfTest() {
  tested ??= testOnce();
  return tested;
}

async function testOnce() {
  if (!globalThis.crypto?.subtle) {
    throw noBackend("has no cryptography for a page opened like this");
  }
  const abc = utf8("abc".repeat(50));
  const theirs = new Uint8Array(await crypto.subtle.digest("SHA-256", abc));
  const pieces = new Sha256();
  const cuts = [0, 70, 71, 150];
  cuts.forEach((cut, at) => pieces.update(abc.subarray(cut, cuts[at + 1])));
  for (const ours of [sha256(abc), pieces.digest()]) {
    if (hexOf(theirs) !== hexOf(ours)) throw noBackend("computes another SHA-256");
  }
  for (const vector of TABLES.edgeVectors) {
    const parts = [vector.key, vector.message, vector.signature].map(bytesOfHex);
    if ((await verifies(...parts)) !== vector.counts) {
      throw noBackend(`does not check Ed25519 signatures by the rule (${vector.name})`);
    }
  }
}

function noBackend(what) {
  const mend = "use a newer browser (Chromium 137, Firefox 129, Safari 17) or the program";
  return unavailable("ED25519-NO-BACKEND", `this browser ${what}: ${mend}`);
}
