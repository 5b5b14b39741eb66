"""`chipledger reconcile`: what an inventory and the ledger say of the same place."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from commands.asking import Clocks, asking, moment_of
from commands.context import Desk, pass_desk, password_option
from commands.from_evidence import from_evidence
from commands.inspection_sample import DESIGN_FILE, PLAN_FILE
from commands.listed_units import UnitList, of_site, read_units
from commands.names import Kind, Names
from commands.output import Format, print_json, print_rows, safe
from commands.reconcile_draft import Inspecting, as_found, drawn_only, write_inspection
from commands.reconciling import MEANINGS, Line, Result, compare, spot, totals
from commands.recorded_units import Place, manifests_missing, recorded_units
from commands.source_file import SourceFile, source_file
from commands.units import QUANTITY_MAX
from ledger.errors import EXIT_FAIL, Unavailable

SCHEMA = "chipledger.reconciliation/1"
COLUMNS = (
    "mark", "result", "serial", "listed", "recorded", "units", "line", "entry", "what",
)  # fmt: skip
_SHOWN_MAX = 100
_NOTE = "a list shows what somebody wrote down, and the ledger what was recorded: neither was seen"


@click.command("reconcile")
@source_file("inventory_file")
@click.option("--site", help="What is recorded at this site.")
@click.option("--rack", help="What is recorded in this rack.")
@click.option("--party", help="What this party holds.")
@click.option(
    "--per-rack",
    type=click.IntRange(1, QUANTITY_MAX),
    help="Units of each row, where the file lists racks and not units.",
)
@click.option("--all", "everything", is_flag=True, help="List what agrees too.")
@click.option("--fail-on-differences", is_flag=True, help="End with exit code 1 if there are any.")
@click.option(
    "--results", type=click.Path(path_type=Path), help="New file for the list of what was found."
)
@click.option(
    "--draft", type=click.Path(path_type=Path), help="New file for the draft of an inspection."
)
@click.option("--inspection", metavar="ID", help="Of the draft: its identifier.")
@click.option("--as", "party_as", metavar="PARTY", help="Of the draft: who inspected.")
@click.option("--with", "others", metavar="PARTY", multiple=True, help="Who is to sign it too.")
@click.option("--host", metavar="PARTY", help="Of the draft: whose site it is.")
@click.option("--on", metavar="DATE", help="Of the draft: when it was; by default --as-of.")
@click.option("--method", help="Of the draft: how, for people.")
@click.option("--strength", type=click.IntRange(0, 5), help="Of the draft: 0 to 5.")
@click.option("--sample", help="The sample plan committed to.")
@PLAN_FILE
@DESIGN_FILE
@password_option
@asking
@pass_desk
@from_evidence
def command(
    desk: Desk,
    /,
    *,
    source: SourceFile,
    per_rack: int | None,
    everything: bool,
    fail_on_differences: bool,
    results: Path | None,
    draft: Path | None,
    clocks: Clocks,
    form: Format,
    **facts: Any,
) -> None:
    """Compare an inventory with what the ledger has at a site, in a rack or with a party.

    FILE is any that `chipledger import inventory` reads, a ship notice, or EPCIS: what its events
    leave behind, in order of their time. Nothing is recorded.
    With --draft the inspection is drafted with what was found, for `chipledger submit`.

    Where a sample was drawn, --plan compares the units drawn and no others.
    """
    names = Names(desk.view())
    place = Place(
        site=_known(names, "site", facts.pop("site")),
        rack=_known(names, "rack", facts.pop("rack")),
        holder=_known(names, "party", facts.pop("party")),
    )
    moment = moment_of(desk, clocks)
    inspecting = Inspecting(site=place.site, on=facts.pop("on") or moment.day, **facts)
    inspecting.check(draft, evidence=desk.is_evidence)
    listed = read_units(source.document.data, source.path.name, source.layout, per_rack)
    source.tell(listed.table)
    recorded = recorded_units(desk, moment, place)
    rows, away = of_site(listed.rows, place.site)
    left_out = 0
    if inspecting.path is not None:
        rows, recorded, left_out = drawn_only(desk, inspecting, rows, recorded)
    lines = compare(rows, recorded)
    notes = [*names.doubts, *_notes(desk, listed, left_out, away)]
    title = f"{source.path.name} against what is recorded {place}, {moment}"
    _print(desk, title, lines, [*notes, _NOTE], form, everything=everything)
    if results is not None:
        as_found(lines).write(results)
    if draft is not None:
        paper = source.evidence(listed.table)
        write_inspection(desk, inspecting, draft, as_found(lines), paper)
    if fail_on_differences and not all(one.agrees for one in lines):
        raise click.exceptions.Exit(EXIT_FAIL)


def _known(names: Names, kind: Kind, text: str | None) -> str | None:
    """Return a name that is recorded, or None for None.

    Raises:
        Unavailable: NOT-RECORDED, as everything would be elsewhere.
    """
    found = names.maybe(kind, text)
    if found is not None and not names.knows(kind, found):
        raise Unavailable(
            "NOT-RECORDED",
            f"{kind} {found} was never recorded here",
            where=f"--{kind}",
            hint="; ".join(names.doubts) or "compare with what is recorded",
        )
    return found


def _notes(desk: Desk, listed: UnitList, left_out: int, away: int) -> list[str]:
    found = []
    if listed.table.ignored:
        found.append(f"columns not read: {', '.join(listed.table.ignored)}")
    if away:
        found.append(f"at other sites, as the file says: {away:,} lines, left out")
    if left_out:
        found.append(f"listed and not drawn: {left_out:,} lines, left out")
    missing = manifests_missing(desk)
    if missing:
        found.append(
            f"manifests that are not at hand: {missing:,}; their units are compared by number"
        )
    return found


def _print(
    desk: Desk,
    title: str,
    lines: Sequence[Line],
    notes: Sequence[str],
    form: Format,
    *,
    everything: bool,
) -> None:
    """Print the lines that were asked for, and the totals of all."""
    rows = [_row(one) for one in lines if everything or not one.agrees]
    sums = totals(lines)
    if form.kind == "json":
        objects = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
        value = {"title": title, "totals": sums, "rows": objects, "notes": list(notes)}
        print_json(SCHEMA, value, demonstration=desk.demonstration)
        return
    told = [*_totals(sums), *notes]
    if form.for_people and not everything and len(rows) > _SHOWN_MAX:
        told.insert(0, f"and {len(rows) - _SHOWN_MAX:,} more lines: --csv lists them, and --all")
        rows = rows[:_SHOWN_MAX]
    print_rows(
        rows,
        COLUMNS,
        form,
        title=title,
        schema=SCHEMA,
        demonstration=desk.demonstration,
        notes=told,
    )
    if not form.for_people:
        for line in told:
            click.echo(safe(line), err=True)


def _row(one: Line) -> tuple[object, ...]:
    listed = "" if one.listed is None else spot(one.listed.values)
    serial = one.listed.serial if one.listed is not None else one.known and one.known.serial
    return (
        "" if one.agrees else "!",
        one.result,
        serial,
        listed,
        "" if one.known is None else spot(one.known.values),
        one.quantity,
        None if one.listed is None else one.listed.line,
        None if one.known is None else one.known.entry,
        one.told,
    )


def _totals(sums: dict[Result, int]) -> list[str]:
    """Return a line for each result, with what it means."""
    width = max(map(len, sums), default=0)
    return [f"{name:<{width}}  {count:>9,}  {MEANINGS[name]}" for name, count in sums.items()]
