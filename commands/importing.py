"""`chipledger import`: record from the files that exist anyway."""

from dataclasses import replace

import click

from commands.act import Act, acting
from commands.assembly import assembled
from commands.import_epcis import epcis
from commands.import_notice import ship_notice
from commands.importers.inventory import STATES, Defaults, inventory_of, read_inventory
from commands.importers.packing_list import PackedRack, read_packing_list
from commands.importers.table import reject
from commands.opening import Facts, Opening, not_opened, openings
from commands.output import safe
from commands.recorded_serials import in_another_rack, recorded_elsewhere
from commands.recording import Item, record_all
from commands.source_file import SourceFile, source_file
from commands.stock import record_openings
from commands.units import QUANTITY_MAX
from ledger.appending import BATCH_MAX
from ledger.draft import Document
from ledger.errors import Conflict, Malformed

_RECORDED = """
    SELECT assembly.rack, event.idx FROM assembly JOIN event ON event.idx = assembly.event_idx
    JOIN counting ON counting.event_idx = assembly.event_idx AND counting.to_idx IS NULL
    WHERE event.asserted_by = ?"""
_MADE_OF = "SELECT batch, sum(quantity) AS quantity FROM line WHERE event_idx = ? GROUP BY batch"


@click.group(name="import")
def command() -> None:
    """Record from packing lists, inventories, ship notices and EPCIS."""


command.add_command(epcis)
command.add_command(ship_notice)


@command.command("packing-list")
@source_file("packing_list")
@click.option("--model", required=True, help="Assembly model of the racks.")
@click.option("--site", required=True, help="Where they are assembled.")
@acting
def packing_list(act: Act, *, source: SourceFile, model: str, site: str) -> None:
    """Record each rack of a packing list as assembled, with its build manifest.

    The list is CSV, TSV, XLSX, XLS or ODS. Its columns are rack, serial and batch, and where it has
    them tray, slot and chassis; their usual other names are understood. Racks recorded already are
    skipped, so it can be repeated after an interruption.
    """
    if act.given.corrects is not None:
        raise Malformed(
            "IMPORT-CORRECTS",
            "a correction is of one entry",
            where="--corrects",
            hint="chipledger rack assemble RACK --manifest FILE --corrects ENTRY",
        )
    where = source.path.name
    found = read_packing_list(
        source.document.data, where, source.layout, lambda rows: in_another_rack(act, rows)
    )
    table = found.table
    racks = _new(act, found.racks, where)
    told = {one.serial.lower(): rack.rack for rack in racks for one in rack.units if one.serial}
    twice = recorded_elsewhere(act, table, told, opening=False)
    if twice:
        reject(twice, table.origin)
    source.tell(table, dry_run=act.given.dry_run)
    if table.ignored:
        click.echo(safe(f"columns not read: {', '.join(table.ignored)}"), err=True)
    skipped = len(found.racks) - len(racks)
    if skipped:
        click.echo(f"recorded already: {skipped:,} of {len(found.racks):,} racks", err=True)
    if not racks:
        return
    paper = source.evidence(table)
    items = [
        _item(act, rack, paper, model=model, site=act.names.spelled("site", site)) for rack in racks
    ]
    for start in range(0, len(items), BATCH_MAX):
        _record(act, items[start : start + BATCH_MAX], racks[start : start + BATCH_MAX], start)


def _item(act: Act, rack: PackedRack, source: Document, *, model: str, site: str) -> Item:
    data = assembled(
        act,
        rack.rack,
        model=act.names.spelled("model", model),
        site=site,
        batches=rack.batches,
        chassis=rack.chassis,
    )
    return Item(data, (rack.manifest(), source))


def _record(act: Act, items: list[Item], racks: list[PackedRack], start: int) -> None:
    """Record what one transaction holds."""
    given, key = act.given, act.given.idempotency_key
    if start and key is not None:
        given = replace(given, idempotency_key=f"{key}/from-{start + 1}")
    total, unnamed = sum(len(rack.units) for rack in racks), sum(rack.unnamed for rack in racks)
    summary = [f"assembled: {len(racks):,} racks, {total:,} GPUs", *act.names.doubts]
    if unnamed:
        summary.append(f"without a serial number: {unnamed:,} GPUs")
    span = racks[0].rack if len(racks) == 1 else f"{racks[0].rack}..{racks[-1].rack}"
    then = f"chipledger shipment dispatch SHIPMENT --racks {span} --to PARTY --to-site SITE"
    record_all(act.desk, given, items, summary=summary, next_command=then)


