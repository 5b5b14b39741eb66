// Statements from bytes, and what follows from one alone (ledger/events/wire.py, well_formed.py,
// event_type.py; what ledger/entry.py tells of one).

import { compareText, sameBytes, textOf, utf8, concat } from "./bytes.js";
import {
  RAW, checkDepth, checkSets, decode, notCanonical, readChecked, respell,
} from "./canonical.js";
import { LedgerError, malformed, unavailable } from "./errors.js";
import { checkOccurred } from "./occurred.js";
import { spellerOf, valueOf } from "./spelling.js";
import { TABLES } from "./tables.js";
import { cut, quoted } from "./text.js";

const SIZE_MAX = TABLES.limits.statement;

/** Return the row of a type; null for one that this version does not know. */
export function rowOf(type) {
  return Object.hasOwn(TABLES.types, type) ? TABLES.types[type] : null;
}

/** Return the statement that these bytes are the one spelling of. */
export function decodeStatement(payload) {
  const statement = wholeStatement(payload) ?? layeredStatement(payload);
  checkWellFormed(statement);
  return statement;
}

/** Return the statement where all is as it should be, else undefined. */
function wholeStatement(payload) {
  const text = payload.length <= SIZE_MAX ? textOf(payload) : null;
  if (text === null) return undefined;
  const type = text.slice(text.lastIndexOf('"', text.length - 3) + 1, -2); // the last field
  const row = rowOf(type);
  return row === null ? undefined : valueOf(text, spellerOf("WireStatement", row.data));
}

/** Take the bytes apart, which tells what is wrong with them. */
function layeredStatement(payload) {
  if (payload.length <= SIZE_MAX) checkDepth(payload, "statement");
  const wire = decodeHead(payload);
  const row = rowOf(wire.type);
  if (row === null) {
    const told = `${quoted(cut(wire.type, 60))} is no event type that this version knows`;
    throw unavailable("TYPE-UNKNOWN", told);
  }
  wire.data = decode(wire.data, row.data, SIZE_MAX, `${wire.type} data`);
  return wire;
}

/** Return what stands around a statement's data, and the data as bytes: the same for every type. */
export function decodeHead(payload) {
  const wire = readChecked(payload, "WireStatement", SIZE_MAX, "statement");
  checkSets(wire, "WireStatement", "statement");
  const [before, after] = respell(wire, "WireStatement").split(RAW).map(utf8);
  if (!sameBytes(concat(before, wire.data, after), payload)) throw notCanonical("statement");
  return wire;
}

/** Return a statement, or what can be read of one whose type is not known, with `unknown` set. */
export function decodeAny(payload) {
  try {
    return decodeStatement(payload);
  } catch (error) {
    if (!(error instanceof LedgerError) || error.code !== "TYPE-UNKNOWN") throw error;
    return { ...decodeHead(payload), data: null, unknown: true };
  }
}

function checkWellFormed(statement) {
  checkSignatories(statement);
  if (statement.references.filter((one) => one.type === TABLES.idempotency).length > 1) {
    const told = "a statement has one idempotency key at most";
    throw malformed("IDEMPOTENCY-TWICE", told, "references");
  }
  const { data, type } = statement;
  if (type === "CheckpointAnchored.v1" && data.token === null && data.cosignatures.length === 0) {
    const told = "an anchored checkpoint has a time stamp or cosignatures";
    throw malformed("ANCHOR-EMPTY", told, "data");
  }
  checkNames(data, rowOf(type).data);
  checkOccurred(statement.occurred);
  checkMoments(data, rowOf(type).data);
}

/** Throw for a list that names one thing twice: identifiers are the same in any case. */
function checkNames(value, struct) {
  for (const node of TABLES.structs[struct].fields) {
    const member = value[node.name];
    if (member === null) continue;
    const [item, members] = node.t === "list" ? [node.item, member] : [node, [member]];
    if (item.t === "struct") for (const one of members) checkNames(one, item.struct);
    if (!item.kind || members.length < 2) continue;
    if (new Set(members.map((one) => one.toLowerCase())).size < members.length) {
      const told = `a list of ${node.name} names one twice, in another case`;
      throw malformed("NAME-TWICE", told, node.name);
    }
  }
}

