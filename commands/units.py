"""How people name the units that an event is about: racks, a batch, or lines in full."""

import functools
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar, get_args

import click

from commands.lines import expand
from commands.names import Names
from ledger import canonical
from ledger.errors import Malformed
from ledger.events.base import Line, State, check_identifier
from projections.view import View

QUANTITY_MAX = 1_000_000_000
F = TypeVar("F", bound=Callable[..., Any])

_HELD = """
    SELECT holder, site, state, shipment, rack FROM posting
    WHERE book = 'possession' AND substr(holder, 1, 1) <> '@' AND event_idx IS NOT :without
      AND (:holder IS NULL OR holder = :holder) AND (:site IS NULL OR site = :site)
      AND (:state IS NULL OR state = :state) AND (:shipment IS NULL OR shipment = :shipment)
      AND {units}
    GROUP BY holder, site, state, shipment, model, batch, rack HAVING sum(quantity) > 0"""
_IN_RACKS = "rack IN (SELECT value FROM json_each(:racks))"
_LOOSE = "(:batch IS NULL OR batch = :batch) AND rack IS NULL"


@dataclass(frozen=True, slots=True)
class Place:
    """An account of possession that holds some of the units."""

    holder: str
    site: str | None
    state: str
    shipment: str | None
    rack: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """What `--racks`, `--batch`, `--quantity` and `--line` say.

    Attributes:
        racks: whole racks, in the order typed.
        batch: loose units of this batch, or None.
        quantity: so many of them; None: all.
        lines: lines in full.
    """

    racks: tuple[str, ...] = ()
    batch: str | None = None
    quantity: int | None = None
    lines: tuple[Line, ...] = ()

    @property
    def stem(self) -> str:
        """What identifiers of acts on these units begin with: the first rack, or the batch."""
        named = [*self.racks[:1], *([self.batch] if self.batch else [])]
        for line in self.lines:
            named += [*line.racks[:1], line.batch]
        return named[0] if named else ""

    def __bool__(self) -> bool:
        return self.stem != ""

    def required(self) -> "Units":
        """Return the same units, and refuse none at all as a usage error."""
        if not self:
            raise click.UsageError("give --racks, --batch or --line")
        return self

    def spelled(self, names: Names) -> "Units":
        """Return the same units in the recorded spelling."""
        racks = tuple(names.all("rack", self.racks))
        return replace(self, racks=racks, batch=names.maybe("batch", self.batch))


def units_options(function: F) -> F:
    """Add `--racks --batch --quantity --line` to a command; it gets `units: Units`."""

    @click.option("--racks", metavar="RANGE", help="Whole racks: R0001..R0020,R0031.")
    @click.option("--batch", metavar="BATCH", help="Loose units of a batch.")
    @click.option("--quantity", type=click.IntRange(1, QUANTITY_MAX), help="So many of them.")
    @click.option(
        "--line",
        "lines",
        metavar="MODEL/BATCH/GPUS[/RACKS[/STATE]]",
        multiple=True,
        help="Units in full, where the records do not have them so; GPUs are for each rack.",
    )
    @functools.wraps(function)
    def wrapped(
        *args: Any,
        racks: str | None,
        batch: str | None,
        quantity: int | None,
        lines: tuple[str, ...],
        **rest: Any,
    ) -> Any:
        if (racks is not None) + (batch is not None) + bool(lines) > 1:
            raise click.UsageError("--racks, --batch and --line exclude each other")
        if quantity is not None and batch is None:
            raise click.UsageError("--quantity needs --batch")
        units = Units(
            racks=() if racks is None else tuple(expand(racks)),
            batch=batch,
            quantity=quantity,
            lines=_parse_lines(lines),
        )
        return function(*args, units=units, **rest)

    return wrapped  # type: ignore[return-value]  # functools.wraps keeps the meaning


