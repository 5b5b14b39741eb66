"""Tables of the read models. Only the log is truth: all of this can be deleted and rebuilt.

Identifiers and countries are compared without regard to case, as the ledger does. Rows are never
deleted but for sums: whether an event counts in the ledger's knowledge is told by `counting`.
"""

import hashlib

from projections import accounts, subjects
from projections.statistics import STATISTICS

APPLICATION_ID = 0x63687076
"""SQLite's `application_id` of a read-model file: `chpv`."""

_RULES = 3
"""Raised when rows are made by other rules under the same tables."""

TABLES: tuple[str, ...] = (
    # Where in which log this file stands: written with the rows, in one transaction.
    """CREATE TABLE position (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        next_idx INTEGER NOT NULL,
        origin TEXT NOT NULL,
        root TEXT NOT NULL,
        schema TEXT NOT NULL)""",
    """CREATE TABLE event (
        idx INTEGER PRIMARY KEY,
        id TEXT NOT NULL,
        payload_sha256 TEXT NOT NULL,
        type TEXT NOT NULL,
        noun TEXT NOT NULL,
        occurred TEXT NOT NULL,
        valid_at TEXT NOT NULL,
        valid_until TEXT NOT NULL,
        recorded_at TEXT NOT NULL,
        asserted_by TEXT NOT NULL COLLATE NOCASE,
        basis TEXT NOT NULL,
        corrects_idx INTEGER,
        voids_idx INTEGER,
        opened TEXT,
        summary TEXT NOT NULL)""",
    # The event counts for log positions from_idx <= known < to_idx (NULL: still).
    """CREATE TABLE counting (
        event_idx INTEGER NOT NULL,
        from_idx INTEGER NOT NULL,
        to_idx INTEGER,
        PRIMARY KEY (event_idx, from_idx)) WITHOUT ROWID""",
    # Chains of corrections by their newest event: what the reducer must know to go on.
    """CREATE TABLE version (
        head_idx INTEGER PRIMARY KEY,
        root_idx INTEGER NOT NULL,
        rank INTEGER NOT NULL,
        counts INTEGER NOT NULL,
        voided INTEGER NOT NULL)""",
    # via_idx: the event itself (stance signed), or the counter-signature. key: its first 16 digits.
    """CREATE TABLE signature (
        event_idx INTEGER NOT NULL,
        party TEXT NOT NULL COLLATE NOCASE,
        via_idx INTEGER NOT NULL,
        stance TEXT NOT NULL,
        key TEXT NOT NULL,
        PRIMARY KEY (event_idx, party, via_idx)) WITHOUT ROWID""",
    """CREATE TABLE expected (
        event_idx INTEGER NOT NULL,
        party TEXT NOT NULL COLLATE NOCASE,
        PRIMARY KEY (event_idx, party)) WITHOUT ROWID""",
    """CREATE TABLE document_ref (
        event_idx INTEGER NOT NULL,
        sha256 TEXT NOT NULL,
        size INTEGER NOT NULL,
        media_type TEXT NOT NULL,
        kind TEXT NOT NULL,
        title TEXT NOT NULL)""",
    """CREATE TABLE reference (
        event_idx INTEGER NOT NULL,
        type TEXT NOT NULL,
        value TEXT NOT NULL COLLATE NOCASE)""",
    """CREATE TABLE named (
        kind TEXT NOT NULL,
        value TEXT NOT NULL COLLATE NOCASE,
        event_idx INTEGER NOT NULL)""",
    # A serial is where its newest row says, by valid_at, then event_idx.
    """CREATE TABLE unit (
        serial TEXT NOT NULL COLLATE NOCASE,
        batch TEXT NOT NULL COLLATE NOCASE,
        rack TEXT COLLATE NOCASE,
        tray TEXT,
        slot TEXT,
        event_idx INTEGER NOT NULL,
        valid_at TEXT NOT NULL)""",
    # What an inspection's list says of a unit: found or not, and where it was seen.
    """CREATE TABLE sighting (
        serial TEXT NOT NULL COLLATE NOCASE,
        found INTEGER NOT NULL,
        condition TEXT,
        rack TEXT COLLATE NOCASE,
        tray TEXT,
        slot TEXT,
        chassis_serial TEXT COLLATE NOCASE,
        event_idx INTEGER NOT NULL)""",
    """CREATE TABLE manifest (
        event_idx INTEGER NOT NULL,
        sha256 TEXT NOT NULL,
        rows INTEGER NOT NULL,
        skipped INTEGER NOT NULL,
        problem TEXT,
        PRIMARY KEY (event_idx, sha256)) WITHOUT ROWID""",
    *accounts.TABLES,
)

KEYS: tuple[str, ...] = (
    "CREATE INDEX event_by_id ON event (id)",
    "CREATE INDEX event_by_opened ON event (opened) WHERE opened IS NOT NULL",
    *accounts.KEYS,
)
"""Indexes that catching up itself reads by."""

_INDEXES: tuple[str, ...] = (
    "CREATE INDEX event_by_corrects ON event (corrects_idx) WHERE corrects_idx IS NOT NULL",
    "CREATE INDEX event_by_voids ON event (voids_idx) WHERE voids_idx IS NOT NULL",
    "CREATE INDEX document_ref_by_event ON document_ref (event_idx)",
    "CREATE INDEX document_ref_by_sha256 ON document_ref (sha256)",
    "CREATE INDEX reference_by_event ON reference (event_idx)",
    "CREATE INDEX reference_by_value ON reference (value)",
    # made at the end of a bulk load: as a key it would be filled in scattered places
    "CREATE INDEX named_by_value ON named (kind, value, event_idx)",
    "CREATE INDEX named_by_event ON named (event_idx)",
    "CREATE INDEX unit_by_serial ON unit (serial)",
    "CREATE INDEX unit_by_rack ON unit (rack) WHERE rack IS NOT NULL",
    "CREATE INDEX sighting_by_serial ON sighting (serial)",
    "CREATE INDEX sighting_by_rack ON sighting (rack) WHERE rack IS NOT NULL",
    "CREATE INDEX sighting_by_event ON sighting (event_idx)",
    "CREATE INDEX event_by_asserted ON event (asserted_by)",
    "CREATE INDEX signature_by_party ON signature (party)",
    # Expressions, which only what asks for later events repeats: all others ask for what was before
    # a moment or an entry, which is nearly everything, and SQLite would begin with that.
    "CREATE INDEX event_by_valid_at ON event (valid_at || '')",
    "CREATE INDEX counting_by_from ON counting (from_idx + 0)",
    "CREATE INDEX counting_by_to ON counting (to_idx + 0) WHERE to_idx IS NOT NULL",
    *accounts.INDEXES,
)

DOCUMENT_TABLES = ("manifest", "sighting", "unit")
"""Tables that follow from documents too; all others follow from entries alone."""

INDEXES: dict[str, str] = {
    sql.split()[2]: sql for sql in (*_INDEXES, *subjects.SCHEMA) if sql.startswith("CREATE INDEX ")
}
"""Indexes that questions need, by name; a bulk load makes them at its end."""

SCHEMA: tuple[str, ...] = (
    *TABLES,
    *KEYS,
    *_INDEXES,
    *subjects.SCHEMA,
    *accounts.VIEWS,
)
_TOLD = [" ".join(one) for one in STATISTICS]
SCHEMA_ID = hashlib.sha256("\n".join((str(_RULES), *SCHEMA, *_TOLD)).encode()).hexdigest()[:16]
"""A file made by another schema, by other rules, or told other statistics, is rebuilt."""
