"""Plays the planted frauds, audits the ledger that tells them, and finds each by its rule."""

import sqlite3
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from time import perf_counter

import click

from commands.demo.frauds.cast import CLOUD
from commands.demo.frauds.story import LAST_DAY, ORIGIN, SETTING, Planted, play
from commands.demo.judged import counted, found_by
from commands.demo.room import audited, go_on_with, settle, show_verdict
from commands.demo.stage import ZONE, demonstration_key
from ledger.errors import Unavailable
from projections.finding_run import Finding
from projections.runner import catch_up
from projections.view import View


def show_frauds(folder: Path) -> None:
    """Play the frauds in a folder, and print each with what finds it.

    Raises:
        Unavailable: DEMO-FRAUD where one is not found.
    """
    start = perf_counter()
    key = demonstration_key(SETTING.ledger_key).public_key
    fingerprint = settle(folder, ORIGIN, key, CLOUD)
    stage, planted = play(folder)
    try:
        click.echo(
            f"Fictitious firms do honest business in entries 0 to {planted[0].first - 1}; then"
            f" {len(planted)} frauds follow, up to entry {stage.ledger.size - 1}."
        )
        show_verdict(audited(stage, fingerprint), fingerprint, steps=False)
        with View.open(folder / "view.db") as view:
            catch_up(view, stage.ledger)
        found = found_in(folder / "view.db", stage.ledger.size - 1)
    finally:
        stage.ledger.close()
    _show_each(planted, found)
    _show_others(planted, found)
    click.echo(f"\nPlayed, audited and judged in {perf_counter() - start:.1f} s. Go on with:")
    go_on_with(
        folder,
        "findings --severity high",
        "findings --explain QTY-SHORT",
        "show QS-04",
        "query three-way differing=yes",
    )


def found_in(path: Path, newest: int) -> list[Finding]:
    """Return what the rules find in the read models of the frauds, at the story's end."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return found_by(connection, LAST_DAY, ZONE, newest)
    finally:
        connection.close()


def finders(one: Planted, found: Sequence[Finding]) -> list[Finding]:
    """Return the findings that a fraud must raise, in the order of its codes; all or none."""
    by_code = {two.rule.code: two for two in reversed(found) if two.about == one.subject}
    return [by_code[code] for code in one.fraud.codes if set(one.fraud.codes) <= set(by_code)]


def _show_each(planted: Sequence[Planted], found: Sequence[Finding]) -> None:
    click.echo("\nEach fraud, and what finds it:")
    for number, one in enumerate(planted, 1):
        click.echo(f" {number:>2}. {one.fraud.told}")
        for two in finders(one, found):
            click.echo(f"     {two.severity} {two.rule.code} {two.about}: {two.facts}")
    missed = [one.fraud.name for one in planted if not finders(one, found)]
    if missed:
        raise Unavailable("DEMO-FRAUD", f"no rule finds: {'; '.join(missed)}")
    click.echo(f"Found: {len(planted)} of {len(planted)}, each by its code and subject.")


def _show_others(planted: Sequence[Planted], found: Sequence[Finding]) -> None:
    """Print what the same acts raise besides, without the facts."""
    told = [two for one in planted for two in finders(one, found)]
    others = [one for one in found if one not in told]
    click.echo(f"\nThe same acts raise besides: {counted(others)}")
    for severity, group in groupby(others, key=lambda one: one.severity):
        click.echo(f"  {severity}: {', '.join(_short(group))}")
    click.echo("Indicators of what does not fit together or is missing; no legal conclusion.")


def _short(group: Iterator[Finding]) -> list[str]:
    return [f"{one.rule.code} {one.about}" for one in group]
