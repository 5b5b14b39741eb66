"""`chipledger filing`: what was filed with customs."""

from collections.abc import Sequence
from typing import Any

import click
from msgspec.structs import replace

from commands.act import Act, acting
from commands.classification import classified
from commands.names import country as country_code
from commands.sealing import FORMS, SealedValue
from commands.units import Units, parse_count, units_options
from ledger import canonical
from ledger.errors import Malformed, Unavailable
from ledger.events.authorization import ExportFiled, FiledLine
from ledger.events.base import check_identifier

_PARTS = 5
Valued = tuple[FiledLine, str | None]
"""A line, and its value in whole US dollars, or None."""


@click.group(name="filing")
def command() -> None:
    """Record export filings."""


@command.command("record")
@click.argument("filing")
@click.option("--itn", required=True, help="Internal transaction number: X and 14 digits.")
@click.option("--port", required=True, help="Port of export: UN/LOCODE or name.")
@click.option("--consignee", metavar="PARTY", required=True, help="Intermediate or ultimate.")
@click.option("--destination", required=True, help="Country of ultimate destination.")
@units_options
@click.option(
    "--item",
    "items",
    metavar="HTS/ECCN/COUNT/UNIT/GPUS[/USD]",
    multiple=True,
    help="A line in full, instead of units whose classification is recorded.",
)
@click.option(
    "--value-usd",
    type=SealedValue("WHOLE-USD"),
    help="Value of the one line at the port of export. Sealed, as values of --item are.",
)
@click.option(
    "--open",
    "opened",
    type=click.Choice(["value_usd"]),
    multiple=True,
    help="Say it openly in the statement, instead of sealed.",
)
@click.option("--licence", "licence_code", help="Code of the licence or NLR.")
@click.option("--export-date", metavar="DATE", help="Day of export; by default that of --on.")
@click.option("--ultimate", metavar="PARTY", help="Ultimate consignee.")
@click.option("--shipment", help="The shipment that it is for.")
@acting
def record(
    act: Act,
    *,
    filing: str,
    consignee: str,
    destination: str,
    units: Units,
    items: tuple[str, ...],
    value_usd: str | None,
    opened: tuple[str, ...],
    licence_code: str | None,
    export_date: str | None,
    ultimate: str | None,
    shipment: str | None,
    **facts: Any,
) -> None:
    """Record that electronic export information was filed."""
    if bool(units) == bool(items):
        raise click.UsageError("give units, or --item")
    if items:
        valued = [_item(text, licence_code) for text in items]
    else:
        valued = [(_filed(act, units.spelled(act.names), licence_code), None)]
    lines = _valued(act, valued, value_usd, opened=bool(opened))
    data = ExportFiled(
        filer=act.actor,
        filing=check_identifier(filing),
        export_date=export_date or act.given.on or act.today(),
        lines=lines,
        consignee=act.names.spelled("party", consignee),
        ultimate_consignee=act.names.maybe("party", ultimate),
        destination=country_code(destination),
        # A filing goes before the dispatch that opens the shipment.
        shipment=None if shipment is None else check_identifier(shipment),
        **facts,
    )
    total = sum(line.gpus for line in data.lines)
    told = f"{data.filer or 'somebody'} files {data.itn}: {total:,} GPUs to {data.destination}"
    act.tell(data, told, f"chipledger query exports shipment={data.shipment}" if shipment else "")


def _filed(act: Act, units: Units, licence_code: str | None) -> FiledLine:
    """Return a line for each rack model, or for each chip model where the units are loose.

    Raises:
        Unavailable: NOT-CLASSIFIED where HTS or ECCN are not recorded.
    """
    lines = act.lines(units)
    racks = {rack for line in lines for rack in line.racks}
    gpus = sum(line.total for line in lines)
    found = (
        [one for one in classified(act, racks=racks) if one.kind == "assembly"]
        if racks
        else classified(act, {line.model for line in lines})
    )
    if len(found) != 1 or found[0].hts is None:
        raise Unavailable(
            "NOT-CLASSIFIED",
            "the units are not of one model whose tariff number and ECCN are recorded",
            where=units.stem,
            hint="write each line in full: --item 8471.50.0150/4A090.a/20/NO/1440",
        )
    return FiledLine(
        hts=found[0].hts,
        eccn=found[0].eccn,
        quantity=len(racks) or gpus,
        unit="NO",
        gpus=gpus,
        licence_code=licence_code,
    )


def _valued(
    act: Act, lines: Sequence[Valued], value_usd: str | None, *, opened: bool
) -> tuple[FiledLine, ...]:
    """Return the lines in their order; values go into the annex unless they are to be open.

    There the value of an only line is called `value_usd`, else that of line n `value_usd_n`.

    Raises:
        Malformed: FILED-LINES where two lines differ in nothing that is said openly.
    """
    if value_usd is not None:
        if len(lines) > 1 or lines[0][1] is not None:
            raise click.UsageError("--value-usd is for one line; else write it into each --item")
        lines = [(lines[0][0], value_usd)]
    if opened:
        lines = [(_open(*one), None) for one in lines]
    found = canonical.ordered(*(line for line, _ in lines))
    if len(found) < len(lines):
        raise Malformed(
            "FILED-LINES", "two lines are the same", where="--item", hint="add them into one"
        )
    for line, value in lines:
        if value is not None:
            number = f"_{found.index(line) + 1}" if len(found) > 1 else ""
            act.seal(f"value_usd{number}", value)
    return found


def _open(line: FiledLine, value: str | None) -> FiledLine:
    return replace(line, value_usd=None if value is None else int(value))


def _item(text: str, licence_code: str | None) -> Valued:
    """Return a line, and its value if one is written.

    Raises:
        Malformed: FILED-LINE, QUANTITY; neither repeats a value.
    """
    parts = text.split("/")
    value = parts[_PARTS] if len(parts) == _PARTS + 1 else None
    wrong = value is not None and not FORMS["WHOLE-USD"][0].match(value)
    if not _PARTS <= len(parts) <= _PARTS + 1 or wrong:
        begins = f"what begins with {parts[0][:20]!r}" if len(parts) > 1 else "a single word"
        raise Malformed(
            "FILED-LINE",
            f"{begins} is no line of a filing",
            where="--item",
            hint="write tariff number, ECCN, count, unit, GPUs, and the value in whole US dollars"
            " if you like: 8471.50.0150/4A090.a/20/NO/1440/64000000",
        )
    hts, eccn, count, unit, gpus = parts[:_PARTS]
    line = FiledLine(
        hts=hts,
        eccn=eccn,
        quantity=parse_count(count),
        unit=unit,
        gpus=0 if gpus == "0" else parse_count(gpus),
        licence_code=licence_code,
    )
    return line, value
