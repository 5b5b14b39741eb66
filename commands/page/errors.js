// One family of errors with stable codes, as ledger/errors.py names them.

export class LedgerError extends Error {
  constructor(family, code, message, where = null) {
    super(message);
    this.family = family;
    this.code = code;
    this.where = where;
  }

  /** Return code, message and place. */
  text() {
    return `${this.code}: ${this.message}${this.where ? ` (${this.where})` : ""}`;
  }

  is(...families) {
    return families.includes(this.family);
  }
}

export const malformed = (code, message, where) =>
  new LedgerError("Malformed", code, message, where);
export const refused = (code, message, where) => new LedgerError("Refused", code, message, where);
export const conflict = (code, message, where) => new LedgerError("Conflict", code, message, where);
export const unavailable = (code, message, where) =>
  new LedgerError("Unavailable", code, message, where);

/** Return what a function returns, or the LedgerError that it throws, or that its promise does. */
export function caught(call) {
  try {
    return call();
  } catch (error) {
    if (error instanceof LedgerError) return error;
    throw error;
  }
}
