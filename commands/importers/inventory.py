"""An inventory: which GPUs stand in which rack, tray and slot, before a ledger knew of them.

One row a GPU with its serial number, or one row for several of them with their number. A row
without a rack is of loose units. What a row does not say, the defaults say for all.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from commands.importers.layout import NO_LAYOUT, Layout
from commands.importers.packing_list import COLUMNS as PACKED
from commands.importers.packing_list import manifest_text
from commands.importers.repeats import Repeats
from commands.importers.serials import code_problem, identifier_problem, no_zeros
from commands.importers.source_table import Asked, read_table
from commands.importers.table import Check, Problem, Row, Table, nothing_else, reject
from ledger.draft import Document
from ledger.errors import Malformed
from ledger.events.base import State

COLUMNS: Mapping[str, Sequence[str]] = {
    **PACKED,
    "model": ("rackmodel", "assembly", "assemblymodel", "system", "systemmodel"),
    "chip": ("chipmodel", "gpumodel", "gputype", "gpu"),
    "state": ("status", "condition"),
    "quantity": ("gpus", "qty", "count", "gpucount"),
}
STATES: tuple[str, ...] = tuple(
    one for one in get_args(State) if one not in {"destroyed", "lost", "stolen"}
)
"""States in which units can be found when stock is taken."""

_COUNT = re.compile(r"[1-9][0-9]{0,8}\Z")
Content = tuple[str, str, str]
"""Chip model, batch and state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What holds for rows that do not say it: batch, rack model, chip model, state, GPUs a row.

    A file that names no racks is of the one `rack`, or its units are `loose`.
    """

    batch: str | None = None
    model: str | None = None
    chip: str | None = None
    state: str | None = None
    quantity: int | None = None
    rack: str | None = None
    loose: bool = False


@dataclass(frozen=True, slots=True)
class StockUnit:
    """A GPU of an inventory, or several without a serial number."""

    content: Content
    quantity: int
    serial: str | None = None
    tray: str | None = None
    slot: str | None = None

    def containing(self, content: Content) -> "StockUnit":
        """Return the same units under other names of model and batch."""
        return StockUnit(content, self.quantity, self.serial, self.tray, self.slot)


@dataclass(frozen=True, slots=True)
class Stock:
    """The units of one rack, or, where it has no name, the loose ones.

    Attributes:
        rack: its identifier, or None.
        line: line of its first row.
        model: assembly model; None for loose units.
        chassis: serial number of its chassis, or None.
        units: in the order of the file.
    """

    rack: str | None
    line: int
    model: str | None
    chassis: str | None
    units: tuple[StockUnit, ...]

    @property
    def contents(self) -> dict[Content, int]:
        """GPUs by chip model, batch and state."""
        found: Counter[Content] = Counter()
        for unit in self.units:
            found[unit.content] += unit.quantity
        return dict(found)


@dataclass(frozen=True, slots=True)
class Inventory:
    """An inventory read: its racks, the loose units last, and the table that they came from."""

    stocks: tuple[Stock, ...]
    table: Table


def inventory_of(stocks: Sequence[Stock], title: str) -> Document:
    """Return the rows of these racks with serial numbers, as the read models take them in."""
    text = manifest_text(
        (stock.rack, unit.tray, unit.slot, unit.serial, unit.content[1])
        for stock in stocks
        for unit in stock.units
    )
    return Document(text.encode(), "inventory", title, "text/csv")


def read_inventory(
    content: bytes,
    where: str,
    defaults: Defaults,
    layout: Layout = NO_LAYOUT,
    also: Check = nothing_else,
) -> Inventory:
    """Return the racks and loose units of an inventory.

    Args:
        content: the file's bytes.
        where: its name.
        defaults: what holds for rows that do not say it.
        layout: where its columns are, as far as somebody said it.
        also: what to add where rows are rejected.

    Raises:
        Malformed: as `read_table`; CSV-COLUMNS where rows say neither which GPU nor how many;
            ROWS-REJECTED with every row that is not well-formed, or contradicts an earlier one.
    """
    required = () if defaults.rack or defaults.loose else ("rack",)
    asked = Asked(columns=COLUMNS, required=required, layout=layout, devices=True)
    table = read_table(content, where, asked)
    if required and table.origin.item is not None:
        raise Malformed(
            "RACK-MISSING",
            "a device does not say which rack it is in",
            where=where,
            hint="say it: --rack RACK, or --loose for units in no rack",
        )
    columns = set(table.rows[0].values) if table.rows else {"serial"}
    if not columns & {"serial", "quantity"} and defaults.quantity is None:
        raise Malformed(
            "CSV-COLUMNS",
            "there is no column serial and no column quantity",
            where=f"{where}:1",
            hint="one row names one GPU by its serial number, or says how many there are;"
            " --per-rack 72 says it for all rows",
        )
    gathering = _Gathering(defaults)
    problems = list(table.problems)
    for row in table.rows:
        problems += gathering.add(row)
    if problems or not table.rows:
        problems += also(table)
        reject(problems or [Problem(1, "CSV-EMPTY", "no rack follows")], table.origin)
    return Inventory(gathering.stocks(), table)


class _Gathering:
    """Rows become racks, one after the other."""

    def __init__(self, defaults: Defaults) -> None:
        self._defaults = defaults
        self._units: dict[str, list[StockUnit]] = {}
        self._first: dict[str, tuple[str | None, int]] = {}
        self._facts: dict[str, dict[str, str]] = {}
        self._spelled: dict[str, str] = {}
        self._repeats = Repeats()

    def add(self, row: Row) -> list[Problem]:
        """Take in a row, or return what is wrong with it."""
        values = dict(row.values)
        for name in ("serial", "chassis"):
            values[name] = no_zeros(values.get(name))
        for name in ("rack", "batch", "model", "chip", "state"):
            values[name] = values.get(name) or getattr(self._defaults, name)
        rack, counted = values["rack"], self._counted(values, listed="serial" in row.values)
        found = [*self._form(row.line, values), _quantity(row.line, values["serial"], counted)]
        found += self._contradictions(row.line, values)
        problems = [one for one in found if one is not None]
        if problems:
            return problems
        key = "" if rack is None else rack.lower()
        self._first.setdefault(key, (rack, row.line))
        facts = self._facts.setdefault(key, {})
        for name in ("model", "chassis"):
            text = values[name]
            if rack is not None and text is not None:
                facts.setdefault(name, text)
        content = (self._once(values["chip"]), self._once(values["batch"]), _state(values))
        unit = StockUnit(
            content, int(counted), values["serial"], values.get("tray"), values.get("slot")
        )
        self._units.setdefault(key, []).append(unit)
        return []

    def stocks(self) -> tuple[Stock, ...]:
        """Return the racks in the order in which they first came, then the loose units."""
        keys = [*filter(None, self._units), *([""] if "" in self._units else [])]
        return tuple(
            Stock(
                *self._first[key],
                self._facts[key].get("model"),
                self._facts[key].get("chassis"),
                tuple(self._units[key]),
            )
            for key in keys
        )

    def _counted(self, values: Mapping[str, str | None], *, listed: bool) -> str:
        """Return how many GPUs a row stands for: as it says, else one where serials are listed."""
        by_default = None if listed else self._defaults.quantity
        return values.get("quantity") or str(by_default or 1)

    def _form(self, line: int, values: Mapping[str, str | None]) -> list[Problem | None]:
        """Return what is wrong with each cell alone."""
        rack = values["rack"]
        found = [_named(line, "batch", values["batch"]), _named(line, "chip", values["chip"])]
        if rack is not None:
            found.append(identifier_problem(line, "rack", rack))
            found.append(_named(line, "model", values["model"]))
        for column in ("tray", "slot", "serial", "chassis"):
            text = values.get(column)
            found.append(None if text is None else code_problem(line, column, text))
        if _state(values) not in STATES:
            message = f"state {str(values['state'])[:40]!r} is none of {', '.join(STATES)}"
            found.append(Problem(line, "CELL-FORM", message, "state"))
        return found

    def _contradictions(self, line: int, values: Mapping[str, str | None]) -> list[Problem | None]:
        """Return how a row contradicts earlier ones."""
        rack = values["rack"]
        found = [self._repeats.serial(line, values["serial"])]
        if rack is not None:
            found += [
                self._repeats.place(line, rack, values.get("tray"), values.get("slot")),
                self._repeats.chassis(line, rack, values["chassis"]),
                self._repeats.model(line, rack, values["model"]),
            ]
        return found

    def _once(self, text: str | None) -> str:
        """Return a name in the spelling that the file had for it first."""
        return self._spelled.setdefault(str(text).lower(), str(text))


def _state(values: Mapping[str, str | None]) -> str:
    return str(values["state"] or "stock").lower()


def _named(line: int, column: str, text: str | None) -> Problem | None:
    """Return what is wrong with a name that an option may give for all rows."""
    if text is None:
        message = f"it names no {column}, and no --{column} names one for all"
        return Problem(line, "CELL-MISSING", message, column)
    return identifier_problem(line, column, text)


def _quantity(line: int, serial: str | None, counted: str) -> Problem | None:
    if not _COUNT.match(counted):
        return Problem(
            line, "CELL-FORM", f"quantity {counted[:40]!r} is no number of GPUs", "quantity"
        )
    if serial is not None and counted != "1":
        return Problem(
            line, "CELL-FORM", f"serial {serial} is of one GPU, and not of {counted}", "quantity"
        )
    return None
