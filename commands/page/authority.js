// Authority: who holds which key and role at each position of the log (ledger/authority.py).

import { keyId, rawKey } from "./ed25519.js";
import { hexOf } from "./bytes.js";
import { refused } from "./errors.js";
import { sortedTexts } from "./text.js";
import { TABLES } from "./tables.js";

const FOREVER = 2 ** 53;

export class Authority {
  constructor() {
    this.opening = null;
    this.parties = new Map();
    this.keys = new Map();
    this.roles = new Map(); // "party role" to grants
    this.agencies = new Map(); // "agent principal" to grants
    this.checkpointKeys = []; // [position, raw key]
    this.rights = []; // [position, name, SHA-256]
  }

  get operator() {
    return this.opening.operator.party;
  }

  knows(party, index) {
    const first = this.parties.get(party.toLowerCase());
    return first !== undefined && (first < index || index === 0);
  }

  holds(party, role, index) {
    const grants = this.roles.get(`${party.toLowerCase()} ${role}`) ?? [];
    return grants.some((grant) => covers(grant, index));
  }

  rolesOf(party, index) {
    return TABLES.roles.filter((role) => this.holds(party, role, index));
  }

  /** Return the types (without version) of the principal's that the agent may assert. */
  agency(agent, principal, index) {
    const grants = this.agencies.get(`${agent.toLowerCase()} ${principal.toLowerCase()}`) ?? [];
    return new Set(grants.filter((one) => covers(one, index)).flatMap((one) => one.types));
  }

  /** Return the party's key that is in force for an entry at this position, or throw. */
  key(identifier, party, index) {
    const found = this.keys.get(identifier);
    const where = `key ${identifier.slice(0, 8)}…`;
    if (found === undefined) {
      throw refused("KEY-UNENROLLED", `the ${where} is not enrolled for ${party}`, where);
    }
    if (found.party.toLowerCase() !== party.toLowerCase()) {
      const told = `the ${where} is enrolled for ${found.party}, not for ${party}`;
      throw refused("KEY-OF-ANOTHER", told, where);
    }
    if (inForce(found, index)) return found;
    if (found.revoked !== null && index > found.revoked) {
      const told = `the ${where} of ${party} was revoked by entry ${found.revoked}`;
      throw refused("KEY-REVOKED", told, where);
    }
    const told = `the ${where} of ${party} counts only after entry ${found.enrolled}`;
    throw refused("KEY-NOT-YET", told, where);
  }

  /** Return the keys in force of every party that holds the role registrar. */
  registrarKeys(index) {
    const found = [];
    for (const [pair, grants] of this.roles) {
      const [party, role] = pair.split(" ");
      if (role !== "registrar" || !grants.some((grant) => covers(grant, index))) continue;
      for (const key of this.keys.values()) {
        if (key.party.toLowerCase() === party && inForce(key, index)) found.push(key);
      }
    }
    return found;
  }

  rightsAt(index) {
    return this.rights.filter(([start]) => start < index || start === 0).at(-1);
  }

  /** Return the raw public key that signs a checkpoint of this size. */
  checkpointKey(size) {
    return this.checkpointKeys.filter(([start]) => start < size || start === 0).at(-1)[1];
  }

  /** Say whether a raw public key was a party's or the ledger's before this position. */
  isUsed(publicKey, index) {
    const own = this.keys.get(keyId(publicKey));
    const name = hexOf(publicKey);
    return (
      (own !== undefined && own.enrolled < index) ||
      this.checkpointKeys.some(([start, key]) => start < index && hexOf(key) === name)
    );
  }

  /** Fold in one control entry; what rights would refuse changes no earlier answer. */
  apply(index, statement) {
    const { data } = statement;
    switch (statement.type) {
      case "LedgerOpened.v1":
        if (index === 0) this.open(data);
        break;
      case "LedgerKeyRotated.v1":
        this.checkpointKeys.push([index, rawKey(data.checkpoint_key)]);
        break;
      case "RightsAdopted.v1":
        this.rights.push([index, data.rights, data.rights_sha256]);
        break;
      case "PartyRegistered.v1":
        setDefault(this.parties, data.party.toLowerCase(), index);
        break;
      case "RoleGranted.v1":
        this.grant(index, data);
        break;
      case "RoleWithdrawn.v1":
        this.withdraw(index, data);
        break;
      case "KeyEnrolled.v1":
        this.enroll(index, statement);
        break;
      case "KeyRevoked.v1":
        this.revoke(index, data);
        break;
      default: // voids and corrections end events, not authority
    }
  }

