"""`chipledger demo`: plays the case, audits it, breaks a copy of it, and asks it."""

import shutil
import sqlite3
import sys
from pathlib import Path
from time import perf_counter

import click

from commands.demo.answers import answers
from commands.demo.stage import ORIGIN, ZONE, Stage, demonstration_key
from commands.demo.story import AS_OF, play
from commands.settings import FILE, Config, read_config, write_config
from ledger.auditing import open_for_audit
from ledger.errors import Conflict, LedgerError, Unavailable
from ledger.log.checkpoint import ledger_fingerprint
from ledger.signing.fingerprint import speakable
from ledger.trust import Trust
from ledger.verify.audit import audit
from ledger.verify.report import INTEGRITY_ONLY, Report
from projections.questions import Reader, sqlite_reader
from projections.runner import catch_up
from projections.view import View

BANNER = "DEMONSTRATION: invented events, no company signed this"
DEFAULT_FOLDER = "demo-ledger"
PROGRAM = "chipledger"


@click.command("demo")
@click.argument("folder", type=click.Path(path_type=Path), default=DEFAULT_FOLDER)
@click.option("--again", is_flag=True, help="Replace an earlier demonstration in that folder.")
def command(folder: Path, again: bool) -> None:
    """Build the demonstration ledger in FOLDER, audit it, and show its answers.

    36,000 B200 in 500 NVL72 racks, supplied by Aivres, owned and operated by Aolani Cloud in
    Malaysia, used by ByteDance as a service. Who is who is as reported; what happens is invented.
    """
    _make_room(folder, again=again)
    start = perf_counter()
    click.echo(f"{BANNER}\n")
    click.echo("The story, recorded as signed events:")
    fingerprint = ledger_fingerprint(ORIGIN, demonstration_key("ledger").public_key)
    settings = Config(
        origin=ORIGIN, fingerprint=fingerprint.hex(), party="aolani", key="keys/aolani.key"
    )
    folder.mkdir(parents=True, exist_ok=True)
    write_config(folder, settings)  # first: what is interrupted can be replaced by --again
    stage = play(folder, lambda line: click.echo(f"  {line}"))
    try:
        _show_audit(stage, fingerprint)
        _show_tampering(folder, fingerprint)
        with View.open(folder / "view.db") as view:
            catch_up(view, stage.ledger)
        _show_answers(folder / "view.db")
    finally:
        stage.ledger.close()
    click.echo(f"\nPlayed, audited and asked in {perf_counter() - start:.1f} s. Go on with:")
    called = Path(sys.argv[0])  # as `make demo` calls it, where it is on nobody's path
    program = called if called.name == "chipledger" and not shutil.which(called.name) else PROGRAM
    for line in ("where --rack R0056", "show R0056", "query custody rack=R0490", "verify"):
        click.echo(f"  {program} -C {folder} {line}")


def _make_room(folder: Path, *, again: bool) -> None:
    """Refuse a folder that is in use, unless it holds an earlier demonstration to replace."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    if not _is_demonstration(folder):
        raise Conflict(
            "DEMO-FOLDER",
            "this folder holds something else",
            where=str(folder),
            hint="name a new folder: `chipledger demo DIR`",
        )
    if not again:
        raise Conflict(
            "DEMO-EXISTS",
            "the demonstration is here already",
            where=str(folder),
            hint=f"ask it (`chipledger -C {folder} where`), or play it anew with --again",
        )
    shutil.rmtree(folder)


def _is_demonstration(folder: Path) -> bool:
    if not (folder / FILE).is_file():
        return False
    try:
        return read_config(folder).origin == ORIGIN
    except LedgerError:
        return False


def _show_audit(stage: Stage, fingerprint: bytes) -> None:
    report = audit(stage.ledger.source(), Trust(fingerprint=fingerprint))
    click.echo("\nThe audit, against the ledger's fingerprint:")
    click.echo(f"  {speakable(fingerprint)}")
    for step in report.steps:
        click.echo(f"  {step.number:>2}. {step.verdict:<9} {step.checked:>6,}  {step.title}")
    click.echo(f"  {report.verdict} ({report.scope}): {INTEGRITY_ONLY}")
    if report.verdict != "PASS":
        raise Unavailable("DEMO-AUDIT", f"the demonstration's audit is {report.verdict}")


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


def _show_answers(path: Path) -> None:
    click.echo(f"\nThe answers, by query, as of {AS_OF}:")
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        reader: Reader = sqlite_reader(connection)
        for question, answer in answers(reader, ZONE):
            click.echo(f"  {question}\n    {answer.lstrip()}")
    finally:
        connection.close()
