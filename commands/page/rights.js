// Rights: whether a party may assert a statement at a position, or why not (ledger/rights.py).

import { hexOf } from "./bytes.js";
import { checkPublicKey, keyId, rawKey } from "./ed25519.js";
import { conflict, refused, unavailable } from "./errors.js";
import { actorOf, rowOf } from "./statement.js";
import { TABLES } from "./tables.js";

const TRADE_ROLES = new Set(TABLES.tradeRoles);
const OPERATOR = TABLES.operatorRole;
const SPECIAL = {
  "KeyEnrolled.v1": checkEnrolment,
  "KeyRevoked.v1": checkRevocation,
  "RoleGranted.v1": checkGrant,
  "RoleWithdrawn.v1": checkWithdrawal,
  "LedgerKeyRotated.v1": checkRotation,
  "RightsAdopted.v1": (authority, { data }) => checkKnown(data.rights, data.rights_sha256),
};

/** Allow a statement at a position, or throw. */
export function may(authority, statement, index) {
  const opening = statement.type === "LedgerOpened.v1";
  if (opening !== (index === 0)) {
    const told = "LedgerOpened is entry 0, and entry 0 is LedgerOpened";
    throw refused("NOT-THE-OPENING", told, "type");
  }
  if (opening) {
    checkOpening(statement);
    return;
  }
  const { origin } = authority.opening;
  if (statement.ledger !== origin) {
    const told = `the statement is for ${statement.ledger}, this ledger is ${origin}`;
    throw refused("OTHER-LEDGER", told, "ledger");
  }
  const [, name, sha256] = authority.rightsAt(index);
  checkKnown(name, sha256);
  checkSigners(authority, statement, index);
  checkBasis(authority, statement, index);
  if (Object.hasOwn(SPECIAL, statement.type)) SPECIAL[statement.type](authority, statement, index);
}

function checkKnown(name, sha256) {
  const known = Object.hasOwn(TABLES.knownRights, name) ? TABLES.knownRights[name] : null;
  if (known !== sha256) {
    const table = `the rights table ${name} (${sha256.slice(0, 8)}…)`;
    throw unavailable("RIGHTS-UNKNOWN", `${table} is not one that this version knows`);
  }
}

function checkSigners(authority, statement, index) {
  const enrols = statement.type === "KeyEnrolled.v1";
  const newKey = enrols ? keyId(rawKey(statement.data.key)) : null;
  for (const { party, key } of statement.signatories) {
    checkKnownParty(authority, party, index, "signatories");
    if (key === newKey && party === statement.data.party) continue;
    authority.key(key, party, index);
  }
}

function checkKnownParty(authority, party, index, where = "party") {
  if (!authority.knows(party, index)) {
    throw refused("PARTY-UNKNOWN", `${party} is not registered in this ledger`, where);
  }
}

function same(one, other) {
  return one.toLowerCase() === other.toLowerCase();
}

function checkBasis(authority, statement, index) {
  const row = rowOf(statement.type), party = statement.asserted_by, { basis } = statement;
  const actor = actorOf(statement);
  const held = new Set(authority.rolesOf(party, index));
  if (same(party, authority.operator)) held.add(OPERATOR);
  const trades = [...held].some((role) => TRADE_ROLES.has(role));
  if (row.acting !== null && actor === null && basis !== "third_party_report") {
    throw refused("ACTOR", `${row.acting} may be unknown only in a third-party report`, row.acting);
  }
  if (row.firstPartyOnly && basis !== "first_party") {
    throw refused("BASIS", `${statement.type} is admitted as first_party only`, "basis");
  }
  if (basis === "first_party") {
    checkFirstParty(statement, authority.agency(party, actor ?? party, index), held);
  } else if (basis === "authority") {
    demand(held.has("authority"), `${party} does not hold role authority`);
  } else if (basis === "counterparty") {
    if (actor === null || same(actor, party)) {
      throw refused("BASIS", "a counterparty speaks of what another party did", "basis");
    }
    demand(trades, `${party} holds no trade role`);
  } else {
    const documented = trades && statement.documents.length > 0;
    const told = `a report by ${party} needs role reporter or auditor, or the document attached`;
    demand(held.has("reporter") || held.has("auditor") || documented, told);
  }
}

function demand(condition, message) {
  if (!condition) throw refused("ROLE", message, "asserted_by");
}

function checkFirstParty(statement, agency, held) {
  const row = rowOf(statement.type), party = statement.asserted_by;
  const actor = actorOf(statement) ?? party;
  const event = statement.type.split(".")[0];
  if (!same(actor, party) && !agency.has(event)) {
    const told = `${party} is not ${row.acting} ${actor} and does not act for it`;
    throw refused("ACTOR", told, row.acting);
  }
  if (!row.roles.some((role) => role === "-" || held.has(role))) {
    const roles = row.roles.join(", ");
    const told = `${party} holds none of the roles that may assert ${event}: ${roles}`;
    throw refused("ROLE", told, "asserted_by");
  }
}

