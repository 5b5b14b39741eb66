// SHA-256 (FIPS 180-4), synchronous: leaves and nodes are so many that promises would cost more.
// At its start the page compares it with the browser's own (selfTest in ed25519.js).

const ROUNDS = 64;
const K = new Int32Array(ROUNDS);
const START = new Int32Array(8);
fillConstants();

/** The first 32 bits of the fractional parts of roots of primes, sections 4.2.2 and 5.3.3. */
function fillConstants() {
  const fraction = (root) => ((root - Math.floor(root)) * 0x100000000) | 0;
  let found = 0;
  for (let prime = 2; found < ROUNDS; prime++) {
    let isPrime = true;
    for (let by = 2; by * by <= prime; by++) if (prime % by === 0) isPrime = false;
    if (!isPrime) continue;
    if (found < 8) START[found] = fraction(Math.sqrt(prime));
    K[found++] = fraction(Math.cbrt(prime));
  }
}

const W = new Int32Array(ROUNDS);
const STATE = new Int32Array(8);
const TAIL = new Uint8Array(128);

/** Return the digest of bytes, or of a prefix byte and then bytes. */
export function sha256(data, prefix = -1) {
  STATE.set(START);
  const shift = prefix < 0 ? 0 : 1;
  const length = data.length + shift;
  let at = 0;
  if (shift && length >= 64) {
    TAIL[0] = prefix;
    TAIL.set(data.subarray(0, 63), 1);
    block(TAIL, 0);
    at = 63;
  }
  for (; at + 64 <= data.length; at += 64) block(data, at);
  const rest = data.subarray(at);
  const offset = shift && length < 64 ? 1 : 0;
  if (offset) TAIL[0] = prefix;
  TAIL.set(rest, offset);
  return finished(TAIL, rest.length + offset, length);
}

/** Return the digest whose last block begins with `used` bytes, over so many bytes in all. */
function finished(last, used, length) {
  TAIL.set(last.subarray(0, used));
  TAIL.fill(0, used);
  TAIL[used] = 0x80;
  const end = used < 56 ? 64 : 128;
  const view = new DataView(TAIL.buffer);
  view.setUint32(end - 8, Math.floor(length / 0x20000000));
  view.setUint32(end - 4, (length << 3) >>> 0);
  block(TAIL, 0);
  if (end === 128) block(TAIL, 64);
  const digest = new Uint8Array(32);
  const out = new DataView(digest.buffer);
  for (let word = 0; word < 8; word++) out.setInt32(4 * word, STATE[word]);
  return digest;
}

/** A digest over bytes that come one piece after another. */
export class Sha256 {
  constructor() {
    this.state = START.slice();
    this.rest = new Uint8Array(64); // what fills no block yet
    this.length = 0;
  }

  update(data) {
    STATE.set(this.state);
    const held = this.length % 64;
    this.length += data.length;
    let at = 0;
    if (held > 0) {
      at = Math.min(64 - held, data.length);
      this.rest.set(data.subarray(0, at), held);
      if (held + at === 64) block(this.rest, 0);
    }
    if (held === 0 || held + at === 64) {
      for (; at + 64 <= data.length; at += 64) block(data, at);
      this.rest.set(data.subarray(at));
    }
    this.state.set(STATE);
  }

  /** Return the digest of everything so far. */
  digest() {
    STATE.set(this.state);
    return finished(this.rest, this.length % 64, this.length);
  }
}

function block(data, at) {
  for (let t = 0; t < 16; t++, at += 4) {
    W[t] = (data[at] << 24) | (data[at + 1] << 16) | (data[at + 2] << 8) | data[at + 3];
  }
  for (let t = 16; t < ROUNDS; t++) {
    const x = W[t - 15], y = W[t - 2];
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    W[t] = (W[t - 16] + s0 + W[t - 7] + s1) | 0;
  }
  let a = STATE[0], b = STATE[1], c = STATE[2], d = STATE[3];
  let e = STATE[4], f = STATE[5], g = STATE[6], h = STATE[7];
  for (let t = 0; t < ROUNDS; t++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const one = (h + s1 + ((e & f) ^ (~e & g)) + K[t] + W[t]) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + one) | 0;
    d = c;
    c = b;
    b = a;
    a = (one + two) | 0;
  }
  STATE[0] += a;
  STATE[1] += b;
  STATE[2] += c;
  STATE[3] += d;
  STATE[4] += e;
  STATE[5] += f;
  STATE[6] += g;
  STATE[7] += h;
}
