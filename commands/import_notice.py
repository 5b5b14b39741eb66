"""`chipledger import ship-notice`: a supplier's notice of dispatch becomes the dispatch."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import click

from commands import attachments
from commands.act import Act, acting
from commands.fields import check_fields
from commands.importers import secrets
from commands.importers.serials import code_problem, identifier_problem
from commands.importers.ship_notice import NoticeItem, ShipNotice, read_ship_notice
from commands.importers.table import Origin, Problem, Row, Table, reject
from commands.output import safe
from commands.recording import Item, record_all
from commands.shipment import shipped_items
from commands.source_file import SourceFile, source_file
from ledger import canonical
from ledger.errors import Malformed
from ledger.events.base import Line, check_identifier, is_code, is_identifier
from ledger.events.shipment import ShipmentDispatched

_OPENED = "SELECT idx FROM event WHERE opened = ? AND asserted_by = ? LIMIT 1"


@click.command("ship-notice")
@source_file("ship_notice", columns=False)
@click.option("--to", "consignee", metavar="PARTY", required=True, help="Who is to receive.")
@click.option("--from-site", required=True, metavar="SITE", help="Where it left.")
@click.option("--to-site", metavar="SITE", help="Where it is to arrive.")
@click.option("--carrier", metavar="PARTY", help="Who holds it on the way.")
@click.option(
    "--part",
    "parts",
    metavar="PART=MODEL",
    multiple=True,
    required=True,
    help="The chip model that a part number stands for; repeatable. Other parts are left out.",
)
@click.option("--batch", help="For lines that name no lot.")
@click.option(
    "--id", "shipment", help="Identifier of the shipment; by default the notice's number."
)
@acting
def ship_notice(
    act: Act,
    *,
    source: SourceFile,
    consignee: str,
    from_site: str,
    to_site: str | None,
    carrier: str | None,
    parts: tuple[str, ...],
    batch: str | None,
    shipment: str | None,
) -> None:
    """Record what a ship notice says was sent: X12 856 or EDIFACT DESADV.

    A supplier's notice is its own act: say --by SUPPLIER --basis counterparty where it does not
    sign itself. A notice that was recorded already changes nothing.
    """
    where = source.path.name
    notice = read_ship_notice(source.document.data, where)
    name = _name(shipment or notice.number, where)
    opened = list(act.view.rows(_OPENED, (f"shipment/{name}".lower(), act.speaker)))
    if opened and act.given.corrects is None:
        click.echo(f"recorded already: shipment {name}, as entry {opened[0]['idx']}", err=True)
        return
    table = _table(notice, source)
    models = dict(_part(act, text) for text in parts)
    lines = _lines(notice, table, models, batch)
    source.tell(table, dry_run=act.given.dry_run)
    site = act.names.spelled("site", from_site)
    data = ShipmentDispatched(
        consignor=act.actor,
        shipment=act.identifier("shipment", name, name),
        purpose="sale",
        lines=lines,
        items=shipped_items(act, lines, ()),
        consignee=act.names.spelled("party", consignee),
        carrier=act.names.maybe("party", carrier),
        from_site=site,
        to_site=act.names.maybe("site", to_site),
    )
    check_fields(data)
    _tell_unread(notice, models)
    record_all(
        act.desk,
        replace(act.given, references=(*act.given.references, *_references(notice))),
        [Item(data, (source.evidence(table),), occurred=act.given.on or notice.sent_on)],
        summary=[
            f"{name}: {sum(line.total for line in lines):,} GPUs leave {site}, as noticed",
            *act.names.doubts,
        ],
        next_command=f"chipledger shipment receive {name}",
    )


def _name(text: str, where: str) -> str:
    if not is_identifier(text):
        raise Malformed(
            "NOTICE-NUMBER",
            f"the notice's number {text[:80]!r} is no identifier",
            where=where,
            hint="name the shipment: --id SHP-01",
        )
    return text


def _part(act: Act, text: str) -> tuple[str, str]:
    part, equals, model = text.rpartition("=")
    if not equals or not part:
        raise click.UsageError("--part is written PART=MODEL, such as 900-2G548=GB200-GPU")
    return part.lower(), act.names.spelled("model", check_identifier(model))


def _table(notice: ShipNotice, source: SourceFile) -> Table:
    """Return the items of a notice as rows, one a serial number."""
    where = source.path.name
    rows = []
    for item in notice.items:
        facts = {"part": item.part, "batch": item.batch, "quantity": item.quantity}
        rows += [Row(item.segment, {**facts, "serial": one}) for one in item.serials or (None,)]
    hidden = tuple(secrets.in_text(source.document.data.decode(errors="replace"), where))
    return Table(Origin(where=where, item="segment"), tuple(rows), secrets=hidden)


def _lines(
    notice: ShipNotice, table: Table, models: dict[str, str], batch: str | None
) -> tuple[Line, ...]:
    """Return the units that are of a known part.

    Raises:
        Malformed: ROWS-REJECTED, PART-UNKNOWN where no line is of a part that was named.
    """
    known = [one for one in notice.items if str(one.part).lower() in models]
    if not known:
        named = ", ".join(sorted({one.part or "none" for one in notice.items})[:5])
        raise Malformed(
            "PART-UNKNOWN",
            f"no line is of a part named with --part; the notice has {named}",
            where=table.origin.where,
            hint="say which are GPUs: --part PART=MODEL",
        )
    seen: set[str] = set()
    problems = [problem for one in known for problem in _problems(one, one.batch or batch, seen)]
    if problems:
        reject(problems, table.origin)
    total: Counter[tuple[str, str]] = Counter()
    for one in known:
        total[models[str(one.part).lower()], str(one.batch or batch)] += one.count or 0
    return canonical.ordered(
        *(Line(model=model, batch=lot, quantity=count) for (model, lot), count in total.items())
    )


def _problems(item: NoticeItem, batch: str | None, seen: set[str]) -> Iterable[Problem]:
    wrong = identifier_problem(item.segment, "batch", batch)
    if wrong is not None:
        yield wrong
    for serial in item.serials:
        found = code_problem(item.segment, "serial", serial)
        if found is not None:
            yield found
        elif serial.lower() in seen:
            message = f"serial {serial} stands in the notice twice"
            yield Problem(item.segment, "SERIAL-REPEATED", message)
        seen.add(serial.lower())
    if item.count is None:
        yield Problem(item.segment, "CELL-FORM", "it names no whole number of units")
    elif item.serials and item.count != len(item.serials):
        told = f"{item.count:,} units, and {len(item.serials):,} serial numbers"
        yield Problem(item.segment, "QUANTITY-DIFFERS", told)


def _references(notice: ShipNotice) -> tuple[Any, ...]:
    """Return the numbers on paper that can be written as one."""
    told = dict.fromkeys(f"{kind}:{value}" for kind, value in notice.references if is_code(value))
    return attachments.references(told)


def _tell_unread(notice: ShipNotice, models: dict[str, str]) -> None:
    """Say what of the notice had no place in the event; the file attached keeps it."""
    named = sorted({one.part or "none" for one in notice.items})
    left = [one for one in named if one.lower() not in models]
    if left:
        click.echo(safe(f"parts left out: {', '.join(left)}"), err=True)
    if notice.unread:
        told = ", ".join(f"{tag} {count:,}" for tag, count in sorted(notice.unread.items()))
        click.echo(safe(f"segments that had no place: {told}"), err=True)
