// A SHA-256 fingerprint that two people can compare over a telephone
// (ledger/signing/fingerprint.py).

import { bytesOfHex } from "./bytes.js";
import { malformed } from "./errors.js";
import { quoted } from "./text.js";

const GROUPS = 13;
const GROUP_SIZE = 5;
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const VALUES = new Map([...ALPHABET].map((letter, value) => [letter, value]));
for (const [letter, value] of [["O", 0], ["I", 1], ["L", 1]]) VALUES.set(letter, value);
const PADDING_BITS = 4n;
const TEXT_SIZE_MAX = 256;

/** Return the spoken form of a digest: 13 groups joined by hyphens. */
export function speakable(digest) {
  let bits = 0n;
  for (const byte of digest) bits = (bits << 8n) | BigInt(byte);
  bits <<= PADDING_BITS;
  const groups = [];
  for (let number = 1; number <= GROUPS; number++) {
    const four = Number((bits >> BigInt(20 * (GROUPS - number))) & 0xfffffn);
    const values = [15, 10, 5, 0].map((shift) => (four >> shift) & 31);
    values.push(timesGenerator(weightedSum(number, values)));
    groups.push(values.map((value) => ALPHABET[value]).join(""));
  }
  return groups.join("-");
}

/** Return the 32 bytes of a fingerprint typed as 64 hex digits or in its spoken form. */
export function parseFingerprint(text) {
  if (text.length > TEXT_SIZE_MAX) throw wrongLength(`more than ${TEXT_SIZE_MAX}`, null);
  const upper = text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
  const parts = upper.split(/[ \t\r\n-]+/).filter((part) => part);
  const letters = Array.from(parts.join(""));
  if (/^[0-9A-F]{64}$/.test(parts.join(""))) return bytesOfHex(parts.join(""));
  if (letters.length !== GROUPS * GROUP_SIZE) {
    const odd = parts.findIndex((part) => Array.from(part).length !== GROUP_SIZE);
    throw wrongLength(String(letters.length), odd < 0 ? null : odd + 1);
  }
  let bits = 0n;
  for (let number = 1; number <= GROUPS; number++) {
    const group = letters.slice((number - 1) * GROUP_SIZE, number * GROUP_SIZE);
    for (const value of groupValues(number, group)) bits = (bits << 5n) | BigInt(value);
  }
  if (bits & ((1n << PADDING_BITS) - 1n)) {
    const told = "the last group is not the end of a fingerprint";
    throw malformed("FINGERPRINT-PADDING", told, `group ${GROUPS}`);
  }
  return bytesOfHex((bits >> PADDING_BITS).toString(16).padStart(64, "0"));
}

function groupValues(number, letters) {
  const where = `group ${number}`;
  const values = letters.map((letter) => {
    if (VALUES.has(letter)) return VALUES.get(letter);
    const told = `${quoted(letter)} does not occur in a fingerprint`;
    throw malformed("FINGERPRINT-CHARACTER", told, where);
  });
  if (weightedSum(number, values)) {
    const slip = "so a character is wrong, or the group is in the wrong place";
    const told = `${where} does not match its check character, ${slip}`;
    throw malformed("FINGERPRINT-CHECK", told, where);
  }
  return values.slice(0, -1);
}

/** Return the sum of number and values, each times a falling power of the generator. */
function weightedSum(number, values) {
  return values.reduce((total, value) => timesGenerator(total) ^ value, number);
}

/** Return x times an element of GF(2)[x] modulo x^5 + x^2 + 1. */
function timesGenerator(value) {
  return value < 16 ? value << 1 : (value << 1) ^ 0b100101;
}

function wrongLength(letters, group) {
  const form = `${GROUPS} groups of ${GROUP_SIZE} characters, or 64 hex digits`;
  const told = `a fingerprint is ${form}; this has ${letters} characters`;
  return malformed("FINGERPRINT-LENGTH", told, group && `group ${group}`);
}
