"""What the packs say of every shipment and party, as tables that a finding joins.

They follow from the read models and from both clocks, and are filled anew for each pair. Each
shipment is judged on the day of its dispatch, each party as claimed at the end of `as_of`.
"""

import json
import re
import sqlite3
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from projections.determination.chain import chain_of
from projections.determination.days import clocks_of
from projections.determination.determination import determination
from projections.determination.facts import Chain, Clocks, Model, Said, Shipment
from projections.determination.gather import Gatherer
from projections.determination.owners import headquartered, listed_owners
from projections.determination.selects import (
    CHANGES_OF_MODELS,
    CHANGES_OF_OWNERS,
    SENT,
    SENT_SOME,
    TOLD,
    TOLD_SOME,
)
from projections.determination.step import Step, step
from projections.packs.conditions import ListedOwners, Recipient, RemoteUse
from projections.packs.load import Packs
from projections.packs.tables import NAME, attach
from projections.questions import Reader, Rows, sqlite_reader

SAYINGS = {
    "step": "shipment TEXT COLLATE NOCASE, event_idx INTEGER, day TEXT, pack TEXT, dated TEXT,"
    " rule TEXT, status TEXT, about TEXT COLLATE NOCASE, result TEXT, met INTEGER, why TEXT,"
    " unknown TEXT, entries TEXT",
    "party": "party TEXT COLLATE NOCASE, pack TEXT, dated TEXT, rule TEXT, status TEXT,"
    " result TEXT, met INTEGER, why TEXT, unknown TEXT, entries TEXT",
}
"""Tables of the schema `pack` that follow from the read models too, with their columns."""

_READS = re.compile(rf"\b{NAME}\.({'|'.join(SAYINGS)})\b", re.IGNORECASE)
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
    for table, columns in SAYINGS.items():
        connection.execute(f"CREATE TABLE {NAME}.{table} ({columns})")
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
    connection.execute(f"DELETE FROM {NAME}.{table}")  # noqa: S608  our own names
    connection.execute(f"DELETE FROM {NAME}.filled WHERE name = ?", (table,))  # noqa: S608  ditto
    asked = Remembering(
        _reader(connection), packs, int(str(known_at)), None if subjects is None else str(subjects)
    )
    rows = asked.steps(zone, as_of) if table == "step" else asked.parties(zone, as_of)
    marks = ", ".join("?" * (SAYINGS[table].count(",") + 1))
    connection.executemany(f"INSERT INTO {NAME}.{table} VALUES ({marks})", rows)  # noqa: S608  ditto
    connection.execute(f"INSERT INTO {NAME}.filled VALUES (?, ?, ?, ?)", (*key, subjects))  # noqa: S608  ditto
    if not was_open:
        connection.commit()


def _reader(connection: sqlite3.Connection) -> Reader:
    """Return a reader of our own statements; the guard of others' would prepare each one anew."""

    def read(sql: str, values: Mapping[str, object]) -> tuple[tuple[str, ...], Rows]:
        cursor = connection.execute(sql, values)
        return tuple(one[0] for one in cursor.description), cursor.fetchall()

    return read