def _parse_lines(texts: Sequence[str]) -> tuple[Line, ...]:
    """Return the lines that these texts stand for.

    Raises:
        Malformed: LINE-REPEAT for two that say the same: a list is a set, and would have it once.
    """
    found = canonical.ordered(*map(parse_line, texts))
    if len(found) < len(texts):
        raise Malformed(
            "LINE-REPEAT",
            "two lines say the same, and would count once",
            where="--line",
            hint="add them into one",
        )
    return found


def parse_line(text: str) -> Line:
    """Return the line that `MODEL/BATCH/GPUS[/RACKS[/STATE]]` stands for.

    Raises:
        Malformed: LINE, or as `commands.lines.expand`.
    """
    model, batch, count, racks, state = (*text.split("/"), "", "", "", "", "")[:5]
    if text.count("/") > 4 or (state and state not in get_args(State)):  # noqa: PLR2004  five parts
        raise _no_line(text)
    try:
        return Line(
            model=check_identifier(model),
            batch=check_identifier(batch),
            quantity=parse_count(count),
            racks=canonical.ordered(*expand(racks)) if racks else (),
            state=state or "stock",  # type: ignore[arg-type]  # one of its literals, as checked
        )
    except Malformed as error:
        if error.code.startswith("RANGE-"):
            raise
        raise _no_line(text) from error


def _no_line(text: str) -> Malformed:
    return Malformed(
        "LINE",
        f"{text[:80]!r} is no line of units",
        where="--line",
        hint="write model, batch, GPUs, then racks and state where they matter:"
        " GB200-GPU/B-01/72/R0001..R0020/stock",
    )


def parse_count(text: str) -> int:
    """Return a quantity of GPUs, 1 to 1,000,000,000, written in plain digits.

    Raises:
        Malformed: QUANTITY.
    """
    plain = text.isascii() and text.isdigit() and len(text) <= len(str(QUANTITY_MAX))
    if not plain or not 1 <= int(text) <= QUANTITY_MAX:
        raise Malformed(
            "QUANTITY",
            f"{text[:40]!r} is no quantity",
            hint="write a whole number of GPUs in plain digits, at least 1",
        )
    return int(text)


def parse_parts(texts: Iterable[str], where: str) -> dict[str, int]:
    """Return GPUs by batch, of texts like `BATCH=GPUS`.

    Raises:
        Malformed: PART for a batch that is named twice, or as `parse_part`.
    """
    found: dict[str, int] = {}
    for batch, quantity in (parse_part(text, where) for text in texts):
        if batch.lower() in map(str.lower, found):
            raise Malformed(
                "PART", f"{batch} is named twice", where=where, hint="add its GPUs into one"
            )
        found[batch] = quantity
    return found


def parse_part(text: str, where: str) -> tuple[str, int]:
    """Return batch and GPUs that `BATCH=GPUS` stands for.

    Raises:
        Malformed: PART, QUANTITY, IDENTIFIER.
    """
    batch, equals, count = text.rpartition("=")
    if not equals:
        raise Malformed(
            "PART",
            f"{text[:60]!r} does not say how many GPUs of which batch",
            where=where,
            hint="write B-01=72",
        )
    return check_identifier(batch), parse_count(count)


def places(
    view: View,
    units: Units,
    *,
    without: int | None = None,
    **given: str | None,
) -> list[Place]:
    """Return the accounts that hold some of the units, as the records stand.

    Args:
        view: the read models, caught up.
        units: racks or a batch; neither: all loose units.
        without: leave out what this entry moved, as if it had never been recorded.
        given: holder, site, state or shipment that it must be.
    """
    bound: Mapping[str, object] = {
        "without": without,
        "racks": json.dumps(units.racks),
        "batch": units.batch,
        **{name: given.get(name) for name in ("holder", "site", "state", "shipment")},
    }
    chosen = "1" if given.get("shipment") and not units else _IN_RACKS if units.racks else _LOOSE
    rows = view.rows(_HELD.format(units=chosen), bound)
    return sorted({Place(**row) for row in rows}, key=str)  # type: ignore[arg-type]  # as selected
