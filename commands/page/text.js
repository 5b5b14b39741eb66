// Text as the Python verifier writes it: figures, quotes, cuts and what a screen may show.

import { compareText } from "./bytes.js";

const SURROGATES = /[\ud800-\udfff]/u; // with the flag u only lone ones match
const UNSAFE = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu;
const UNQUOTED = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Cn}\p{Zl}\p{Zp}\p{Zs}]/u;

export function isWellFormed(text) {
  return !SURROGATES.test(text);
}

/** Return a count with commas between its thousands. */
export function figure(number) {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** Return how many code points a text has. */
export function lengthOf(text) {
  let length = text.length;
  for (let at = 0; at < text.length - 1; at++) {
    const unit = text.charCodeAt(at);
    if (unit >= 0xd800 && unit < 0xdc00 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00) length--;
  }
  return length;
}

/** Return the first code points of a text. */
export function cut(text, most) {
  return text.length <= most ? text : Array.from(text).slice(0, most).join("");
}

/** Return text in quotes as Python's `repr` writes it. */
export function quoted(text) {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const named = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", [quote]: `\\${quote}` };
  const letters = Array.from(text, (letter) => {
    if (named[letter]) return named[letter];
    return letter !== " " && UNQUOTED.test(letter) ? escaped(letter.codePointAt(0)) : letter;
  });
  return quote + letters.join("") + quote;
}

function escaped(number) {
  const [mark, width] = number < 0x100 ? ["x", 2] : number < 0x10000 ? ["u", 4] : ["U", 8];
  return `\\${mark}${number.toString(16).padStart(width, "0")}`;
}

/** Return text in one line: what is not seen, or would change what is, is spelled out. */
export function printable(text) {
  return text.replace(UNSAFE, (letter) => {
    const number = letter.codePointAt(0);
    if (number >= 0xd800 && number <= 0xdfff) return "\ufffd";
    const [mark, width] = number < 0x10000 ? ["u", 4] : ["U", 8];
    return `\\${mark}${number.toString(16).padStart(width, "0")}`;
  });
}

export function sortedTexts(texts) {
  return [...texts].sort(compareText);
}
