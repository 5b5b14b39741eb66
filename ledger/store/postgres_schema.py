"""The tables of a ledger in PostgreSQL, who may do what with them, and how they are checked.

One database holds one ledger, in the schema `chipledger`, made by the role that owns it from then
on. What records events connects as another role, which can neither change nor delete an entry, nor
take away the triggers; auditors connect as a third, which only reads.
"""

from collections.abc import Sequence
from typing import Final, LiteralString

from psycopg import sql

from ledger.errors import Conflict, Malformed, Tampered, Unavailable
from ledger.place import Roles
from ledger.store import postgres_tables
from ledger.store.postgres_connection import Connections

SCHEMA_VERSION: Final = 1
_MARK: Final = "chipledger store "

_GRANTS_READ: Final[tuple[LiteralString, ...]] = (
    "GRANT USAGE ON SCHEMA chipledger TO {}",
    "GRANT SELECT ON ALL TABLES IN SCHEMA chipledger TO {}",
)
# A document may be given up (DocumentDisposed): its bytes are all that is ever deleted.
_GRANTS_WRITE: Final[tuple[LiteralString, ...]] = (
    "GRANT INSERT ON chipledger.entry, chipledger.entry_tag, chipledger.tile TO {}",
    "GRANT INSERT ON chipledger.document, chipledger.anchor TO {}",
    "GRANT UPDATE ON chipledger.tree TO {}",
    "GRANT DELETE ON chipledger.document TO {}",
)

_COMMENT: Final = """SELECT coalesce(obj_description(oid, 'pg_namespace'), '') FROM pg_namespace
WHERE nspname = 'chipledger'"""


def create_tables(connections: Connections, roles: Roles) -> None:
    """Make the tables and give the roles their rights, all or nothing.

    Raises:
        Conflict: STORE-EXISTS.
        Malformed: STORE-ENCODING for a database whose text is not UTF-8.
        Unavailable: STORE-READONLY for a role that may not make a schema; ROLE-UNKNOWN.
    """
    [(encoding,)] = connections.query(tuple[str], "SELECT current_setting('server_encoding')")
    if encoding != "UTF8":
        raise Malformed(
            "STORE-ENCODING",
            f"the database's encoding is {encoding}",
            where=connections.where,
            hint="make one with `CREATE DATABASE … ENCODING 'UTF8'`",
        )
    if connections.query(tuple[str], _COMMENT):
        raise Conflict(
            "STORE-EXISTS",
            "the database holds a ledger already, or a schema of that name",
            where=connections.where,
            hint="make a database for each ledger, or open that one",
        )
    _require_roles(connections, roles)
    with connections.transaction():
        connections.run("CREATE SCHEMA chipledger")
        for statement in (*postgres_tables.TABLES, *postgres_tables.TRIGGERS):
            connections.run(statement)
        connections.run("INSERT INTO chipledger.tree VALUES (1, 0, '', '', 0, '')")
        for role in (roles.writer, roles.auditor):
            _grant(connections, role, _GRANTS_READ)
        _grant(connections, roles.writer, _GRANTS_WRITE)
        mark = sql.SQL("COMMENT ON SCHEMA chipledger IS {}")
        connections.run(mark.format(sql.Literal(f"{_MARK}{SCHEMA_VERSION}")))


def drop_tables(connections: Connections) -> None:
    """Take away what `create_tables` just made, where the ledger could not be opened."""
    with connections.transaction():
        connections.run("DROP SCHEMA chipledger CASCADE")


def require_ledger(connections: Connections, *, readonly: bool) -> None:
    """Refuse a database without a ledger, a newer one, and one whose schema was altered.

    A view in the place of a table, a rule or a policy would show what its author likes. Triggers
    are compared for writing only: reading fires none, and an auditor wants to see what a store
    without them contains.

    Raises:
        Malformed: STORE-NOT-A-LEDGER.
        Unavailable: STORE-NEWER.
        Tampered: STORE-SCHEMA.
    """
    [mark] = [one for (one,) in connections.query(tuple[str], _COMMENT)] or [""]
    version = mark.removeprefix(_MARK)
    if version == mark or not version.isdecimal():
        raise Malformed(
            "STORE-NOT-A-LEDGER",
            "the database holds no ledger",
            where=connections.where,
            hint="check the database's name, or make a ledger there: `chipledger init --store URL`",
        )
    if int(version) > SCHEMA_VERSION:
        raise Unavailable(
            "STORE-NEWER",
            f"the store has schema version {version}; this program knows {SCHEMA_VERSION}",
            where=connections.where,
            hint="use the program that wrote it, or a newer one",
        )
    found = sorted(line for (line,) in connections.query(tuple[str], postgres_tables.LINES))
    expected = postgres_tables.EXPECTED
    if readonly:
        found, expected = (
            [one for one in lines if not one.startswith("trigger ")] for lines in (found, expected)
        )
    if found != expected:
        raise Tampered(
            "STORE-SCHEMA",
            "the tables or triggers are not those that the ledger made",
            where=connections.where,
            hint="verify it (reading needs the tables only), then undo what was altered",
        )


def _require_roles(connections: Connections, roles: Roles) -> None:
    for role in (roles.writer, roles.auditor):
        known = "SELECT 1 FROM pg_roles WHERE rolname = %s"
        if role is not None and not connections.query(tuple[int], known, (role,)):
            raise Unavailable(
                "ROLE-UNKNOWN",
                f"the server has no role {role[:63]!r}",
                where=connections.where,
                hint="have it made first: `CREATE ROLE … LOGIN`",
            )


def _grant(connections: Connections, role: str | None, statements: Sequence[LiteralString]) -> None:
    if role is not None:
        for statement in statements:
            connections.run(sql.SQL(statement).format(sql.Identifier(role)))
