"""What an error of PostgreSQL or of its driver means for a ledger."""

import psycopg
from psycopg_pool import PoolClosed, PoolTimeout

from ledger.errors import LedgerError, Malformed, Tampered, Unavailable

_Meaning = tuple[type[LedgerError], str, str, str]
CORRUPT: _Meaning = (
    Tampered,
    "STORE-CORRUPT",
    "the ledger's tables are damaged",
    "altered or damaged: run `chipledger verify`, then restore the newest backup",
)
_BUSY: _Meaning = (
    Unavailable,
    "STORE-BUSY",
    "other writers hold the ledger",
    "try again when they have finished",
)
_READONLY: _Meaning = (
    Unavailable,
    "STORE-READONLY",
    "this role or this server may not do that",
    "name a role that may, on the primary server, or only read; no pooler may share sessions",
)
_VALUE: _Meaning = (
    Malformed,
    "STORE-VALUE",
    "no ledger holds such a value",
    "check the number or the name that was asked for",
)
_NO_LEDGER: _Meaning = (
    Malformed,
    "STORE-NOT-A-LEDGER",
    "the database holds no ledger",
    "check the database's name, or make a ledger there: `chipledger init --store URL`",
)
_UNREADABLE: _Meaning = (
    Unavailable,
    "STORE-UNREADABLE",
    "the database cannot be reached",
    "check the server, the network, the role and its password file",
)
_FAILED: _Meaning = (
    Unavailable,
    "STORE-FAILED",
    "the database refused",
    "try again; if it stays, verify the ledger",
)
_BROKE_OFF: _Meaning = (
    Unavailable,
    "STORE-FAILED",
    "the server could not do it",
    "look into the server's log: a limit or a quota of its disk, or a fault; then try again",
)
_POOLED: _Meaning = (
    Unavailable,
    "STORE-POOLER",
    "a connection pooler gives what one session prepared to others",
    "have it keep one connection for a session (pool_mode = session), or connect to the server",
)
# XX000 is whatever a server has no number for, a file or a quota at its limit among it.
# By SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html), else by its class.
_MEANINGS: dict[str, _Meaning] = {
    "40001": _BUSY,
    "40P01": _BUSY,
    "55P03": _BUSY,
    "25006": _READONLY,
    "26000": _POOLED,
    "42P05": _POOLED,
    "42501": _READONLY,
    "3F000": _NO_LEDGER,
    "42P01": _NO_LEDGER,
    "53100": (
        Unavailable,
        "STORE-FULL",
        "the server's disk is full; nothing was recorded",
        "free some space there and try again",
    ),
    "08": _UNREADABLE,
    "22": _VALUE,
    "23": (
        Tampered,
        "STORE-INCONSISTENT",
        "the tables contradict the tree row; nothing was recorded",
        "verify the ledger before anything else is written to it",
    ),
    "28": _UNREADABLE,
    "53": _UNREADABLE,
    "54": _VALUE,
    "57": _UNREADABLE,
    "58": _UNREADABLE,
    "XX": _BROKE_OFF,
    "XX001": CORRUPT,
    "XX002": CORRUPT,
}
_CLASSES: dict[type[Exception], _Meaning] = {
    PoolTimeout: _BUSY,
    PoolClosed: (Unavailable, "STORE-CLOSED", "the ledger is closed", "open it again"),
    psycopg.OperationalError: _UNREADABLE,
    psycopg.DataError: _VALUE,
    UnicodeEncodeError: _VALUE,
}


def refusal(error: psycopg.Error | UnicodeEncodeError, where: str) -> LedgerError:
    """Return what an error of psycopg means for a ledger."""
    state = getattr(error, "sqlstate", None) or ""
    kinds = (one for kind, one in _CLASSES.items() if isinstance(error, kind))
    # A connection that ends has many classes; what a server gave a number to is no such.
    by_class = _FAILED if state else next(kinds, _FAILED)
    meaning = _MEANINGS.get(state) or _MEANINGS.get(state[:2]) or by_class
    family, name, message, hint = meaning
    reason = " ".join(str(error).split())
    return family(name, f"{message} ({reason})", where=where, hint=hint)


def is_serialization_failure(error: LedgerError) -> bool:
    """Say whether the server asks for the same transaction once more (SQLSTATE 40001)."""
    return getattr(error.__cause__, "sqlstate", None) == "40001"
