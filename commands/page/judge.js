// Everything that can be judged of an entry without its neighbours: spelling, ledger, signatories,
// signatures, rights (ledger/verify/chunk.py).

import { keyId, rawKey, verifies } from "./ed25519.js";
import { pae, rawBase64, readAny } from "./entry.js";
import { LedgerError } from "./errors.js";
import { mark } from "./report.js";
import { may } from "./rights.js";

export class Judge {
  /** Take what all entries are judged by, and what takes the marks. */
  constructor({ authority, blindAfter }, add) {
    this.authority = authority;
    this.blindAfter = blindAfter;
    this.add = add;
    this.signatures = 0;
    this.waiting = [];
  }

  /** Judge one entry; return its event, or null where it has no one spelling. */
  take(index, bytes) {
    let event;
    try {
      event = readAny(index, bytes);
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error;
      const spelling = "its one canonical spelling";
      this.add(mark("ENTRY-MALFORMED", index, spelling, error.text()));
      return null;
    }
    this.judgeSignatories(index, event);
    this.judgeRights(index, event.statement);
    this.ask(index, event);
    return event;
  }

  judgeSignatories(index, { entry, statement }) {
    const given = entry.envelope.signatures.map((one) => one.keyid);
    const wanted = statement.signatories;
    if (given.length === wanted.length && wanted.every((one, at) => one.key === given[at])) return;
    const signers = wanted.map((one) => `${one.party} ${one.key.slice(0, 8)}…`).join(", ");
    const found = given.map((key) => `${key.slice(0, 8)}…`).join(", ");
    this.add(mark("SIGNATURE-COUNT", index, signers, found || "none"));
  }

  judgeRights(index, statement) {
    if (statement.unknown) {
      const expected = "a type that this version knows";
      this.add(mark("TYPE-UNKNOWN", index, expected, statement.type));
      const { origin } = this.authority.opening;
      if (statement.ledger !== origin) {
        this.add(mark("OTHER-LEDGER", index, origin, statement.ledger));
      }
    } else if (index <= this.blindAfter) {
      try {
        may(this.authority, statement, index);
      } catch (error) {
        if (!(error instanceof LedgerError)) throw error;
        const expected = "what the rights in force allow";
        this.add(mark(error.code, index, expected, error.message));
      }
    }
  }

  /** Ask the browser for each signature; a key that is not known is for the rights to mark. */
  ask(index, { entry, payload, statement }) {
    const carried = carriedKeys(statement);
    let message = null;
    for (const { keyid, sig } of entry.envelope.signatures) {
      const key = this.authority.keys.get(keyid)?.publicKey ?? carried.get(keyid);
      if (key === undefined) continue;
      message ??= pae(payload);
      this.signatures += 1;
      const answer = verifies(key, message, rawBase64(sig, "signature"));
      this.waiting.push(answer.then((counts) => [index, counts]));
    }
  }

  /** Wait for the browser's answers. */
  async settle() {
    for (const [index, counts] of await Promise.all(this.waiting.splice(0))) {
      if (counts) continue;
      this.add(mark("SIGNATURE", index, "a signature that verifies", "it does not"));
    }
  }
}

/** Return the keys, by id, that a statement carries and that may sign it. */
function carriedKeys({ type, data }) {
  const field = { "LedgerOpened.v1": "registrar_key", "KeyEnrolled.v1": "key" }[type];
  if (field === undefined || data === null) return new Map();
  const raw = rawKey(data[field]);
  return new Map([[keyId(raw), raw]]);
}