class Remembering:
    """Asks of many shipments, and remembers what does not change between their days.

    A chain of owners changes only at the instants of declarations and checks, a model only at
    those of classifications.
    """

    def __init__(
        self, reader: Reader, packs: Packs, known_at: int, subjects: str | None = None
    ) -> None:
        """Ask as known at an entry, of all or of the names of a JSON array."""
        self.reader = reader
        self.packs = packs
        self._known_at = known_at
        self._subjects = subjects
        self._changes: dict[str, list[str]] = {}
        self._models = [str(row[0]) for row in reader(CHANGES_OF_MODELS, {})[1]]
        self._chains: dict[str, list[tuple[tuple[int, ...], Chain]]] = {}
        self.sites: dict[str | None, tuple[Said, ...]] = {}
        self._classes: dict[tuple[str, int], Model] = {}

    def steps(self, zone: ZoneInfo, as_of: str) -> Iterator[tuple[object, ...]]:
        """Yield a row of `step` for each rule and subject of each shipment."""
        bound = {"as_of": as_of, "known_at": self._known_at, "subjects": self._subjects}
        sent = SENT if self._subjects is None else SENT_SOME
        for shipment, event_idx, occurred in self.reader(sent, bound)[1]:
            clocks = clocks_of(str(occurred), zone, self._known_at, as_of)
            told = _Remembered(self, clocks).shipment(str(shipment))
            if told is None:  # pragma: no cover  it was sent by the end of that day
                continue
            for one in determination(self.packs, told, clocks.day):
                if isinstance(one.rule.test, RemoteUse):
                    continue
                yield (
                    *(shipment, event_idx, clocks.day, one.pack.pack, one.pack.dated),
                    *(one.rule.rule, one.standing.code, one.about, *_told(one)),
                )

    def parties(self, zone: ZoneInfo, as_of: str) -> Iterator[tuple[object, ...]]:
        """Yield a row of `party` for each rule about a party and each party that anybody named."""
        day = _day_before(as_of, zone)
        gatherer = _Remembered(self, Clocks(as_of, self._known_at, day, as_of))
        bound = {"known_at": self._known_at, "subjects": self._subjects}
        told = TOLD if self._subjects is None else TOLD_SOME
        for (party,) in self.reader(told, bound)[1]:
            chain = gatherer.chain(str(party))
            for pack, rule in self.packs.rules():
                match rule.test:
                    case Recipient() | RemoteUse():
                        judged = headquartered(self.packs, rule.test.places, chain, day)
                    case ListedOwners():
                        judged = listed_owners(self.packs, rule.test, chain)
                    case _:
                        continue
                one = step(pack, rule, day, chain.party, judged)
                yield (party, pack.pack, pack.dated, rule.rule, one.standing.code, *_told(one))

    def whole(self, shipment: str, clocks: Clocks) -> Shipment | None:
        """Return all that is recorded of a shipment, with users and inspections of its site."""
        return _Whole(self, clocks).shipment(shipment)

    def chain(self, gatherer: "_Remembered", party: str) -> Chain:
        """Return the chain above a party, as of the gatherer's clocks."""
        kept = self._chains.setdefault(party.lower(), [])
        for state, chain in kept:
            if state == self._state(chain, gatherer.clocks.as_of):
                return chain
        found = chain_of(gatherer, party)
        kept.append((self._state(found, gatherer.clocks.as_of), found))
        return found

    def _state(self, chain: Chain, as_of: str) -> tuple[int, ...]:
        """Return how much was told by then of each member; nothing else makes another chain."""
        return tuple(bisect_left(self._told_of(one), as_of) for one in chain.members)

    def _told_of(self, party: str) -> list[str]:
        """Return the instants at which anything was told that can change what is above a party."""
        if party not in self._changes:
            rows = self.reader(CHANGES_OF_OWNERS, {"party": party})[1]
            self._changes[party] = [str(row[0]) for row in rows]
        return self._changes[party]

    def model(self, gatherer: "_Remembered", name: str) -> Model:
        """Return what is said of a model, as of the gatherer's clocks."""
        key = (name.lower(), bisect_left(self._models, gatherer.clocks.as_of))
        if key not in self._classes:
            self._classes[key] = gatherer.model_anew(name)
        return self._classes[key]


class _Remembered(Gatherer):
    """Gathers as of one pair of clocks, out of what is remembered.

    Without users and inspections: they belong to a site and not to a shipment to it, and a site
    of a long history has thousands.
    """

    def __init__(self, asked: Remembering, clocks: Clocks) -> None:
        super().__init__(asked.reader, asked.packs, clocks)
        self._asked = asked

    def chain(self, party: str) -> Chain:
        """Return the chain that is remembered."""
        return self._asked.chain(self, party)

    def model(self, name: str, above: frozenset[str] = frozenset()) -> Model:
        """Return the model that is remembered; within an assembly it is looked up anew."""
        return self.model_anew(name, above) if above else self._asked.model(self, name)

    def users(self, site: str | None) -> tuple[()]:
        """Return nobody."""
        del site
        return ()

    def inspections(self, site: str | None) -> tuple[()]:
        """Return none."""
        del site
        return ()

    def countries(self, site: str | None) -> tuple[Said, ...]:
        """Return the countries that are remembered; they do not change with the day."""
        if site not in self._asked.sites:
            self._asked.sites[site] = super().countries(site)
        return self._asked.sites[site]

    def model_anew(self, name: str, above: frozenset[str] = frozenset()) -> Model:
        """Return the model as the read models have it."""
        return super().model(name, above)


class _Whole(_Remembered):
    """Gathers everything: for some shipments, and not for thousands."""

    users = Gatherer.users  # type: ignore[assignment]  # what the class above leaves out
    inspections = Gatherer.inspections  # type: ignore[assignment]  # the same


def _told(one: Step) -> tuple[object, ...]:
    """Return what a step says: the last columns of both tables."""
    entries = sorted({word.entry for word in one.words if word.entry is not None})
    met = None if one.met is None else int(one.met)
    return one.result, met, one.why, json.dumps(one.unknown), json.dumps(entries)


def _day_before(as_of: str, zone: ZoneInfo) -> str:
    last = datetime.fromisoformat(as_of) - timedelta(seconds=1)
    return last.astimezone(zone).date().isoformat()
