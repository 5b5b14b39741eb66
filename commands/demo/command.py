"""`chipledger demo`: plays the case, audits it, breaks a copy of it, asks it, judges it."""

import sqlite3
from pathlib import Path
from time import perf_counter

import click

from commands.demo.answers import answers
from commands.demo.frauds.show import show_frauds
from commands.demo.judged import show_determination, show_findings
from commands.demo.room import (
    BANNER,
    audited,
    go_on_with,
    make_room,
    settle,
    show_verdict,
)
from commands.demo.stage import ORIGIN, ZONE, demonstration_key
from commands.demo.story import AS_OF, play
from ledger.auditing import open_for_audit
from ledger.errors import Unavailable
from ledger.trust import Trust
from ledger.verify.audit import audit
from ledger.verify.report import Report
from projections.questions import Reader, sqlite_reader
from projections.runner import catch_up
from projections.view import View

CASE_FOLDER = "demo-ledger"
FRAUDS_FOLDER = "fraud-ledger"
DETERMINED = "SHP-13"


@click.command("demo")
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@click.option("--again", is_flag=True, help="Replace an earlier demonstration in that folder.")
@click.option("--fraud", is_flag=True, help="Play planted frauds, and find each.")
def command(folder: Path | None, again: bool, fraud: bool) -> None:
    """Build the demonstration ledger in FOLDER, audit it, and show its answers.

    36,000 B200 in 500 NVL72 racks, supplied by Aivres, owned and operated by Aolani Cloud in
    Malaysia, used by ByteDance as a service. Who is who is as reported; what happens is invented.

    With `--fraud` another, smaller ledger is built: fictitious firms commit thirteen frauds, and
    the rules find each of them.
    """
    folder = folder or Path(FRAUDS_FOLDER if fraud else CASE_FOLDER)
    make_room(folder, again=again)
    click.echo(f"{BANNER}\n")
    if fraud:
        show_frauds(folder)
    else:
        _show_case(folder)


def _show_case(folder: Path) -> None:
    start = perf_counter()
    key = demonstration_key("ledger").public_key
    fingerprint = settle(folder, ORIGIN, key, "aolani")
    click.echo("The story, recorded as signed events:")
    stage = play(folder, lambda line: click.echo(f"  {line}"))
    try:
        show_verdict(audited(stage, fingerprint), fingerprint, steps=True)
        _show_tampering(folder, fingerprint)
        with View.open(folder / "view.db") as view:
            catch_up(view, stage.ledger)
        _show_answers(folder / "view.db", stage.ledger.size - 1)
    finally:
        stage.ledger.close()
    click.echo(f"\nPlayed, audited and asked in {perf_counter() - start:.1f} s. Go on with:")
    go_on_with(
        folder,
        "where --rack R0056",
        "show R0056",
        "query custody rack=R0490",
        "findings",
        "determine SHP-13",
        "verify",
    )


def _show_tampering(folder: Path, fingerprint: bytes) -> None:
    """Change one byte of one entry in a copy of the store, and audit the copy."""
    copy = folder / "tampered.db"
    report = tampered_report(folder / "ledger.db", copy, fingerprint)
    mark = report.marks[0]
    click.echo("\nOne byte of entry 100 changed in a copy:")
    click.echo(f"  {report.verdict} at step {mark.step}: {mark.words} ({mark.code})")
    if report.verdict != "FAIL":
        raise Unavailable("DEMO-TAMPER", f"the changed copy's audit is {report.verdict}")


def tampered_report(store: Path, copy: Path, fingerprint: bytes) -> Report:
    """Audit a copy of a store in which one byte of entry 100 was changed; the copy is removed."""
    with sqlite3.connect(store) as source, sqlite3.connect(copy) as target:
        source.backup(target)
        target.execute("DROP TRIGGER entry_update")
        [(data,)] = target.execute("SELECT data FROM entry WHERE idx = 100")
        changed = data[:200] + bytes([data[200] ^ 1]) + data[201:]
        target.execute("UPDATE entry SET data = ? WHERE idx = 100", (changed,))
    source.close()
    target.close()
    try:
        with open_for_audit(copy) as altered:
            return audit(altered, Trust(fingerprint=fingerprint))
    finally:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{copy}{suffix}").unlink(missing_ok=True)


def _show_answers(path: Path, newest: int) -> None:
    click.echo(f"\nThe answers, by query, as of {AS_OF}:")
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        reader: Reader = sqlite_reader(connection)
        for question, answer in answers(reader, ZONE):
            click.echo(f"  {question}\n    {answer.lstrip()}")
        show_findings(connection, AS_OF, ZONE, newest)
        show_determination(reader, DETERMINED, ZONE, newest)
    finally:
        connection.close()
