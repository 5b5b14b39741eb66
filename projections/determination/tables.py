"""What the packs say of every shipment and party, as tables that a finding joins.

They follow from the read models and from both clocks, and are filled anew for each pair. Each
shipment is judged on the day of its dispatch, each party as claimed at the end of `as_of`.
"""

import json
import re
import sqlite3
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from projections.determination.alike import judged_shipments
from projections.determination.facts import Clocks
from projections.determination.owners import headquartered, listed_owners
from projections.determination.remembering import Remembered, Remembering
from projections.determination.selects import TOLD, TOLD_SOME
from projections.determination.step import Step, step
from projections.packs.conditions import ListedOwners, Recipient, RemoteUse
from projections.packs.load import Packs
from projections.packs.tables import NAME, Row, attach
from projections.questions import Reader, Rows, sqlite_reader

SAYINGS = {
    "step": "shipment TEXT COLLATE NOCASE, event_idx INTEGER, day TEXT, pack TEXT, dated TEXT,"
    " rule TEXT, status TEXT, about TEXT COLLATE NOCASE, result TEXT, met INTEGER, why TEXT,"
    " unknown TEXT, entries TEXT",
    "party": "party TEXT COLLATE NOCASE, pack TEXT, dated TEXT, rule TEXT, status TEXT,"
    " result TEXT, met INTEGER, why TEXT, unknown TEXT, entries TEXT",
}
"""Tables of the schema `pack` that follow from the read models too, with their columns."""

_STEPS = f"""
    CREATE TABLE {NAME}.sent (
        shipment TEXT COLLATE NOCASE, event_idx INTEGER, day TEXT, kind INTEGER, own TEXT);
    CREATE TABLE {NAME}.judged (
        kind INTEGER, pack TEXT, dated TEXT, rule TEXT, status TEXT, about TEXT COLLATE NOCASE,
        result TEXT, met INTEGER, why TEXT, unknown TEXT, entries TEXT);
    CREATE INDEX {NAME}.sent_by_event ON sent (event_idx);
    CREATE INDEX {NAME}.judged_by_kind ON judged (kind);
    CREATE VIEW {NAME}.step AS
    SELECT shipment, event_idx, day, pack, dated, rule, status,
           iif(about = '', shipment, about) COLLATE NOCASE AS about, result, met, why, unknown,
           iif(instr(entries, '-'),
             (SELECT json_group_array(entry) FROM
               (SELECT DISTINCT
                       iif(value < 0, json_extract(own, printf('$[%d]', ~value)), value) AS entry
                FROM json_each(entries) ORDER BY entry)),
             entries) AS entries
    FROM sent CROSS JOIN judged ON judged.kind = sent.kind"""  # noqa: S608  our own names
"""`step`, without repeating what is said of many shipments: see `alike`."""

_READS = re.compile(rf"\b{NAME}\.({'|'.join(SAYINGS)})\b", re.IGNORECASE)
_FILLS = {"step": ("sent", "judged"), "party": ("party",)}
_FILLED = """
    SELECT subjects FROM pack.filled WHERE name = ? AND as_of = ? AND known_at = ?"""


def judging(connection: sqlite3.Connection, packs: Packs, zone: ZoneInfo) -> Reader:
    """Return a reader of SELECTs that may join the packs, and what they say.

    The packs' tables are attached at once. Those of what they say are filled when a SELECT reads
    them, for the clocks that it binds, and for its `subjects` alone where it binds these.

    Args:
        connection: of the read models, with no transaction open.
        packs: the packs.
        zone: the ledger's zone.
    """
    attach(connection, packs, zone)
    connection.executescript(_STEPS)
    connection.execute(f"CREATE TABLE {NAME}.party ({SAYINGS['party']})")
    connection.execute(
        f"CREATE TABLE {NAME}.filled (name TEXT, as_of TEXT, known_at INTEGER, subjects TEXT)"
    )
    connection.commit()
    read = sqlite_reader(connection)

    def judged(sql: str, values: Mapping[str, object]) -> tuple[tuple[str, ...], Rows]:
        for table in sorted({one.lower() for one in _READS.findall(sql)}):
            _fill(connection, packs, zone, table, values)
        return read(sql, values)

    return judged


