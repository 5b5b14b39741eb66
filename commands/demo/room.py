"""The folder of a demonstration, its audit, and where to go on."""

import shutil
import sys
from pathlib import Path

import click

from commands.demo.frauds.story import ORIGIN as FRAUDS_ORIGIN
from commands.demo.stage import ORIGIN, Stage
from commands.settings import FILE, Config, read_config, write_config
from ledger.errors import Conflict, LedgerError, Unavailable
from ledger.log.checkpoint import ledger_fingerprint
from ledger.signing.fingerprint import speakable
from ledger.trust import Trust
from ledger.verify.audit import audit
from ledger.verify.report import INTEGRITY_ONLY, Report

BANNER = "DEMONSTRATION: invented events, no company signed this"
PROGRAM = "chipledger"


def make_room(folder: Path, *, again: bool) -> None:
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
        return read_config(folder).origin in {ORIGIN, FRAUDS_ORIGIN}
    except LedgerError:
        return False


def settle(folder: Path, origin: str, checkpoint_key: bytes, party: str) -> bytes:
    """Make the folder with its settings, before anything else; return the ledger's fingerprint.

    A demonstration that is interrupted can so be replaced with `--again`.
    """
    fingerprint = ledger_fingerprint(origin, checkpoint_key)
    folder.mkdir(parents=True, exist_ok=True)
    settings = Config(
        origin=origin, fingerprint=fingerprint.hex(), party=party, key=f"keys/{party}.key"
    )
    write_config(folder, settings)
    return fingerprint


def audited(stage: Stage, fingerprint: bytes) -> Report:
    """Audit a demonstration ledger and return the report, which must be PASS."""
    report = audit(stage.ledger.source(), Trust(fingerprint=fingerprint))
    if report.verdict != "PASS":
        raise Unavailable("DEMO-AUDIT", f"the demonstration's audit is {report.verdict}")
    return report


def show_verdict(report: Report, fingerprint: bytes, *, steps: bool) -> None:
    """Print what an audit against the ledger's fingerprint says."""
    click.echo("\nThe audit, against the ledger's fingerprint:")
    click.echo(f"  {speakable(fingerprint)}")
    for step in report.steps if steps else ():
        click.echo(f"  {step.number:>2}. {step.verdict:<9} {step.checked:>6,}  {step.title}")
    click.echo(f"  {report.verdict} ({report.scope}): {INTEGRITY_ONLY}")


def go_on_with(folder: Path, *commands: str) -> None:
    """Print commands to go on with, as they can be typed here."""
    called = Path(sys.argv[0])  # as `make demo` calls it, where it is on nobody's path
    program = called if called.name == PROGRAM and not shutil.which(called.name) else PROGRAM
    for line in commands:
        click.echo(f"  {program} -C {folder} {line}")