  open(data) {
    this.opening = data;
    const { party } = data.operator;
    this.parties.set(party.toLowerCase(), 0);
    this.roles.set(`${party.toLowerCase()} registrar`, [{ start: -1, end: FOREVER, types: [] }]);
    this.checkpointKeys.push([0, rawKey(data.checkpoint_key)]);
    this.rights.push([0, data.rights, data.rights_sha256]);
    for (const key of [data.registrar_key, data.recovery_key]) {
      const raw = rawKey(key);
      this.keys.set(keyId(raw), enrolled(party, key, raw, 0, "opening", [party]));
    }
  }

  grant(index, data) {
    const party = data.party.toLowerCase();
    if (data.role !== null) {
      const grant = { start: index, end: FOREVER, types: [] };
      setDefault(this.roles, `${party} ${data.role}`, []).push(grant);
    }
    if (data.acts_for !== null) {
      const pair = `${party} ${data.acts_for.principal.toLowerCase()}`;
      const grant = { start: index, end: FOREVER, types: data.acts_for.types };
      setDefault(this.agencies, pair, []).push(grant);
    }
  }

  withdraw(index, data) {
    const party = data.party.toLowerCase();
    const role = data.role === null ? [] : this.roles.get(`${party} ${data.role}`) ?? [];
    const agent = data.acts_for === null ? null : `${party} ${data.acts_for.toLowerCase()}`;
    for (const grants of [role, this.agencies.get(agent) ?? []]) {
      for (const grant of grants) grant.end = Math.min(grant.end, index);
    }
  }

  revoke(index, data) {
    const key = this.keys.get(data.key);
    if (key === undefined || key.revoked !== null) return;
    key.revoked = index;
    key.doubtedSince = data.doubted_since;
  }

  enroll(index, statement) {
    const { data } = statement;
    const raw = rawKey(data.key);
    if (this.keys.has(keyId(raw))) return; // the first enrolment stands, for ever
    const party = data.party.toLowerCase();
    const own = new Set();
    for (const key of this.keys.values()) if (key.party.toLowerCase() === party) own.add(key.id);
    const concerned = new Set([statement.asserted_by.toLowerCase(), party]);
    const signers = statement.signatories;
    const others = signers.filter((one) => !concerned.has(one.party.toLowerCase()));
    const previous = signers.map((one) => one.key).filter((key) => own.has(key));
    let voucher = "registrar only", vouchedBy = [statement.asserted_by];
    if (previous.length) [voucher, vouchedBy] = ["own previous key", [data.party]];
    else if (others.length) {
      const names = new Set(others.map((one) => one.party));
      [voucher, vouchedBy] = ["another party", sortedTexts(names)];
    }
    const key = enrolled(data.party, data.key, raw, index, voucher, vouchedBy);
    key.previous = previous;
    key.reset = own.size > 0 && previous.length === 0;
    this.keys.set(key.id, key);
  }
}

function enrolled(party, key, raw, index, voucher, vouchedBy) {
  return {
    id: keyId(raw), party, publicKey: raw, holder: key.holder, enrolled: index, voucher, vouchedBy,
    previous: [], reset: false, revoked: null, doubtedSince: null,
  };
}

function covers(grant, index) {
  return grant.start < index && index <= grant.end;
}

function inForce(key, index) {
  const after = key.enrolled < index || index === 0;
  return after && (key.revoked === null || index <= key.revoked);
}

/** Return what a map holds under a key, after putting a value there where it held none. */
export function setDefault(map, key, value) {
  if (!map.has(key)) map.set(key, value);
  return map.get(key);
}
