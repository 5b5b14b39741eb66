// History: what a statement may say given what the log already holds (ledger/history.py). What must
// be known of earlier events comes through `past`, which may have to read the file again.

import { conflict, refused } from "./errors.js";
import { openedBy, partiesOf, rowOf } from "./statement.js";

/** Return what later statements need to know of an event. */
export function summarize({ index, statement, payloadSha256 }) {
  return {
    index, payloadSha256,
    id: statement.id,
    type: statement.type,
    assertedBy: statement.asserted_by,
    parties: partiesOf(statement),
    corrects: statement.corrects?.id ?? null,
  };
}

/** Throw if a new statement contradicts what the log holds. */
export async function checkHistory(statement, past) {
  await checkTarget(statement, past);
  await checkIdentifier(statement, past);
}

/** Throw if what a statement is about is not there, or not to be replaced or signed so. */
export async function checkTarget(statement, past) {
  const { corrects, data, type } = statement;
  if (corrects !== null) await checkReplaces(statement, await findTarget(corrects, past), past);
  if (type === "EventVoided.v1") {
    await checkReplaces(statement, await findTarget(data.target, past), past);
  } else if (type === "Countersigned.v1") {
    checkNamed(statement, await findTarget(data.target, past));
  } else if (type === "DocumentAttached.v1") {
    await findTarget(data.target, past);
  } else if (type === "FindingAnswered.v1" && data.entry !== null) {
    await findTarget(data.entry, past);
  }
}

async function findTarget(target, past) {
  const recorded = await past.byId(target.id);
  if (recorded === null) {
    throw refused("TARGET-UNKNOWN", `no entry has the id ${target.id}`, "target");
  }
  if (recorded.payloadSha256 !== target.payload_sha256) {
    const told = `entry ${recorded.index} has other bytes than the target names`;
    throw refused("TARGET-DIGEST", told, `entry ${recorded.index}`);
  }
  return recorded;
}

function checkNamed(statement, recorded) {
  if (recorded.type.startsWith("Countersigned.")) {
    throw refused("TARGET-FIXED", "a counter-signature is not counter-signed itself");
  }
  if (!recorded.parties.has(statement.asserted_by.toLowerCase())) {
    const told = `${statement.asserted_by} is not named in entry ${recorded.index}`;
    throw refused("NOT-NAMED", told, `entry ${recorded.index}`);
  }
}

async function checkReplaces(statement, recorded, past) {
  const where = `entry ${recorded.index}`;
  if (rowOf(recorded.type).fixed) {
    const told = "is neither corrected nor voided, only followed by a new one";
    throw refused("TARGET-FIXED", `a ${recorded.type} ${told}`, where);
  }
  if (recorded.assertedBy.toLowerCase() !== statement.asserted_by.toLowerCase()) {
    const told = `${where} is ${recorded.assertedBy}'s word, not ${statement.asserted_by}'s`;
    throw refused("NOT-ASSERTED-BY", told, where);
  }
  if (statement.corrects !== null && recorded.type !== statement.type) {
    const told = `a ${statement.type} cannot correct a ${recorded.type}`;
    throw conflict("TARGET-TYPE", told, where);
  }
  const successor = await past.successor(recorded.id);
  if (successor !== null) {
    const told = `${where} was replaced or voided by entry ${successor.index}`;
    throw conflict("TARGET-NOT-NEWEST", told, where);
  }
}

async function checkIdentifier(statement, past) {
  const opened = openedBy(statement);
  if (opened === null || rowOf(statement.type).updates) return;
  const chain = await chainOf(statement, past);
  for (const recorded of await past.openers(opened)) {
    const same = recorded.assertedBy.toLowerCase() === statement.asserted_by.toLowerCase();
    if (same && !chain.has(recorded.id)) {
      const name = opened.replaceAll("/", " ");
      const told = `${statement.asserted_by} opened ${name} in entry ${recorded.index}`;
      throw conflict("IDENTIFIER-USED", told, `entry ${recorded.index}`);
    }
  }
}

/** Return the ids of the events that a correction replaces, back to the first. */
async function chainOf(statement, past) {
  const chain = new Set();
  let current = statement.corrects?.id ?? null;
  while (current !== null && !chain.has(current)) {
    chain.add(current);
    current = (await past.byId(current))?.corrects ?? null;
  }
  return chain;
}
