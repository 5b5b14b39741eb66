// JSON from bytes, token by token, with the errors of the Python verifier's reader (msgspec).

import { joined, textOf, utf8 } from "./bytes.js";

const DEPTH_MAX = 900; // where Python's own limit on recursion ends it, about
const ESCAPES = { '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };
const WORDS = { n: "null", t: "true", f: "false" };
const KINDS = { n: "null", t: "bool", f: "bool", '"': "str", "[": "array", "{": "object" };

/** What a reader says of bytes that it cannot decode. */
export class Undecodable extends Error {}

const TRUNCATED = "Input data was truncated";

export class JsonReader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
    this.depth = 0; // of values that are skipped
  }

  fail(what, at = this.at) {
    throw new Undecodable(`JSON is malformed: ${what} (byte ${at})`);
  }

  /** Return the next character that is no space, without passing it. */
  peek() {
    while ([32, 9, 10, 13].includes(this.bytes[this.at])) this.at++;
    if (this.at >= this.bytes.length) throw new Undecodable(TRUNCATED);
    return String.fromCharCode(this.bytes[this.at]);
  }

  /** Return what kind of value comes next: by its first character alone. */
  kind() {
    const first = this.peek();
    if (first === "-" || (first >= "0" && first <= "9")) return "int";
    return KINDS[first] ?? this.fail("invalid character");
  }

  end() {
    while ([32, 9, 10, 13].includes(this.bytes[this.at])) this.at++;
    if (this.at < this.bytes.length) this.fail("trailing characters", this.at + 1);
  }

  word() {
    const word = WORDS[this.peek()];
    const start = this.at;
    if (this.bytes.length - start < word.length) throw new Undecodable(TRUNCATED);
    for (let offset = 1; offset < word.length; offset++) {
      if (this.bytes[start + offset] !== word.charCodeAt(offset)) {
        this.fail("invalid character", start + (this.depth ? 1 : word.length));
      }
    }
    this.at = start + word.length;
    return word;
  }

  number() {
    this.peek();
    const start = this.at;
    const byte = () => this.bytes[this.at];
    const isDigit = () => byte() >= 48 && byte() <= 57;
    const digits = () => {
      while (isDigit()) this.at++;
    };
    if (byte() === 45) {
      this.at++;
      if (this.at >= this.bytes.length) throw new Undecodable(TRUNCATED);
      if (!isDigit()) this.fail("invalid character");
    }
    const zero = byte() === 48;
    this.at++;
    if (zero && isDigit()) this.fail("invalid number");
    digits();
    if (byte() === 46) {
      this.at++;
      if (!isDigit()) this.fail("invalid number");
      digits();
    }
    if (byte() === 69 || byte() === 101) {
      this.at++;
      if (byte() === 43 || byte() === 45) this.at++;
      if (!isDigit()) this.fail("invalid number");
      digits();
    }
    return textOf(this.bytes.subarray(start, this.at));
  }

  /** Return the text of a string, escapes resolved. */
  string() {
    return decoded(this.stringParts());
  }

  /** Return the bytes of a string in parts: as they stand, and what escapes stand for. */
  stringParts() {
    this.peek();
    const parts = [];
    for (let start = ++this.at; ; ) {
      const byte = this.bytes[this.at];
      if (byte === undefined) throw new Undecodable(TRUNCATED);
      if (byte === 34 || byte === 92) {
        parts.push(this.bytes.subarray(start, this.at));
        this.at++;
        if (byte === 34) return parts;
        parts.push(utf8(this.escape()));
        start = this.at;
      } else if (byte < 32) {
        this.fail("invalid character");
      } else {
        this.at++;
      }
    }
  }

  escape() {
    const letter = String.fromCharCode(this.bytes[this.at] ?? 0);
    if (this.at >= this.bytes.length) throw new Undecodable(TRUNCATED);
    this.at++;
    if (letter !== "u") return ESCAPES[letter] ?? this.wrongEscape();
    const unit = this.unit();
    if (unit < 0xd800 || unit > 0xdfff) return String.fromCharCode(unit);
    if (unit >= 0xdc00) this.fail("invalid utf-16 surrogate pair");
    if (this.bytes.length - this.at < 6) throw new Undecodable(TRUNCATED);
    if (this.bytes[this.at] !== 92 || this.bytes[this.at + 1] !== 117) {
      this.fail(`unexpected end of ${this.depth ? "hex escape" : "escaped utf-16 surrogate pair"}`);
    }
    this.at += 2;
    const low = this.unit();
    if (low < 0xdc00 || low > 0xdfff) this.fail("invalid utf-16 surrogate pair");
    return String.fromCharCode(unit, low);
  }

  wrongEscape() {
    const what = this.depth ? "invalid escaped character" : "invalid escape character in string";
    this.fail(what, this.depth ? this.at - 1 : this.at);
  }

  unit() {
    if (this.bytes.length - this.at < 4) throw new Undecodable(TRUNCATED);
    const digits = String.fromCharCode(...this.bytes.subarray(this.at, this.at + 4));
    const wrong = digits.search(/[^0-9A-Fa-f]/);
    if (wrong >= 0) this.fail("invalid character in unicode escape", this.at + wrong);
    this.at += 4;
    return parseInt(digits, 16);
  }

  /** Yield for each item of an array; whoever asks reads the item before the next. */
  *items() {
    this.peek();
    this.at++;
    for (let first = true; ; first = false) {
      const next = this.peek();
      if (next === "]" && first) break;
      if (!first) {
        if (next === "]") break;
        if (next !== ",") this.fail("expected ',' or ']'");
        this.at++;
        if (this.peek() === "]") this.fail("trailing comma in array");
      }
      yield;
    }
    this.at++;
  }

  /** Yield the name of each member of an object; whoever asks reads its value before the next.
   *  `raw` names are bytes as letters, which need not be UTF-8. */
  *members(raw = this.depth > 0) {
    this.peek();
    this.at++;
    for (let first = true; ; first = false) {
      let next = this.peek();
      if (next === "}" && first) break;
      if (!first) {
        if (next === "}") break;
        if (next !== ",") this.fail("expected ',' or '}'");
        this.at++;
        next = this.peek();
        if (next === "}") this.fail("trailing comma in object");
      }
      if (next !== '"') this.fail(this.depth ? "expected '\"'" : "object keys must be strings");
      const parts = this.stringParts();
      if (this.peek() !== ":") this.fail("expected ':'");
      this.at++;
      yield raw ? String.fromCharCode(...joined(parts).subarray(0, 9)) : decoded(parts);
    }
    this.at++;
  }

  /** Pass a value, whatever it is. */
  skip() {
    const kind = this.kind();
    if (++this.depth > DEPTH_MAX) {
      throw new Undecodable("maximum recursion depth exceeded while deserializing an object");
    }
    if (kind === "array") for (const _ of this.items()) this.skip();
    else if (kind === "object") for (const _ of this.members()) this.skip();
    else if (kind === "str") this.stringParts(); // nobody reads it, so it need not be UTF-8
    else if (kind === "int") this.number();
    else this.word();
    this.depth--;
  }

  /** Return the bytes of a value as they stand. */
  raw() {
    this.peek();
    const start = this.at;
    this.skip();
    return this.bytes.subarray(start, this.at);
  }
}

