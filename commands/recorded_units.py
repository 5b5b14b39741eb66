"""What a ledger has at a place at both clocks, unit by unit, for a comparison with a list."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import click

from commands.asking import Moment, rows_at
from commands.context import Desk
from commands.reconciling import Known, Recorded
from ledger.errors import Unavailable

_GONE = {"lost", "stolen", "destroyed"}
_LOOSE = """
    SELECT batch, model, holder, site, state, shipment, sum(quantity) AS quantity FROM posting
    WHERE book = 'possession' AND rack IS NULL AND valid_at < ? AND idx <= ?
      AND holder NOT IN ('@commissioned', '@opening')
    GROUP BY batch, model, holder, site, state, shipment HAVING sum(quantity) > 0"""
_ABSENT = """
    SELECT count(*) AS absent FROM manifest JOIN counting USING (event_idx)
    WHERE to_idx IS NULL AND problem = 'missing'"""
_CELLS = {
    "rack": "rack", "tray": "tray", "slot": "slot", "batch": "batch", "model": "chip",
    "assembly": "model", "chassis_serial": "chassis", "state": "state",
}  # fmt: skip
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What is compared: what is at a site, in a rack and with a holder, each where it is named."""

    site: str | None = None
    rack: str | None = None
    holder: str | None = None

    def __post_init__(self) -> None:
        """Insist on something to compare with."""
        if self.site is None and self.rack is None and self.holder is None:
            raise click.UsageError("say what to compare with: --site, --rack or --party")

    def __str__(self) -> str:
        """Return it in words."""
        told = [
            f"{word} {name}"
            for word, name in (("in", self.rack), ("at", self.site), ("with", self.holder))
            if name is not None
        ]
        return " ".join(told)

    def has(self, row: Row) -> bool:
        """Say whether an account is here, and of units that can be found."""
        return row["state"] not in _GONE and all(
            wanted is None or str(row.get(name) or "").lower() == wanted.lower()
            for name, wanted in (("site", self.site), ("rack", self.rack), ("holder", self.holder))
        )


def recorded_units(desk: Desk, moment: Moment, place: Place) -> Recorded:
    """Return what is recorded at a place, and elsewhere.

    Raises:
        Unavailable: RECONCILE-SELECTION where a selection of entries leaves out some of it.
    """
    log = desk.log()
    if len(log.holds(0, log.size)) < log.size:
        raise Unavailable(
            "RECONCILE-SELECTION",
            "a selection of entries does not show all that is recorded",
            where="--from",
            hint="compare with the ledger, or with evidence of all of it",
        )
    racks = rows_at(desk, "racks", {}, moment)
    here: dict[str, Known] = {}
    elsewhere: dict[str, Known] = {}
    named: Counter[tuple[str, str]] = Counter()
    for row in rows_at(desk, "units-at", {}, moment):
        known = _known(row, str(row["serial"]))
        is_here = place.has(row)
        (here if is_here else elsewhere)[str(row["serial"]).lower()] = known
        if is_here and known.sure:
            named[_spot(row)] += 1
    unnamed = [*_in_racks(racks, place, named), *_loose(desk, moment, place, named)]
    others = {str(row["rack"]).lower(): _told(row) for row in racks if not place.has(row)}
    return Recorded(here, elsewhere, unnamed, others, place.rack)


def manifests_missing(desk: Desk) -> int:
    """Return how many manifests are not at hand."""
    (row,) = desk.view().rows(_ABSENT, ())
    return int(str(row["absent"]))


def _spot(row: Row) -> tuple[str, str]:
    """Return rack, or for a loose unit its batch, in lower case."""
    rack = row["rack"]
    return (str(rack).lower(), "") if rack else ("", str(row["batch"]).lower())


def _known(row: Row, serial: str | None = None, quantity: int = 1) -> Known:
    values = {name: str(row[cell]) for cell, name in _CELLS.items() if row.get(cell) is not None}
    sure = bool(row["rack"]) or row.get("accounts", 1) == 1
    return Known(values, serial, quantity, row.get("entry"), _told(row), sure)


def _told(row: Row) -> str:
    """Return where an account is, for people."""
    if row["holder"] is None:
        return "recorded, and held by nobody"
    rack = "loose" if not row.get("rack") else f"rack {row['rack']}"
    if row["shipment"]:
        where = f"on the way under {row['shipment']}"
    else:
        where = f"at {row['site']}" if row["site"] else "at no site"
    return f"recorded: {rack}, {where}, held by {row['holder']}, {row['state']}"


def _in_racks(
    racks: list[dict[str, Any]], place: Place, named: Counter[tuple[str, str]]
) -> Iterator[Known]:
    """Yield for each rack of the place the units that have no serial number there."""
    for row in racks:
        if place.has(row):
            key = (str(row["rack"]).lower(), "")
            left = int(row["quantity"]) - named[key]
            named[key] = max(0, -left)  # the rest stands on the rack's next account
            if left > 0:
                yield _known({**row, "entry": None, "batch": None}, quantity=left)


def _loose(
    desk: Desk, moment: Moment, place: Place, named: Counter[tuple[str, str]]
) -> Iterator[Known]:
    if place.rack is not None:
        return
    for found in desk.view().rows(_LOOSE, (moment.as_of, moment.known_at)):
        row: dict[str, Any] = {**found, "rack": None}
        if place.has(row):
            key = ("", str(row["batch"]).lower())
            left = int(str(row["quantity"])) - named[key]
            named[key] = max(0, -left)
            if left > 0:
                yield _known(row, quantity=left)
