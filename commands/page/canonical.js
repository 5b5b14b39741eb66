// Reading typed JSON in its one spelling, with the errors of ledger/canonical.py.

import { compareText, textOf } from "./bytes.js";
import { malformed } from "./errors.js";
import { spellerOf, valueOf } from "./spelling.js";
import { figure } from "./text.js";
import { TABLES } from "./tables.js";
import { Undecodable } from "./json_reader.js";
import { readTyped } from "./typed_reader.js";

const DEPTH_MAX = TABLES.limits.depth;
/** Stands in a spelling for bytes that are left as they are; no spelling has it otherwise. */
export const RAW = "\u0000";

/** Return the struct that bytes are the one spelling of, or throw what is wrong with them. */
export function decode(bytes, struct, sizeMax, what) {
  if (bytes.length <= sizeMax) {
    const text = textOf(bytes);
    const value = text === null ? undefined : valueOf(text, spellerOf(struct));
    if (value !== undefined) return value;
  }
  throw flaw(bytes, struct, sizeMax, what);
}

/** Return the error of bytes that are not the one spelling of a struct. */
function flaw(bytes, struct, sizeMax, what) {
  const read = readChecked(bytes, struct, sizeMax, what);
  checkSets(read, struct, what);
  return notCanonical(what);
}

export function notCanonical(what) {
  return malformed("NOT-CANONICAL", `the ${what} is not in its one canonical spelling`, what);
}

/** Return a struct from bytes that need not be in its one spelling; raw fields as they stand. */
export function readChecked(bytes, struct, sizeMax, what) {
  if (bytes.length > sizeMax) {
    const told = `the ${what} has ${figure(bytes.length)} bytes, more than ${figure(sizeMax)}`;
    throw malformed("TOO-LARGE", told, what);
  }
  try {
    return readTyped(bytes, struct);
  } catch (error) {
    if (!(error instanceof Undecodable)) throw error;
    const regex = /matching regex '.*'(?= - at|$)/s;
    const said = error.message.replace(regex, "of another form than it has");
    throw malformed("NOT-TYPED", `the ${what} is not what its type says: ${said}`);
  }
}

/** Throw for JSON of more objects and lists within each other than any type has; any bytes do. */
export function checkDepth(bytes, what) {
  let depth = 0, quoted = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (quoted && byte === 0x5c) at++; // what it escapes ends no string
    else if (byte === 0x22) quoted = !quoted;
    else if (quoted) continue;
    else if (byte === 0x5b || byte === 0x7b) depth++;
    else if (byte === 0x5d || byte === 0x7d) depth--;
    if (depth > DEPTH_MAX) {
      throw malformed("TOO-DEEP", `the ${what} has more than ${DEPTH_MAX} levels`, what);
    }
  }
}

/** Throw for a list in a struct that is not sorted by its items' spelling, or repeats one. */
export function checkSets(value, struct, what) {
  for (const node of TABLES.structs[struct].fields) {
    const member = value[node.name];
    if (member === null || member === undefined) continue;
    if (node.t === "struct") checkSets(member, node.struct, what);
    if (node.t !== "list") continue;
    if (node.set) checkSet(node, member, what);
    if (node.item.t === "struct") for (const one of member) checkSets(one, node.item.struct, what);
  }
}

function checkSet(node, items, what) {
  const spell = node.item.t === "struct" ? (one) => respell(one, node.item.struct) : JSON.stringify;
  const spelled = items.map(spell);
  if (spelled.some((one, at) => at > 0 && compareText(spelled[at - 1], one) >= 0)) {
    const told = `the list ${node.name} is not sorted by canonical bytes, or repeats an item`;
    throw malformed("LIST-NOT-A-SET", told, what);
  }
}

/** Return a struct's spelling without any check: lists as they are, absent fields put in. */
export function respell(value, struct) {
  const { fields, tag } = TABLES.structs[struct];
  const parts = fields.map((node) => [node.name, respelled(value[node.name], node)]);
  if (tag !== null) parts.push(["kind", JSON.stringify(tag)]);
  parts.sort(([one], [other]) => compareText(one, other));
  return `{${parts.map(([name, text]) => `"${name}":${text}`).join(",")}}`;
}

function respelled(value, node) {
  if (value === null || value === undefined) return "null";
  if (node.t === "raw") return RAW;
  if (node.t === "struct") return respell(value, node.struct);
  if (node.t === "list") return `[${value.map((one) => respelled(one, node.item)).join(",")}]`;
  return JSON.stringify(value);
}