def _fill(
    connection: sqlite3.Connection,
    packs: Packs,
    zone: ZoneInfo,
    table: str,
    values: Mapping[str, object],
) -> None:
    """Fill one table for the clocks and subjects that are bound, unless it is.

    For which stands beside the rows, so that both go when a transaction is rolled back.
    """
    as_of, known_at, subjects = str(values["as_of"]), values["known_at"], values.get("subjects")
    key = (table, as_of, known_at)
    filled = connection.execute(_FILLED, key).fetchone()
    if filled is not None and filled[0] in {None, subjects}:
        return
    was_open = connection.in_transaction
    for one in _FILLS[table]:
        connection.execute(f"DELETE FROM {NAME}.{one}")  # noqa: S608  our own names
    connection.execute(f"DELETE FROM {NAME}.filled WHERE name = ?", (table,))  # noqa: S608  ditto
    asked = Remembering(_reader(connection), packs, int(str(known_at)))
    told = _steps if table == "step" else _parties
    for one, row in told(asked, zone, as_of, None if subjects is None else str(subjects)):
        marks = ", ".join("?" * len(row))
        connection.execute(f"INSERT INTO {NAME}.{one} VALUES ({marks})", row)  # noqa: S608  ditto
    connection.execute(f"INSERT INTO {NAME}.filled VALUES (?, ?, ?, ?)", (*key, subjects))  # noqa: S608  ditto
    if not was_open:
        connection.commit()


def _reader(connection: sqlite3.Connection) -> Reader:
    """Return a reader of our own statements; the guard of others' would prepare each one anew."""

    def read(sql: str, values: Mapping[str, object]) -> tuple[tuple[str, ...], Rows]:
        cursor = connection.execute(sql, values)
        return tuple(one[0] for one in cursor.description), cursor.fetchall()

    return read


def _steps(asked: Remembering, zone: ZoneInfo, as_of: str, subjects: str | None) -> Iterator[Row]:
    """Yield rows of `sent` and `judged`."""
    for one in judged_shipments(asked, zone, as_of, subjects):
        yield "sent", (one.shipment, one.event_idx, one.day, one.kind, json.dumps(one.own))
        for said in one.steps:
            rule = (said.pack.pack, said.pack.dated, said.rule.rule, said.standing.code)
            yield "judged", (one.kind, *rule, said.about, *_told(said))


def _parties(asked: Remembering, zone: ZoneInfo, as_of: str, subjects: str | None) -> Iterator[Row]:
    """Yield a row of `party` for each rule about a party and each party that anybody named."""
    day = _day_before(as_of, zone)
    gatherer = Remembered(asked, Clocks(as_of, asked.known_at, day, as_of))
    bound = {"known_at": asked.known_at, "subjects": subjects}
    for (party,) in asked.reader(TOLD if subjects is None else TOLD_SOME, bound)[1]:
        chain = gatherer.chain(str(party))
        for pack, rule in asked.packs.rules():
            match rule.test:
                case Recipient() | RemoteUse():
                    judged = headquartered(asked.packs, rule.test.places, chain, day)
                case ListedOwners():
                    judged = listed_owners(asked.packs, rule.test, chain)
                case _:
                    continue
            one = step(pack, rule, day, chain.party, judged)
            said = (pack.pack, pack.dated, rule.rule, one.standing.code)
            yield "party", (party, *said, *_told(one))


def _told(one: Step) -> tuple[object, ...]:
    """Return what a step says: the last columns of both tables."""
    entries = sorted({word.entry for word in one.words if word.entry is not None})
    met = None if one.met is None else int(one.met)
    return one.result, met, one.why, json.dumps(one.unknown), json.dumps(entries)


def _day_before(as_of: str, zone: ZoneInfo) -> str:
    last = datetime.fromisoformat(as_of) - timedelta(seconds=1)
    return last.astimezone(zone).date().isoformat()
