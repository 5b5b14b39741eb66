"""`chipledger federate`: published ledgers verified one by one, and seen as one."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click

from commands.evidence_source import open_source, visiting
from commands.federation import print_crossings
from commands.output import Format, Progress, formats, safe
from commands.workers import Asked, engine, workers_option
from ledger.errors import EXIT_PASS, Conflict, Malformed, Refused
from ledger.evidence.site import Visit
from ledger.from_evidence import EvidenceLog
from ledger.log.merkle import leaf_hash
from ledger.signing.fingerprint import parse_fingerprint
from ledger.trust import Trust
from ledger.verify.audit import audit
from ledger.verify.selection import as_partial
from ledger.verify.words import report_lines, verdict_line
from projections.crossings import Member, crossings
from projections.federation import Federation, Kept, write_federation
from projections.runner import catch_up
from projections.view import View


@click.command("federate")
@click.argument("out", metavar="DIR", type=click.Path(path_type=Path))
@click.argument("ledgers", metavar="LEDGER=FINGERPRINT...", nargs=-1, required=True)
@visiting
@workers_option
@formats
def command(
    out: Path,
    *,
    ledgers: tuple[str, ...],
    cache: Path | None,
    authorities: Path | None,
    workers: Asked | None,
    form: Format,
) -> None:
    """Verify several ledgers, and make read models of all of them in the new folder DIR.

    LEDGER is a published log (its folder or https:// URL) or an evidence file of a whole ledger,
    FINGERPRINT its own, got by another channel. Where one is no PASS, its report is printed,
    nothing is written, and the exit code is that of the report.

    What left one ledger for another is told in pairs; what has no other side, and counts that
    differ, with the entries that show it. `chipledger federation` asks of DIR.
    """
    if out.exists():
        raise Conflict(
            "FEDERATION-EXISTS",
            "there is something already, and nothing is added to it",
            where=str(out),
            hint="read them into a new folder, then delete or rename the old one",
        )
    named = [_named(text) for text in ledgers]
    if len(named) < 2:  # noqa: PLR2004  one is no federation
        raise click.UsageError("name two ledgers or more")
    visit = Visit(cache=cache, authorities=authorities)
    with (
        tempfile.TemporaryDirectory(dir=out.absolute().parent, prefix=".federation-") as beside,
        ExitStack() as opened,
    ):
        folder = Path(beside) / "made"
        folder.mkdir()
        kept: list[Kept] = []
        members: list[Member] = []
        for number, (place, fingerprint) in enumerate(named, 1):
            log = opened.enter_context(_verified(place, fingerprint, visit, workers))
            if log.origin in {one.origin for one in kept}:
                raise Refused(
                    "FEDERATION-TWICE",
                    f"two of them are {log.origin}",
                    hint="name each ledger once",
                )
            view = opened.enter_context(View.open(folder / f"{number}.db"))
            catch_up(view, log, Progress("reading entries"))
            kept.append(_kept(log, place, view))
            members.append(Member(log.origin, view, _leaf_of(log)))
        found = Federation(ledgers=tuple(kept), crossings=tuple(crossings(members)))
        for one in members:
            one.view.close()
        write_federation(folder, found)
        folder.rename(out)
    print_crossings(found, form)


def _named(text: str) -> tuple[str, bytes]:
    """Return a place, and the fingerprint of the ledger there.

    Raises:
        Malformed: FEDERATION-LEDGER; as `parse_fingerprint`.
    """
    place, equals, fingerprint = text.rpartition("=")
    if not equals or not place:
        raise Malformed(
            "FEDERATION-LEDGER",
            f"{text[:80]!r} names no ledger with its fingerprint",
            hint="write LEDGER=FINGERPRINT, with the fingerprint that its operator told you",
        )
    return place, parse_fingerprint(fingerprint)


@contextmanager
def _verified(
    place: str, fingerprint: bytes, visit: Visit, workers: Asked | None
) -> Iterator[EvidenceLog]:
    """Open a ledger that is a PASS; end with its report where it is none."""
    with open_source(place, visit) as source:
        partial = as_partial(source)
        if partial is None or partial.selection() is not None:
            raise Malformed(
                "FEDERATION-LEDGER",
                "this is no published log and no evidence file of a whole ledger",
                where=place,
                hint="ask for the whole: `chipledger publish DIR` or `chipledger export FILE`",
            )
        with engine(workers, place, source, visit) as judging:
            trust = Trust(fingerprint=fingerprint)
            report = audit(source, trust, workers=judging, progress=Progress("verifying"))
        if report.exit_code != EXIT_PASS:
            for line in report_lines(report):
                click.echo(line, err=True)
            raise click.exceptions.Exit(report.exit_code)
        click.echo(safe(f"verified {report.source}: {verdict_line(report)}"), err=True)
        yield EvidenceLog(partial)


def _kept(log: EvidenceLog, place: str, view: View) -> Kept:
    newest = log.event(log.size - 1).entry.recorded_at
    return Kept(
        origin=log.origin,
        fingerprint=log.fingerprint.hex(),
        size=log.size,
        root=log.root_at(log.size).hex(),
        source=place,
        zone=log.zone.key,
        demonstration=log.opening.purpose == "demonstration",
        newest=newest,
        view=Path(view.path).name,
    )


def _leaf_of(log: EvidenceLog) -> Callable[[int], str]:
    """Return what tells the leaf hash of an entry, in hex; empty where there is none."""
    return lambda index: leaf_hash(log.entry_bytes(index)).hex() if index < log.size else ""
