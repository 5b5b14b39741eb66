// A reader of typed JSON that tells what is wrong, in the words of the Python verifier's (msgspec).
// It accepts nothing: whatever it lets pass is still compared with its one spelling.

import { lengthOf, quoted } from "./text.js";
import { JsonReader, Undecodable } from "./json_reader.js";
import { patternOf } from "./spelling.js";
import { TABLES } from "./tables.js";

const NAMES = {
  str: "str", int: "int", bool: "bool", literal: "str", list: "array", struct: "object",
};
const patterns = new Map();

/** Return what bytes say of a struct, defaults put in; throws Undecodable. */
export function readTyped(bytes, struct) {
  const reader = new JsonReader(bytes);
  const value = readNode(reader, { t: "struct", struct }, "");
  reader.end();
  return value;
}

/** Return what bytes say of one of several structs that the field `kind` tells apart. */
export function readTagged(bytes, structs) {
  const reader = new JsonReader(bytes);
  const kind = reader.kind();
  if (kind !== "object") throw new Undecodable(`Expected \`object\`, got \`${kind}\``);
  const start = reader.at;
  const struct = tagged(reader, structs);
  reader.at = start;
  const value = readStruct(reader, struct, "");
  reader.end();
  return [struct, value];
}

/** Return the struct that the first field `kind` names. */
function tagged(reader, structs) {
  for (const name of reader.members(true)) {
    if (name !== "kind") {
      reader.skip();
      continue;
    }
    if (reader.kind() !== "str") notText(reader);
    const tag = reader.string();
    const struct = structs.find((one) => TABLES.structs[one].tag === tag);
    if (struct !== undefined) return struct;
    throw new Undecodable(`Invalid value ${quoted(tag)} - at \`$.kind\``);
  }
  throw new Undecodable("Object missing required field `kind`");
}

function fail(message, path) {
  throw new Undecodable(path ? `${message} - at \`$${path}\`` : message);
}

function readNode(reader, node, path) {
  if (node.t === "raw") return reader.raw();
  const kind = reader.kind();
  if (kind === "null" || kind === "bool") return readWord(reader, node, path, kind);
  const wanted = NAMES[node.t];
  if (kind === "int" || kind === "float") return readNumber(reader, node, path, wanted);
  if (kind !== wanted) mismatch(node, wanted, kind, path);
  if (node.t === "struct") return readStruct(reader, node.struct, path);
  if (node.t === "list") return readList(reader, node, path);
  return node.t === "literal" ? readLiteral(reader, node, path) : readText(reader, node, path);
}

function mismatch(node, wanted, kind, path) {
  fail(`Expected \`${wanted}${node.null ? " | null" : ""}\`, got \`${kind}\``, path);
}

function readWord(reader, node, path, kind) {
  const word = reader.word();
  if (kind === "null" && node.null) return null;
  if (kind === "null" || node.t !== "bool") mismatch(node, NAMES[node.t], kind, path);
  return word === "true";
}

function readNumber(reader, node, path, wanted) {
  const text = reader.number();
  const whole = !/[.eE]/.test(text);
  if (!whole || wanted !== "int") {
    const kind = whole && isWord(BigInt(text)) ? "int" : "float";
    mismatch(node, wanted, kind, path);
  }
  const value = BigInt(text);
  if (node.least !== null && value < node.least) fail(`Expected \`int\` >= ${node.least}`, path);
  if (node.most !== null && value > node.most) fail(`Expected \`int\` <= ${node.most}`, path);
  return Number(value);
}

/** Say whether 64 bits hold a number. */
function isWord(value) {
  return value >= -(2n ** 63n) && value < 2n ** 64n;
}

function readText(reader, node, path) {
  const text = reader.string();
  const length = lengthOf(text);
  if (node.least !== null && length < node.least) {
    fail(`Expected \`str\` of length >= ${node.least}`, path);
  }
  if (node.most !== null && length > node.most) {
    fail(`Expected \`str\` of length <= ${node.most}`, path);
  }
  if (node.pattern !== null && !formOf(node.pattern).test(text)) {
    fail(`Expected \`str\` matching regex ${quoted(node.pattern)}`, path);
  }
  return text;
}

function formOf(pattern) {
  if (!patterns.has(pattern)) patterns.set(pattern, patternOf(pattern));
  return patterns.get(pattern);
}

function readLiteral(reader, node, path) {
  const text = reader.string();
  if (!node.values.includes(text)) fail(`Invalid enum value ${quoted(text)}`, path);
  return text;
}

function readList(reader, node, path) {
  const items = [];
  for (const _ of reader.items()) {
    if (node.most !== null && items.length === node.most) {
      fail(`Expected \`array\` of length <= ${node.most}`, path);
    }
    items.push(readNode(reader, node.item, `${path}[${items.length}]`));
  }
  if (node.least !== null && items.length < node.least) {
    fail(`Expected \`array\` of length >= ${node.least}`, path);
  }
  return items;
}

function readStruct(reader, struct, path) {
  const { fields, tag } = TABLES.structs[struct];
  const value = {};
  for (const name of reader.members()) {
    const node = fields.find((one) => one.name === name);
    if (node !== undefined) value[name] = readNode(reader, node, `${path}.${name}`);
    else if (tag !== null && name === "kind") readTag(reader, tag);
    else fail(`Object contains unknown field \`${name}\``, path);
  }
  for (const node of fields) {
    if (node.name in value) continue;
    if (node.required) fail(`Object missing required field \`${node.name}\``, path);
    value[node.name] = node.t === "list" ? [] : null;
  }
  return value;
}

function readTag(reader, tag) {
  if (reader.kind() !== "str") notText(reader);
  const found = reader.string();
  if (found !== tag) throw new Undecodable(`Invalid value ${quoted(found)} - at \`$.kind\``);
}


function notText(reader) {
  reader.skip();
  throw new Undecodable("Expected `str` - at `$.kind`");
}
