"""Facts about models and shipments, read from the read models as of both clocks."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from projections.determination.chain import chain_of
from projections.determination.days import EVER
from projections.determination.facts import (
    Chain,
    Claimed,
    Clocks,
    Measure,
    Model,
    Said,
    Shipment,
    Word,
)
from projections.determination.selects import (
    ALIASES,
    AUTHORIZATION,
    CHECKED,
    CONTENTS,
    DESTINATIONS,
    DISPATCH,
    INSPECTED,
    LEGS,
    MODEL,
    MODELS,
    OCCURRED,
    RECEIVERS,
    SITE,
    USERS,
)
from projections.packs.form import Hardware
from projections.packs.load import Packs
from projections.questions import Reader

Row = Mapping[str, Any]
_FIGURES = ("tpp", "performance_density", "memory_bandwidth")


def dispatched_on(reader: Reader, shipment: str, known_at: int) -> str | None:
    """Return when a shipment was dispatched, as signed, or None where that is not recorded."""
    _, rows = reader(OCCURRED, {"shipment": shipment, "as_of": EVER, "known_at": known_at})
    return None if not rows else str(rows[0][0])


class Gatherer:
    """Reads facts of one ledger as of one pair of clocks."""

    def __init__(self, reader: Reader, packs: Packs, clocks: Clocks) -> None:
        """Read with this reader; the packs bring the catalogue of hardware."""
        self.reader = reader
        self._packs = packs
        self.clocks = clocks

    def rows(self, sql: str, **values: object) -> list[Row]:
        """Return the rows of a SELECT as mappings."""
        clocks = {name: getattr(self.clocks, name) for name in ("as_of", "known_at", "course")}
        bound = clocks | values
        columns, rows = self.reader(sql, bound)
        return [dict(zip(columns, row, strict=True)) for row in rows]

    def model(self, name: str, above: frozenset[str] = frozenset()) -> Model:
        """Return what is recorded of a model, and what the catalogue has under its names.

        Args:
            name: the model.
            above: assemblies that are said to contain it, which it cannot contain again.
        """
        above |= {name.lower()}
        told = self.rows(MODEL, model=name)
        names = [name, *(str(row["alias"]) for row in self.rows(ALIASES, model=name))]
        found = [*_catalogued(self._packs, names)]
        kinds = [Said(row["kind"], _word(row, f"{name}: {row['kind']}")) for row in told]
        kinds += [Said(one.kind, Word(f"{one.name}: {one.kind}", source=at)) for one, at in found]
        eccns = [Said(row["eccn"], _word(row, f"ECCN {row['eccn']}")) for row in told]
        contents = [
            (
                self.model(row["contains"], above),
                _word(row, f"{row['quantity']} x {row['contains']}"),
            )
            for row in self.rows(CONTENTS, model=name)
            if row["contains"].lower() not in above
        ]
        contents += [
            (
                self.model(one.contains, above),
                Word(f"{one.name} contains {one.contains}", source=at),
            )
            for one, at in found
            if one.contains is not None and not contents
        ]
        figures: dict[Any, tuple[Measure, ...]] = {
            figure: (*_recorded(told, figure), *_listed(found, figure)) for figure in _FIGURES
        }
        return Model(name, tuple(kinds), tuple(eccns), figures, tuple(contents))

    def chain(self, party: str) -> Chain:
        """Return a party and everybody who is said to stand above it."""
        return chain_of(self, party)

    def shipment(self, name: str) -> Shipment | None:
        """Return what is recorded of a shipment that was dispatched, or None."""
        dispatched = self.rows(DISPATCH, shipment=name)
        if not dispatched:
            return None
        row = dispatched[0]
        chains: dict[str, Chain] = {}
        named = [row[part] for part in ("consignee", "ultimate_consignee")]
        named += [one["receiver"] for one in self.rows(RECEIVERS, shipment=name)]
        parties = [*named, *(row[part] for part in ("consignor", "exporter", "carrier"))]
        for party in filter(None, parties):
            chains.setdefault(party.lower(), self.chain(party))
        users = self.users(row["to_site"])
        return Shipment(
            shipment=row["shipment"],
            word=_word(row, f"shipment {row['shipment']}"),
            models=tuple(
                self.model(one["model"]) for one in self.rows(MODELS, event_idx=row["event_idx"])
            ),
            origins=self.countries(row["from_site"]),
            destinations=(*self.countries(row["to_site"]), *self._destinations(row["shipment"])),
            legs=tuple(
                Said(one["country"], _word(one, f"{one['milestone']} in {one['country']}"))
                for one in self.rows(LEGS, shipment=name)
            ),
            recipients=tuple(
                chains[party] for party in dict.fromkeys(one.lower() for one in named if one)
            ),
            parties=tuple(chains.values()),
            authorizations=tuple(self._claimed(row["event_idx"])),
            users=users,
            checks={one.party.lower(): tuple(self._checked(one.party)) for one, _ in users},
            inspections=self.inspections(row["to_site"]),
            site=row["to_site"],
        )

    def users(self, site: str | None) -> tuple[tuple[Chain, Word], ...]:
        """Return who uses hardware at a site, with the word for it."""
        return tuple(
            (self.chain(one["lessee"]), _word(one, f"{one['lessee']} uses hardware at {site}"))
            for one in self.rows(USERS, site=site)
        )

    def inspections(self, site: str | None) -> tuple[Word, ...]:
        """Return the newest inspection of a site."""
        return tuple(
            _word(one, f"inspection {one['inspection']} of {site}, strength {one['strength']}")
            for one in self.rows(INSPECTED, site=site)
        )

    def countries(self, site: str | None) -> tuple[Said, ...]:
        """Return in which country a site is said to be, by whoever registered it."""
        return tuple(
            Said(row["country"], _word(row, f"site {row['site']} in {row['country']}"))
            for row in self.rows(SITE, site=site)
        )

    def _destinations(self, name: str) -> Iterator[Said]:
        for row in self.rows(DESTINATIONS, shipment=name):
            yield Said(row["country"], _word(row, f"{row['what']} to {row['country']}"))

    def _claimed(self, event_idx: int) -> Iterator[Claimed]:
        for row in self.rows(AUTHORIZATION, event_idx=event_idx):
            what = "not recorded" if row["kind"] is None else row["kind"]
            word = _word(row, f"authorization {row['authorization']}: {what}")
            yield Claimed(row["authorization"], row["kind"], word)

    def _checked(self, party: str) -> Iterator[Word]:
        for row in self.rows(CHECKED, party=party):
            yield _word(row, f"{row['what']} of {party}: {row['result']}")


def _word(row: Row, text: str) -> Word:
    reported = row["basis"] == "third_party_report"
    return Word(text, entry=row["event_idx"], by=row["asserted_by"], reported=reported)


def _recorded(told: list[Row], figure: str) -> Iterator[Measure]:
    for row in told:
        if row[figure] is not None:
            value = Decimal(row[figure])
            yield Measure(value, value, _word(row, f"{_NAMES[figure]} {row[figure]}"))


_NAMES = {
    "tpp": "TPP",
    "performance_density": "performance density",
    "memory_bandwidth": "memory bandwidth",
}


def _listed(found: list[tuple[Hardware, str]], figure: str) -> Iterator[Measure]:
    for one, at in found:
        for listed in one.figures:
            if listed.figure == figure:
                value = listed.value if listed.to is None else f"{listed.value} to {listed.to}"
                about = "about " if listed.about else ""
                sure = "" if listed.confidence == "sourced" else f", {listed.confidence}"
                text = f"{one.name}: {_NAMES[figure]} {about}{value}"
                cited = f"{at}: {', '.join(listed.sources)}{sure}"
                yield Measure(listed.low, listed.high, Word(text, source=cited))


def _catalogued(packs: Packs, names: list[str]) -> Iterator[tuple[Hardware, str]]:
    """Yield what the catalogues have under any of these names, with the pack."""
    wanted = {_plain(one) for one in names}
    for pack in packs:
        for one in pack.hardware:
            if wanted & {_plain(name) for name in (one.name, *one.names)}:
                yield one, pack.cited


def catalogue_names(packs: Packs) -> dict[str, str]:
    """Return the name of every catalogued model by what it may be called, in plain letters."""
    return {
        _plain(name): one.name
        for pack in packs
        for one in pack.hardware
        for name in (one.name, *one.names)
    }


def plain(text: str) -> str:
    """Return a name of a model as the catalogue compares it: letters and digits in lower case."""
    return re.sub(r"[^a-z0-9]", "", text.lower())


_plain = plain
