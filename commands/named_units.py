"""Units named by their serial numbers: where the records have each, and the lines they become."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from commands.act import Act
from commands.importers.packing_list import manifest_text
from ledger import canonical
from ledger.draft import Document
from ledger.errors import Malformed, Unavailable
from ledger.events.base import Line

SERIALS_MAX = 10_000
_NEWEST = """
    SELECT unit.serial, unit.batch, unit.rack, unit.tray, unit.slot
    FROM unit JOIN counting ON counting.event_idx = unit.event_idx AND counting.to_idx IS NULL
    WHERE unit.serial = ? ORDER BY unit.valid_at DESC, unit.event_idx DESC LIMIT 1"""
_HELD = """
    SELECT holder, site, state, model, rack FROM posting
    WHERE book = 'possession' AND substr(holder, 1, 1) <> '@' AND event_idx IS NOT :without
        AND batch = :batch AND (rack IS :rack OR rack IS NULL)
        AND (:holder IS NULL OR holder = :holder) AND (:site IS NULL OR site = :site)
    GROUP BY holder, site, state, model, rack HAVING sum(quantity) > 0"""


@dataclass(frozen=True, slots=True)
class NamedUnits:
    """Units by serial number: where all of them are, their lines, and the list as evidence."""

    site: str
    lines: tuple[Line, ...]
    listed: Document


def named_units(
    act: Act, serials: Sequence[str], *states: str, holder: str | None, site: str | None
) -> NamedUnits:
    """Return the units with these serial numbers, as the records have them.

    Args:
        act: whose act it is.
        serials: serial numbers, each once.
        states: states that they may leave.
        holder: only units that this party holds.
        site: only units at this site.

    Raises:
        Malformed: SERIALS-COUNT for none, too many, or one that is named twice.
        Unavailable: SERIAL-UNKNOWN, SERIAL-UNCLEAR, SITE-UNCLEAR.
    """
    if not 1 <= len({one.lower() for one in serials}) == len(serials) <= SERIALS_MAX:
        raise Malformed(
            "SERIALS-COUNT",
            f"no serial number, one twice, or more than {SERIALS_MAX:,}",
            where="--serials",
            hint="name each one once",
        )
    counted: defaultdict[tuple[str, str, str, str | None], int] = defaultdict(int)
    sites, rows = set(), []
    for serial in serials:
        found = next(iter(act.view.rows(_NEWEST, (serial,))), None)
        if found is None:
            raise Unavailable(
                "SERIAL-UNKNOWN",
                f"no manifest here names the serial number {serial[:64]!r}",
                where="--serials",
                hint="name the units by --racks, --batch or --line",
            )
        at, state, model, rack = _place(act, found, states, holder=holder, site=site)
        sites.add(at)
        batch = str(found["batch"])
        counted[model, batch, state, rack] += 1
        cells = (rack, *(_text(found[name]) for name in ("tray", "slot", "serial")), batch)
        rows.append(cells)
    if len(sites) > 1:
        raise Unavailable(
            "SITE-UNCLEAR",
            f"the units are at {', '.join(sorted(sites))}",
            where="--serials",
            hint="record it site by site",
        )
    content = manifest_text(sorted(rows, key=str)).encode()
    listed = Document(content, "unit_list", f"The {len(serials):,} units", "text/csv")
    return NamedUnits(sites.pop(), _lines(counted), listed)


def _place(
    act: Act,
    found: dict[str, object],
    states: Sequence[str],
    *,
    holder: str | None,
    site: str | None,
) -> tuple[str, str, str, str | None]:
    """Return site, state, model and rack of a unit; loose where its rack holds it no more."""
    without = None if act.standing is None else act.standing.index
    bound = {"batch": found["batch"], "rack": found["rack"], "holder": holder, "site": site}
    held = list(act.view.rows(_HELD, bound | {"without": without}))
    in_rack = [one for one in held if one["rack"] is not None]
    fitting = [one for one in in_rack or held if one["state"] in states]
    if len(fitting) != 1 or fitting[0]["site"] is None:
        told = ", ".join(sorted({str(one["state"]) for one in in_rack or held})) or "nowhere"
        raise Unavailable(
            "SERIAL-UNCLEAR",
            f"{found['serial']} is of batch {found['batch']}, whose units are {told}"
            + (f" in rack {found['rack']}" if in_rack else ""),
            where="--serials",
            hint="name the units with --line, or the state that they leave with --state",
        )
    one = fitting[0]
    return str(one["site"]), str(one["state"]), str(one["model"]), _text(one["rack"])


def _lines(counted: dict[tuple[str, str, str, str | None], int]) -> tuple[Line, ...]:
    racks: defaultdict[tuple[str, str, str, int], list[str]] = defaultdict(list)
    for (model, batch, state, rack), quantity in counted.items():
        racks[model, batch, state, quantity if rack else -quantity] += [rack] if rack else []
    return canonical.ordered(
        *(
            Line(
                model=model,
                batch=batch,
                quantity=abs(quantity),
                racks=canonical.ordered(*names),
                state=state,  # type: ignore[arg-type]  # as posted
            )
            for (model, batch, state, quantity), names in racks.items()
        )
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)
