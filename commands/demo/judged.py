"""What rules find in the case, and what rule packs say of one of its shipments."""

import sqlite3
from collections import Counter
from itertools import groupby

import click

from ledger.occurred import interval, load_zone, utc_text
from projections.determination.days import EVER, clocks_of
from projections.determination.determination import determination
from projections.determination.gather import Gatherer, dispatched_on
from projections.determination.step import Step
from projections.determination.tables import judging
from projections.finding_rules import SEVERITIES, rules
from projections.finding_run import Clocks, Finding, findings
from projections.packs.load import packs
from projections.questions import Reader

OF_NO_CONCERN = "does not apply"


def found_by(connection: sqlite3.Connection, day: str, zone: str, newest: int) -> list[Finding]:
    """Return what the rules find at a day's end in the ledger's zone, all entries known."""
    over = utc_text(interval(day, load_zone(zone)).end)
    reader = judging(connection, packs(), load_zone(zone))
    return findings(reader, rules().values(), Clocks(over, newest))


def counted(found: list[Finding]) -> str:
    """Say how many findings there are of each severity."""
    counts = Counter(one.severity for one in found)
    some = ", ".join(f"{counts[name]:,} {name}" for name in SEVERITIES if counts[name])
    return f"{some or 'none'}{'' if counts['critical'] else '; none is critical'}"


def show_findings(connection: sqlite3.Connection, day: str, zone: str, newest: int) -> None:
    """Print each finding with what may explain it, rule by rule."""
    found = found_by(connection, day, zone, newest)
    click.echo(f"\nWhat does not fit together or is missing, by rule: {counted(found)}")
    for (severity, rule), group in groupby(found, key=lambda one: (one.severity, one.rule)):
        click.echo(f"  {severity} {rule.code}: {rule.title}")
        for one in group:
            click.echo(f"    {one.about}, {one.status}: {one.facts}")
        click.echo(f"    may be explained by: {rule.explains}")


def show_determination(reader: Reader, shipment: str, zone: str, newest: int) -> None:
    """Print what the packs say of a shipment on the day of its dispatch, step by step."""
    day, steps = steps_of(reader, shipment, zone, newest)
    click.echo(f"\nWhat rule packs say of shipment {shipment}, by the facts of its day, {day}:")
    for number, one in enumerate(steps, 1):
        if one.result != OF_NO_CONCERN:
            click.echo(f"  {number:>2}. {one.about}: {one.said}")
            click.echo(f"      {one.rule.rule}, {one.standing.text}: {one.why}")
    others = dict.fromkeys(one.rule.rule for one in steps if one.result == OF_NO_CONCERN)
    kept = [name for name in others if not _said_elsewhere(steps, name)]
    click.echo(f"  Do not apply: {', '.join(kept)}")
    click.echo("  No advice, and no verdict: what packs say of what is recorded.")


def steps_of(reader: Reader, shipment: str, zone: str, newest: int) -> tuple[str, list[Step]]:
    """Return the day of dispatch, and the steps of a determination by its rules and facts."""
    day = str(dispatched_on(reader, shipment, newest))
    found = packs(None)
    facts = clocks_of(day, load_zone(zone), newest, EVER)
    told = Gatherer(reader, found, facts).shipment(shipment)
    if told is None:  # pragma: no cover  the story dispatches it
        raise LookupError(shipment)
    return day, determination(found, told, facts.day)


def _said_elsewhere(steps: list[Step], rule: str) -> bool:
    return any(one.rule.rule == rule and one.result != OF_NO_CONCERN for one in steps)
