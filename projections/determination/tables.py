"""What the packs say of every shipment and party, as tables that a finding joins.

They follow from the read models and from both clocks, and are filled anew for each pair. Each
shipment is judged on the day of its dispatch, each party as claimed at the end of `as_of`.
"""

import json
import sqlite3
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from projections.determination.chain import chain_of
from projections.determination.days import clocks_of
from projections.determination.determination import determination
from projections.determination.facts import Chain, Clocks, Model, Said
from projections.determination.gather import Gatherer
from projections.determination.owners import headquartered, listed_owners
from projections.determination.selects import CHANGES_OF_MODELS, CHANGES_OF_OWNERS, SENT, TOLD
from projections.determination.step import step
from projections.packs.conditions import ListedOwners, Recipient, RemoteUse
from projections.packs.load import Packs
from projections.packs.tables import NAME, attach
from projections.questions import Reader, Rows

SAYINGS = {
    "step": "shipment TEXT COLLATE NOCASE, event_idx INTEGER, day TEXT, pack TEXT, dated TEXT,"
    " rule TEXT, status TEXT, about TEXT COLLATE NOCASE, result TEXT, why TEXT, entries TEXT",
    "party": "party TEXT COLLATE NOCASE, pack TEXT, dated TEXT, rule TEXT, status TEXT,"
    " result TEXT, why TEXT, entries TEXT",
}
"""Tables of the schema `pack` that follow from the read models too, with their columns."""


def fill(
    connection: sqlite3.Connection, packs: Packs, zone: ZoneInfo, as_of: str, known_at: int
) -> None:
    """Attach the packs' tables, and fill what they say as of an instant and an entry.

    Args:
        connection: of the read models, with no transaction open.
        packs: the packs.
        zone: the ledger's zone.
        as_of: shipments dispatched before this instant are judged, `YYYY-MM-DDTHH:MM:SSZ`.
        known_at: entries up to and including this index count.
    """
    attach(connection, packs, zone)
    for table, columns in SAYINGS.items():
        connection.execute(f"CREATE TABLE {NAME}.{table} ({columns})")
    asked = Remembering(_reader(connection), packs, known_at)
    for table, rows in (("step", asked.steps(zone, as_of)), ("party", asked.parties(zone, as_of))):
        marks = ", ".join("?" * (SAYINGS[table].count(",") + 1))
        connection.executemany(f"INSERT INTO {NAME}.{table} VALUES ({marks})", rows)  # noqa: S608  our own names
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

    def __init__(self, reader: Reader, packs: Packs, known_at: int) -> None:
        """Ask as known at an entry."""
        self.reader = reader
        self.packs = packs
        self._known_at = known_at
        self._changes: dict[str, list[str]] = {}
        for party, valid_at in reader(CHANGES_OF_OWNERS, {})[1]:
            self._changes.setdefault(str(party), []).append(str(valid_at))
        self._models = [str(row[0]) for row in reader(CHANGES_OF_MODELS, {})[1]]
        self._chains: dict[str, list[tuple[tuple[int, ...], Chain]]] = {}
        self.sites: dict[str | None, tuple[Said, ...]] = {}
        self._classes: dict[tuple[str, int], Model] = {}

    def steps(self, zone: ZoneInfo, as_of: str) -> Iterator[tuple[object, ...]]:
        """Yield a row of `step` for each rule and subject of each shipment."""
        bound = {"as_of": as_of, "known_at": self._known_at}
        for shipment, event_idx, occurred in self.reader(SENT, bound)[1]:
            clocks = clocks_of(str(occurred), zone, self._known_at, as_of)
            told = _Remembered(self, clocks).shipment(str(shipment))
            if told is None:  # pragma: no cover  it was sent by the end of that day
                continue
            for one in determination(self.packs, told, clocks.day):
                if isinstance(one.rule.test, RemoteUse):
                    continue
                yield (
                    *(shipment, event_idx, clocks.day, one.pack.pack, one.pack.dated),
                    *(one.rule.rule, one.standing.code, one.about, one.result, one.why),
                    json.dumps(sorted({w.entry for w in one.words if w.entry is not None})),
                )

    def parties(self, zone: ZoneInfo, as_of: str) -> Iterator[tuple[object, ...]]:
        """Yield a row of `party` for each rule about a party and each party that anybody named."""
        day = _day_before(as_of, zone)
        gatherer = _Remembered(self, Clocks(as_of, self._known_at, day, as_of))
        for (party,) in self.reader(TOLD, {"known_at": self._known_at})[1]:
            chain = gatherer.chain(str(party))
            for pack, rule in self.packs.rules():
                match rule.test:
                    case Recipient():
                        judged = headquartered(self.packs, rule.test.places, chain, day)
                    case ListedOwners():
                        judged = listed_owners(self.packs, rule.test, chain)
                    case _:
                        continue
                one = step(pack, rule, day, chain.party, judged)
                yield (
                    *(party, pack.pack, pack.dated, rule.rule, one.standing.code),
                    *(one.result, one.why),
                    json.dumps(sorted({w.entry for w in one.words if w.entry is not None})),
                )

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
        return tuple(bisect_left(self._changes.get(one, []), as_of) for one in chain.members)

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


def _day_before(as_of: str, zone: ZoneInfo) -> str:
    last = datetime.fromisoformat(as_of) - timedelta(seconds=1)
    return last.astimezone(zone).date().isoformat()
