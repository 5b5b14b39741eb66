// Points of edwards25519 in plain integers (RFC 8032 section 5.1), as ledger/signing/curve.py.
// It only ever sees public keys, so it need not be constant in time.

export const P = 2n ** 255n - 19n;
export const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const D = mod(-121665n * power(121666n, P - 2n));
const SQRT_MINUS_ONE = power(2n, (P - 1n) / 4n);
export const Y_MASK = (1n << 255n) - 1n;
const IDENTITY = [0n, 1n, 1n, 0n];

function mod(value) {
  const rest = value % P;
  return rest < 0n ? rest + P : rest;
}

function power(base, exponent) {
  let result = 1n;
  for (let square = mod(base); exponent > 0n; exponent >>= 1n, square = (square * square) % P) {
    if (exponent & 1n) result = (result * square) % P;
  }
  return result;
}

/** Return the number that bytes stand for, lowest first. */
export function littleEndian(bytes) {
  let number = 0n;
  for (let at = bytes.length - 1; at >= 0; at--) number = (number << 8n) | BigInt(bytes[at]);
  return number;
}

/** Return the point (X, Y, Z, T) of 32 bytes, or null if these are no point's one encoding. */
export function decodePoint(encoding) {
  const number = littleEndian(encoding);
  const y = number & Y_MASK, sign = number >> 255n;
  if (y >= P) return null;
  const u = mod(y * y - 1n), v = mod(D * y * y + 1n);
  const v3 = (v * v * v) % P;
  let x = (u * v3 * power(u * v3 * v3 * v, (P - 5n) / 8n)) % P;
  if ((v * x * x) % P === P - u) x = (x * SQRT_MINUS_ONE) % P;
  if ((v * x * x) % P !== u || (x === 0n && sign)) return null;
  if ((x & 1n) !== sign) x = P - x;
  return [x, y, 1n, (x * y) % P];
}

function add([x1, y1, z1, t1], [x2, y2, z2, t2]) {
  const minus = mod((y1 - x1) * (y2 - x2)), plus = mod((y1 + x1) * (y2 + x2));
  const twist = mod(2n * D * t1 * t2), double = mod(2n * z1 * z2);
  const e = plus - minus, f = double - twist, g = double + twist, h = plus + minus;
  return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
}

function double([x, y, z]) {
  const xx = (x * x) % P, yy = (y * y) % P, h = xx + yy;
  const e = h - mod((x + y) * (x + y)), g = xx - yy, f = mod(2n * z * z) + g;
  return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
}

/** Say whether a point times the order of the base point is the neutral element. */
export function isOfPrimeOrder(point) {
  let result = IDENTITY;
  for (const bit of L.toString(2)) {
    result = double(result);
    if (bit === "1") result = add(result, point);
  }
  return mod(result[0]) === 0n && mod(result[1] - result[2]) === 0n;
}