/** Check every date that a struct holds, at any depth; no list holds any. */
function checkMoments(value, struct) {
  for (const node of TABLES.structs[struct].fields) {
    const member = value[node.name];
    if (member === null) continue;
    if (node.date) checkOccurred(member);
    else if (node.t === "struct") checkMoments(member, node.struct);
  }
}

function checkSignatories(statement) {
  const [first, ...rest] = statement.signatories;
  if (rest.length === 0 && first.party === statement.asserted_by) return;
  const inOrder = rest.every((one, at) => at === 0 || compareSigners(rest[at - 1], one) <= 0);
  const keys = new Set(statement.signatories.map((one) => one.key));
  if (first.party !== statement.asserted_by || !inOrder || keys.size < rest.length + 1) {
    const order = "then be sorted by party and key, keys once";
    const told = `signatories must start with asserted_by, ${order}`;
    throw malformed("SIGNATORIES", told, "signatories");
  }
  const times = new Map();
  for (const one of statement.signatories) {
    const party = one.party.toLowerCase();
    times.set(party, (times.get(party) ?? 0) + 1);
  }
  if ([...times].some(([party, count]) => count > signsAtMost(statement, party))) {
    const told = "a party signs twice, which only the one whose key is enrolled may";
    throw malformed("SIGNATORIES", told, "signatories");
  }
}

function compareSigners(one, other) {
  return compareText(one.party, other.party) || compareText(one.key, other.key);
}

function signsAtMost(statement, party) {
  const { type, data } = statement;
  if (type !== "KeyEnrolled.v1" || party !== data.party.toLowerCase()) return 1;
  return party === statement.asserted_by.toLowerCase() ? 3 : 2;
}

/** Return the party whose act a statement tells, or null. */
export function actorOf(statement) {
  const { acting } = rowOf(statement.type);
  return acting === null ? null : statement.data[acting];
}

/** Return the identifier that a statement opens as `kind/value` in lower case, or null. */
export function openedBy(statement) {
  const { opens } = rowOf(statement.type);
  return opens === null ? null : `${opens[0]}/${statement.data[opens[1]]}`.toLowerCase();
}

/** Return every party that a statement names, its signatories among them, in lower case. */
export function partiesOf(statement) {
  const found = new Set(statement.signatories.map((one) => one.party.toLowerCase()));
  gather(statement.data, rowOf(statement.type).data, "party", found);
  return found;
}

/** Gather the values of a kind (`party`, `batch` …) that a struct holds, in lower case. */
export function gather(value, struct, kind, found) {
  for (const node of TABLES.structs[struct].fields) {
    const member = value[node.name];
    if (member === null) continue;
    const [item, members] = node.t === "list" ? [node.item, member] : [node, [member]];
    if (item.kind === kind) for (const one of members) found.add(one.toLowerCase());
    if (item.t === "struct") for (const one of members) gather(one, item.struct, kind, found);
  }
}

/** Return the events that a statement corrects, then the one that its data is about. */
export function targetsOf(statement) {
  const found = statement.corrects === null ? [] : [statement.corrects];
  if (TABLES.targets[statement.type]) {
    const target = statement.data[TABLES.targets[statement.type]];
    if (target !== null) found.push(target);
  }
  return found;
}

/** Return the event that a statement corrects or voids, or null. */
export function replacedBy(statement) {
  const replaces = statement.corrects !== null || statement.type === "EventVoided.v1";
  return replaces ? targetsOf(statement)[0] : null;
}

/** Say whether a statement changes authority, or ends or replaces another event. */
export function isControl(statement) {
  return rowOf(statement.type).control || statement.corrects !== null;
}

/** Return the checkpoints of this ledger that a statement names: seen, and anchored by it. */
export function namedCheckpoints(statement) {
  const named = statement.seen === null ? [] : [statement.seen];
  if (statement.type === "CheckpointAnchored.v1") named.push(statement.data);
  return named.map(({ size, root }) => ({ size, root }));
}

/** Return a statement's explicit idempotency key, or null. */
export function idempotencyKey(statement) {
  return statement.references.find((one) => one.type === TABLES.idempotency)?.value ?? null;
}