def _new(act: Act, racks: tuple[PackedRack, ...], where: str) -> list[PackedRack]:
    """Return the racks that the speaker has not recorded yet.

    Raises:
        Conflict: RACK-DIFFERS where one is recorded with other units.
    """
    rows = act.view.rows(_RECORDED, (act.speaker,))
    recorded = {str(row["rack"]).lower(): int(str(row["idx"])) for row in rows}
    new = []
    for rack in racks:
        entry = recorded.get(rack.rack.lower())
        if entry is None:
            new.append(rack)
            continue
        made_of = {
            str(row["batch"]).lower(): row["quantity"] for row in act.view.rows(_MADE_OF, (entry,))
        }
        if made_of != {batch.lower(): quantity for batch, quantity in rack.batches.items()}:
            raise Conflict(
                "RACK-DIFFERS",
                f"rack {rack.rack} is recorded as entry {entry} with other units",
                where=f"{where}:{rack.line}",
                hint=f"correct it: chipledger rack assemble {rack.rack} --corrects {entry} …;"
                " or take it out of the file",
            )
    return new


@command.command("inventory")
@source_file("inventory_file")
@click.option("--site", required=True, help="Where they are.")
@click.option("--owner", metavar="PARTY", help="Who owns them; left out: not known.")
@click.option("--supplier", metavar="PARTY", help="Who supplied them, and may countersign.")
@click.option("--rack", help="For a file that names no racks, such as a device's own report.")
@click.option("--loose", is_flag=True, help="The units of such a file are in no rack.")
@click.option("--batch", help="For rows that name no batch.")
@click.option("--model", help="Assembly model, for rows that name none.")
@click.option("--chip", help="Chip model, for rows that name none.")
@click.option("--state", type=click.Choice(STATES), help="For rows that name none; else stock.")
@click.option(
    "--per-rack",
    type=click.IntRange(1, QUANTITY_MAX),
    help="GPUs of each row, where the file lists racks and not GPUs.",
)
@acting
def inventory(
    act: Act,
    *,
    source: SourceFile,
    site: str,
    owner: str | None,
    supplier: str | None,
    per_rack: int | None,
    loose: bool,
    **usual: str | None,
) -> None:
    """Record what an inventory lists as opening stock, with the inventory as evidence.

    It is CSV, TSV, XLSX, XLS or ODS; or what a device says of itself: nvidia-smi -q -x, the
    discovery of a tray in JSON, Redfish resources in JSON; these name no rack, so say --rack.

    A row is a GPU: rack, and where the list has them tray, slot, serial, batch, model, chassis,
    chip and state; their usual other names are understood. A row without a rack is a loose GPU.
    What is recorded already is skipped, so it can be repeated.
    """
    where = source.path.name
    defaults = Defaults(quantity=per_rack, loose=loose, **usual)
    found = read_inventory(
        source.document.data,
        where,
        defaults,
        source.layout,
        lambda rows: in_another_rack(act, rows, defaults.rack),
    )
    table = found.table
    facts = Facts(
        site=act.names.spelled("site", site),
        owner=act.names.maybe("party", owner),
        supplier=act.names.maybe("party", supplier),
    )
    new = not_opened(act, found.stocks, facts.site, where)
    listed = {
        unit.serial.lower(): one.rack
        for one in new
        for unit in one.units
        if unit.serial is not None
    }
    twice = recorded_elsewhere(act, table, listed, opening=True)
    if twice:
        reject(twice, table.origin)
    source.tell(table, dry_run=act.given.dry_run)
    if table.ignored:
        kept = "" if table.secrets else ", kept in the file attached"
        click.echo(safe(f"columns not read{kept}: {', '.join(table.ignored)}"), err=True)
    told = sum(one.rack is not None for one in found.stocks)
    skipped = told - sum(one.rack is not None for one in new)
    if skipped or not new:
        why = "recorded already" if act.given.corrects is None else "not of the entry corrected"
        click.echo(f"{why}: {skipped:,} of {told:,} racks", err=True)
    if not new:
        return
    unnamed = sum(unit.quantity for one in new for unit in one.units if unit.serial is None)
    if unnamed:
        act.names.doubt(f"without a serial number: {unnamed:,} GPUs")
    parts, paper = openings(act, new, facts), source.evidence(table)
    record_openings(act, parts, [_evidence(part, paper) for part in parts])


def _evidence(part: Opening, source: Document) -> tuple[Document, ...]:
    """Return the inventory of one event, as the read models take it in, and the file as it was."""
    listed = inventory_of(part.stocks, f"Inventory of {part.data.stock}")
    return (listed,) if listed.data == source.data else (listed, source)
