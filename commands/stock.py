"""`chipledger stock`: units that exist when the ledger opens, or come from another ledger."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import click
from msgspec.structs import replace

from commands.act import Act, acting
from commands.assembly import contents_of
from commands.fields import check_fields
from commands.importers.inventory import STATES, Stock, StockUnit
from commands.lines import expand
from commands.opening import Facts, Opening, openings
from commands.other_ledger import parse_other_entry, read_other_entry
from commands.recording import Item, record_all
from commands.units import QUANTITY_MAX, parse_line
from ledger import canonical
from ledger.draft import Document
from ledger.events.base import Line, check_identifier
from ledger.events.shipment import ShipmentDispatched

_CHIP_IN = """
    SELECT DISTINCT contains AS chip FROM model_contents
    WHERE event_idx = (SELECT max(model.event_idx) FROM model JOIN counting USING (event_idx)
                       WHERE model.model = ? AND counting.to_idx IS NULL)"""


@click.group(name="stock")
def command() -> None:
    """Open stock that was there before the ledger, or left another one."""


@command.command("open")
@click.option("--racks", metavar="RANGE", help="Whole racks: R0001..R0020,R0031.")
@click.option("--model", help="Assembly model of the racks.")
@click.option("--per-rack", type=click.IntRange(1, QUANTITY_MAX), help="GPUs in each rack; by"
              " default what the model contains.")  # fmt: skip
@click.option("--quantity", type=click.IntRange(1, QUANTITY_MAX), help="Loose GPUs.")
@click.option("--chip", help="Chip model; by default what the rack model contains.")
@click.option("--batch", help="Batch, or a name for all whose batch is not known.")
@click.option("--state", type=click.Choice(STATES), help="State that they are in.")
@click.option(
    "--line",
    "lines",
    metavar="MODEL/BATCH/GPUS[/RACKS[/STATE]]",
    multiple=True,
    help="Units in full, where they are not all alike; GPUs are for each rack.",
)
@click.option("--site", required=True, help="Where they are.")
@click.option("--owner", metavar="PARTY", help="Who owns them; left out: not known.")
@click.option("--supplier", metavar="PARTY", help="Who supplied them, and may countersign.")
@click.option(
    "--from-entry", metavar="ORIGIN/INDEX/LEAF", help="Entry of the ledger that they left."
)
@click.option(
    "--from-file",
    type=click.Path(path_type=Path),
    help="That entry, as `show ENTRY --json` printed it there; it fills in the units.",
)
@click.option("--id", "stock", help="Identifier of the opening; derived if left out.")
@acting
def open_stock(
    act: Act,
    *,
    site: str,
    owner: str | None,
    supplier: str | None,
    from_entry: str | None,
    from_file: Path | None,
    stock: str | None,
    **typed: Any,
) -> None:
    """Record units that are there already: nothing before it is proven by it.

    Many, with their serial numbers: `import inventory`.
    """
    if from_entry is not None and from_file is not None:
        raise click.UsageError("--from-entry and --from-file exclude each other")
    other = None if from_entry is None else parse_other_entry(from_entry)
    sent: ShipmentDispatched | None = None
    if from_file is not None:
        other, sent = read_other_entry(from_file)
        supplier = supplier or sent.consignor
        _compare_with_dispatch(act, sent)
    facts = Facts(
        site=act.names.spelled("site", site),
        owner=act.names.maybe("party", owner),
        supplier=act.names.maybe("party", supplier),
        from_entry=other,
    )
    lines = _lines(act, sent, typed)
    record_openings(act, openings(act, _stocks(lines, typed["model"]), facts, stock))


def _lines(act: Act, sent: ShipmentDispatched | None, typed: dict[str, Any]) -> list[Line]:
    """Return the units as they were typed, or as the other ledger's dispatch has them.

    Raises:
        click.UsageError: where they were named in no way, or in several.
    """
    racks, quantity, given = typed["racks"], typed["quantity"], typed["lines"]
    ways = (racks is not None) + (quantity is not None) + bool(given)
    if ways > 1 or (ways == 0 and sent is None):
        raise click.UsageError("name the units: --racks, --quantity or --line")
    state: Any = typed["state"] or "stock"  # one of its literals, as click checked
    if given:
        return [parse_line(text) for text in given]
    if sent is not None and not ways:
        return [replace(line, state=state) for line in sent.lines]
    model = typed["model"]
    chip = typed["chip"] or (None if model is None else _chip_in(act, model))
    count = quantity or typed["per_rack"] or (None if model is None else contents_of(act, model))
    if chip is None or count is None or typed["batch"] is None:
        raise click.UsageError("give --batch, --chip, and with --racks --per-rack")
    line = Line(
        model=check_identifier(chip),
        batch=check_identifier(typed["batch"]),
        quantity=count,
        racks=() if racks is None else canonical.ordered(*expand(racks)),
        state=state,
    )
    return [line]


def _chip_in(act: Act, model: str) -> str | None:
    """Return the one chip that an assembly model contains, as it was classified here."""
    found = [str(row["chip"]) for row in act.view.rows(_CHIP_IN, (model,))]
    return found[0] if len(found) == 1 else None


def _stocks(lines: Iterable[Line], model: str | None) -> list[Stock]:
    """Return the units by rack, the loose ones last."""
    units: defaultdict[str, list[StockUnit]] = defaultdict(list)
    spelled: dict[str, str] = {}
    for line in lines:
        for rack in line.racks or ("",):
            spelled.setdefault(rack.lower(), rack)
            unit = StockUnit((line.model, line.batch, line.state), line.quantity)
            units[rack.lower()].append(unit)
    if model is None and set(units) != {""}:
        raise click.UsageError("racks need --model, their assembly model")
    keys = sorted(units, key=lambda key: key == "")
    return [
        Stock(spelled[key] or None, 0, model if key else None, None, tuple(units[key]))
        for key in keys
    ]


def _compare_with_dispatch(act: Act, sent: ShipmentDispatched) -> None:
    """Take note of a dispatch that left for another ledger than this one, or for none."""
    here = act.desk.reader().origin
    if sent.to_ledger is None:
        act.names.doubt(f"{sent.shipment} left for no other ledger, so it is counted there still")
    elif sent.to_ledger != here:
        act.names.doubt(f"{sent.shipment} left for {sent.to_ledger}, and this is {here}")


def record_openings(
    act: Act, found: Sequence[Opening], documents: Sequence[tuple[Document, ...]] = ()
) -> None:
    """Show, sign and record openings in one transaction, each with documents of its own."""
    first = found[0].data
    if first.owner is None:
        act.names.doubt("no owner is named, so title stands as unknown")
    racks = sum(len(one.data.racks) for one in found)
    total = sum(line.total for one in found for line in one.data.lines)
    told = f"stock of {first.holder or 'somebody'} at {first.site}: {total:,} GPUs"
    told += f" in {racks:,} rack{'s' if racks > 1 else ''}" if racks else ""
    for one in found:
        check_fields(one.data)
    record_all(
        act.desk,
        act.given,
        [
            Item(one.data, documents[number] if documents else ())
            for number, one in enumerate(found)
        ],
        summary=[told, *act.names.doubts],
        next_command=f"chipledger query whose-word site={first.site}",
    )