function checkOpening(statement) {
  const { data, signatories } = statement;
  checkKnown(data.rights, data.rights_sha256);
  const keys = [data.registrar_key, data.recovery_key, data.checkpoint_key].map(rawKey);
  keys.forEach(checkPublicKey);
  const [first, ...rest] = signatories;
  if (rest.length || first.party !== data.operator.party || first.key !== keyId(keys[0])) {
    const told = "entry 0 is signed by the registrar key that it carries, alone";
    throw refused("OPENING-SIGNER", told);
  }
  if (new Set(keys.map(hexOf)).size < keys.length) {
    throw refused("OPENING-KEYS", "the ledger's three keys must differ");
  }
  if (statement.ledger !== data.origin) {
    throw refused("OTHER-LEDGER", "entry 0 opens another origin than it is for");
  }
  if (statement.basis !== "first_party" || statement.seen !== null) {
    throw refused("BASIS", "entry 0 is first_party and has seen nothing before it");
  }
}

function checkEnrolment(authority, { data, signatories }, index) {
  const raw = rawKey(data.key);
  checkPublicKey(raw);
  checkKnownParty(authority, data.party, index);
  if (authority.isUsed(raw, index)) {
    const told = "a public key is enrolled once per ledger, for one party, and is no ledger key";
    throw conflict("KEY-ENROLLED-BEFORE", told, "key");
  }
  const name = keyId(raw);
  if (!signatories.some((one) => one.key === name && one.party === data.party)) {
    const told = "the new key must sign its own enrolment, for its party";
    throw refused("KEY-NOT-PROVEN", told, "signatories");
  }
}

function checkRevocation(authority, statement, index) {
  const { data } = statement;
  const key = authority.key(data.key, data.party, index);
  const registrar = authority.holds(statement.asserted_by, "registrar", index);
  if (!same(statement.asserted_by, key.party) && !registrar) {
    throw refused("ROLE", "a party revokes its own keys, the registrar any party's");
  }
  if (data.doubted_since !== null && !registrar) {
    throw refused("ROLE", "only the registrar doubts what a key signed before");
  }
  if (data.doubted_since !== null && data.doubted_since > index) {
    throw refused("DOUBT-AHEAD", `entry ${data.doubted_since} is not recorded yet`);
  }
  if (authority.registrarKeys(index).every((one) => one.id === data.key)) {
    throw refused("LAST-REGISTRAR-KEY", "the last registrar key cannot be revoked");
  }
  if (registrar && data.key === statement.signatories[0].key) {
    throw refused("KEY-SELF", "the registrar cannot revoke the key that it signs with");
  }
}

function checkGrant(authority, { data, signatories }, index) {
  checkKnownParty(authority, data.party, index);
  if (data.role === null && data.acts_for === null) {
    throw refused("GRANT-EMPTY", "a grant names a role, an agency or both");
  }
  if (data.role !== null && authority.holds(data.party, data.role, index)) {
    throw conflict("ROLE-HELD", `${data.party} holds role ${data.role} already`);
  }
  if (data.acts_for !== null) {
    const { principal } = data.acts_for;
    if (!signatories.some((one) => same(one.party, principal))) {
      throw refused("PRINCIPAL-ABSENT", `the principal ${principal} must sign the agency`);
    }
  }
}

function checkWithdrawal(authority, { data }, index) {
  if (data.role === null && data.acts_for === null) {
    throw refused("GRANT-EMPTY", "a withdrawal names a role, an agency or both");
  }
  if (data.role !== null && !authority.holds(data.party, data.role, index)) {
    throw refused("ROLE-NOT-HELD", `${data.party} does not hold role ${data.role}`);
  }
  if (data.acts_for !== null && !authority.agency(data.party, data.acts_for, index).size) {
    throw refused("ROLE-NOT-HELD", `${data.party} does not act for ${data.acts_for}`);
  }
  if (data.role !== "registrar") return;
  if (same(data.party, authority.operator)) {
    throw refused("LAST-REGISTRAR", "the ledger operator is registrar for ever");
  }
  if (authority.registrarKeys(index).every((one) => same(one.party, data.party))) {
    throw refused("LAST-REGISTRAR-KEY", "nobody else could act as registrar");
  }
}

function checkRotation(authority, statement, index) {
  const raw = rawKey(statement.data.checkpoint_key);
  checkPublicKey(raw);
  if (!same(statement.asserted_by, authority.operator)) {
    throw refused("ROLE", "only the ledger operator rotates the ledger's key");
  }
  if (authority.isUsed(raw, index)) {
    throw conflict("KEY-ENROLLED-BEFORE", "the ledger's new key must be a new key");
  }
}
