"""From what people type to the lines that an event signs: ranges of racks, and what is in them."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from ledger import canonical
from ledger.errors import Malformed, Unavailable
from ledger.events.base import Line, check_identifier
from projections.view import View

Terms = dict[str, str | int]
"""Column of `posting` to the value that it must have."""

Held = tuple[str, str, str | None, str, int]
"""Model, batch, rack, state, GPUs."""

EXPANDED_MAX = 100_000
_NUMBERED = re.compile(r"(.*?)([0-9]+)\Z")
_NAMED_MAX = 5

_HELD = """
    SELECT model, batch, rack, state, sum(quantity) AS quantity FROM posting
    WHERE book = 'possession' AND substr(holder, 1, 1) <> '@' AND {where}
    GROUP BY model, batch, rack, state, holder, site, shipment HAVING sum(quantity) > 0"""


def expand(text: str) -> list[str]:
    """Return the identifiers that `R0001..R0480,R0490` stands for, in the order written.

    Raises:
        Malformed: RANGE-FORM, RANGE-ORDER, RANGE-REPEAT, RANGE-SIZE (more than 100,000) or
            IDENTIFIER.
    """
    found: list[str] = []
    for part in text.split(","):
        first, dots, last = part.strip().partition("..")
        if dots:
            found += _range(first, last, EXPANDED_MAX - len(found))
        else:
            found.append(check_identifier(first))
        if len(found) > EXPANDED_MAX:
            raise _too_many()
    seen: set[str] = set()
    for one in found:
        if one.lower() in seen:
            raise Malformed("RANGE-REPEAT", f"{one} is named twice", hint="name each one once")
        seen.add(one.lower())
    return found


def _range(first: str, last: str, left: int) -> list[str]:
    """Return `first` to `last`: one prefix, and numbers that count up in equal width."""
    check_identifier(first)
    check_identifier(last)
    start, end = _NUMBERED.match(first), _NUMBERED.match(last)
    padded = start and end and any(len(one) > 1 and one[0] == "0" for one in (start[2], end[2]))
    if not start or not end or start[1] != end[1] or (padded and len(start[2]) != len(end[2])):
        raise Malformed(
            "RANGE-FORM",
            f"{first}..{last} is no range",
            hint="both ends have one beginning and end in a number: R0001..R0480",
        )
    low, high = int(start[2]), int(end[2])
    if low > high:
        raise Malformed(
            "RANGE-ORDER", f"{first}..{last} counts down", hint=f"write {last}..{first}"
        )
    if high - low >= left:
        raise _too_many()
    width = len(start[2]) if padded else 0
    return [check_identifier(f"{start[1]}{number:0{width}d}") for number in range(low, high + 1)]


def _too_many() -> Malformed:
    return Malformed(
        "RANGE-SIZE",
        f"this names more than {EXPANDED_MAX:,}",
        hint="record them in several commands",
    )


def lines_for(
    view: View,
    *,
    racks: Sequence[str] = (),
    batch: str | None = None,
    quantity: int | None = None,
    state: str | None = None,
    holder: str | None = None,
    site: str | None = None,
    shipment: str | None = None,
    without: int | None = None,
) -> tuple[Line, ...]:
    """Return the lines of these units as the read models have them in possession.

    Args:
        view: the read models, caught up.
        racks: whole racks; or
        batch: loose units of a batch,
        quantity: so many of them, all where None.
        state: only units in this state; `in_transit` becomes the line's default, stock.
        holder: only units that this party holds.
        site: only units at this site.
        shipment: only units on the way under this shipment.
        without: an entry whose postings do not count, as it is about to be corrected.

    Raises:
        Unavailable: UNITS-UNKNOWN for racks of which nothing is held so; BATCH-SHORT.
        Malformed: UNITS-NONE where nothing was asked for.
    """
    terms = {"state": state, "holder": holder, "site": site, "shipment": shipment}
    given: Terms = {name: value for name, value in terms.items() if value is not None}
    if without is not None:
        given["event_idx"] = without
    if racks:
        return _rack_lines(view, racks, given)
    if batch is not None:
        return _loose_lines(view, batch, quantity, given)
    if shipment is not None:
        return _merged(_held(view, given, []))
    raise Malformed("UNITS-NONE", "no units are named", hint="name --racks, or --batch")


def _rack_lines(view: View, racks: Sequence[str], given: Terms) -> tuple[Line, ...]:
    found = []
    for start in range(0, len(racks), 500):  # SQLite takes so many values at a time everywhere
        found += _held(view, given, racks[start : start + 500])
    known = {str(row[2]).lower() for row in found}
    absent = [rack for rack in racks if rack.lower() not in known]
    if absent:
        place = ", ".join(
            f"{name} {value}" for name, value in given.items() if isinstance(value, str)
        )
        more = f" and {len(absent) - _NAMED_MAX:,} more" if len(absent) > _NAMED_MAX else ""
        raise Unavailable(
            "UNITS-UNKNOWN",
            f"nothing is recorded in {', '.join(absent[:_NAMED_MAX])}{more}"
            + (f" with {place}" if place else ""),
            where="racks",
            hint=f"`chipledger where --rack {absent[0]}` shows where a rack is",
        )
    return _merged(found)


def _loose_lines(view: View, batch: str, quantity: int | None, given: Terms) -> tuple[Line, ...]:
    found = [row for row in _held(view, given | {"batch": batch}, []) if row[2] is None]
    total = sum(row[4] for row in found)
    if total < (quantity or 1) or len({(row[0], row[3]) for row in found}) > 1:
        raise Unavailable(
            "BATCH-SHORT",
            f"{total:,} loose GPUs of batch {batch} are recorded so, in one or more states",
            where=batch,
            hint=f"`chipledger where --batch {batch}` shows them; name fewer, or use --line",
        )
    model, recorded, _, state, _ = found[0]
    return _merged([(model, recorded, None, state, quantity or total)])


def _held(view: View, given: Terms, racks: Sequence[str]) -> list[Held]:
    # The one term that leaves out: the entry that is about to be corrected.
    where = [f"{name} {'<>' if name == 'event_idx' else '='} ?" for name in given]
    values: list[object] = list(given.values())
    if racks:
        where.append(f"rack IN ({', '.join('?' * len(racks))})")
        values += racks
    sql = _HELD.format(where=" AND ".join(where) or "1")
    return [
        (str(row["model"]), str(row["batch"]), _text(row["rack"]), str(row["state"]), _whole(row))
        for row in view.rows(sql, values)
    ]


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _whole(row: dict[str, object]) -> int:
    quantity = row["quantity"]
    assert isinstance(quantity, int)  # noqa: S101  a sum of whole numbers
    return quantity


def _merged(found: Iterable[Held]) -> tuple[Line, ...]:
    """Return the fewest lines: racks with the same units stand in one line."""
    racks: defaultdict[tuple[str, str, int, str], list[str]] = defaultdict(list)
    loose = []
    for model, batch, rack, state, quantity in found:
        at = "stock" if state == "in_transit" else state
        if rack is None:
            loose.append(_line(model, batch, quantity, at))
        else:
            racks[model, batch, quantity, at].append(rack)
    held = [_line(*key, canonical.ordered(*names)) for key, names in racks.items()]
    return canonical.ordered(*loose, *held)


def _line(model: str, batch: str, quantity: int, state: str, racks: tuple[str, ...] = ()) -> Line:
    return Line(model=model, batch=batch, quantity=quantity, racks=racks, state=state)  # type: ignore[arg-type]  # as posted