function decoded(parts) {
  const bytes = parts.length === 1 ? parts[0] : joined(parts);
  const text = textOf(bytes);
  if (text === null) throw new Undecodable(notUtf8(bytes));
  return text;
}

/** Return what Python says of bytes that are not UTF-8. */
function notUtf8(bytes) {
  let at = 0;
  for (;;) {
    const first = bytes[at];
    const more = first < 0x80 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    if (more && (first < 0xc2 || first > 0xf4)) {
      return undecoded(bytes, at, at, "invalid start byte");
    }
    let good = 0;
    while (good < more && follows(first, bytes[at + 1 + good], good)) good++;
    if (good < more) {
      const ended = at + 1 + good >= bytes.length;
      const what = ended ? "unexpected end of data" : "invalid continuation byte";
      return undecoded(bytes, at, at + good, what);
    }
    at += 1 + more;
  }
}

/** Say whether a byte may stand behind a first byte and so many that follow it. */
function follows(first, byte, before) {
  if (byte === undefined || (byte & 0xc0) !== 0x80) return false;
  if (before) return true;
  const least = { 0xe0: 0xa0, 0xf0: 0x90 }[first] ?? 0x80;
  const most = { 0xed: 0x9f, 0xf4: 0x8f }[first] ?? 0xbf;
  return byte >= least && byte <= most;
}

function undecoded(bytes, from, to, what) {
  const byte = bytes[from].toString(16).padStart(2, "0");
  const one = `byte 0x${byte} in position ${from}`;
  const place = from === to ? one : `bytes in position ${from}-${to}`;
  return `'utf-8' codec can't decode ${place}: ${what}`;
}
