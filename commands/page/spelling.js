// The one spelling of typed values (ledger/canonical.py). A value is spelled by its type while it
// is checked, and whoever reads compares the result with what was read: so floats, large integers,
// unknown, doubled or absent fields, other orders, spaces and escapes all show as a difference.

import { compareText } from "./bytes.js";
import { isWellFormed, lengthOf } from "./text.js";
import { TABLES } from "./tables.js";

/** Thrown where a value does not fit its type; `typed_reader.js` tells why. */
export const MISFIT = new Error("a value does not fit its type");

const spellers = new Map();

/** Return the function that spells a struct's values; `data` is what its raw field holds. */
export function spellerOf(name, data = null) {
  const key = data === null ? name : `${name} ${data}`;
  if (!spellers.has(key)) spellers.set(key, structSpeller(name, data));
  return spellers.get(key);
}

function structSpeller(name, data) {
  const { fields, tag } = TABLES.structs[name];
  const parts = fields.map((node) => [node.name, spellerOfNode(node, data)]);
  if (tag !== null) parts.push(["kind", literalSpeller([tag])]);
  parts.sort(([one], [other]) => compareText(one, other));
  const heads = parts.map(([field], at) => `${at ? "," : "{"}"${field}":`);
  return (value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw MISFIT;
    let text = "";
    for (let at = 0; at < parts.length; at++) text += heads[at] + parts[at][1](value[parts[at][0]]);
    return `${text}}`;
  };
}

function spellerOfNode(node, data) {
  const spell = plainSpeller(node, data);
  return node.null ? (value) => (value === null ? "null" : spell(value)) : spell;
}

function plainSpeller(node, data) {
  switch (node.t) {
    case "str":
      return textSpeller(node);
    case "int":
      return integerSpeller(node);
    case "bool":
      return (value) => (value === true ? "true" : value === false ? "false" : misfit());
    case "literal":
      return literalSpeller(node.values);
    case "list":
      return listSpeller(node);
    case "struct":
      return (value) => spellerOf(node.struct)(value);
    case "raw":
      return (value) => spellerOf(data)(value);
    default:
      throw new Error(`no such type: ${node.t}`);
  }
}

function misfit() {
  throw MISFIT;
}

/** Return a pattern of Python as one of this language; `\Z` is the end of the text. */
export function patternOf(pattern) {
  return new RegExp(pattern.replaceAll("\\Z", "$"), "u");
}

function textSpeller({ least, most, pattern }) {
  const form = pattern && patternOf(pattern);
  return (value) => {
    if (typeof value !== "string") throw MISFIT;
    if (least !== null && value.length < least) throw MISFIT;
    if (most !== null && value.length > most && lengthOf(value) > most) throw MISFIT;
    if (form ? !form.test(value) : !isWellFormed(value)) throw MISFIT;
    return JSON.stringify(value);
  };
}

function integerSpeller({ least, most }) {
  return (value) => {
    if (!Number.isSafeInteger(value) || value < least || value > most) throw MISFIT;
    return String(value);
  };
}

function literalSpeller(values) {
  const spelled = new Map(values.map((value) => [value, JSON.stringify(value)]));
  return (value) => spelled.get(value) ?? misfit();
}

function listSpeller({ item, least, most, set }) {
  const spell = spellerOfNode(item, null);
  return (value) => {
    if (!Array.isArray(value)) throw MISFIT;
    if (value.length < (least ?? 0) || value.length > (most ?? Infinity)) throw MISFIT;
    const spelled = value.map(spell);
    if (set) {
      for (let at = 1; at < spelled.length; at++) {
        if (compareText(spelled[at - 1], spelled[at]) >= 0) throw MISFIT;
      }
    }
    return `[${spelled.join(",")}]`;
  };
}

/** Return the value that a text is the one spelling of by a speller, or undefined. */
export function valueOf(text, spell) {
  try {
    const value = JSON.parse(text);
    return spell(value) === text ? value : undefined;
  } catch {
    return undefined; // no JSON, nested too deep, or of another type
  }
}
