"""What somebody hands over to be audited, opened by what it is."""

import io
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import click

from commands.attachments import read_capped
from ledger.auditing import open_for_audit
from ledger.errors import Malformed
from ledger.evidence.folder import Folder
from ledger.evidence.published import PublishedSource
from ledger.evidence.reader import EvidenceSource
from ledger.evidence.site import Site, Visit
from ledger.source import Source
from projections.reports.attached import evidence_of

STANDARD_INPUT = Path("-")
REPORT_BYTES_MAX = 256 * 1024 * 1024
_PAPER = b"%PDF-"
F = TypeVar("F", bound=Callable[..., Any])


def visiting(function: F) -> F:
    """Add the options of a log on a web server to a command."""
    cache = click.option(
        "--cache",
        type=click.Path(path_type=Path),
        help="Folder for what is fetched from https://…, so that a visit cut short goes on.",
    )
    authorities = click.option(
        "--ca",
        "authorities",
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        help="Certificates (PEM) to trust for https://… instead of the machine's.",
    )
    return cache(authorities(function))


@contextmanager
def open_source(given: str | Path, visit: Visit | None = None) -> Iterator[Source]:
    """Open what a path or URL names as something to audit; nothing in it is trusted or changed.

    Args:
        given: a ledger's file or its database's URL, an evidence file (`-` reads one from standard
            input), a report with one inside (PDF), or the folder or https:// URL of a published
            log.
        visit: how a web server is visited.

    Raises:
        Unavailable, Malformed, Tampered: as `open_for_audit`; what is no evidence file, the audit
            tells.
        Unavailable: PUBLISHED-MISSING for a folder that is no published log.
        Malformed: SITE-URL; EVIDENCE-FORM, REPORT-COPY, TOO-LARGE of a report.
    """
    path = Path(given)
    if isinstance(given, str) and given.startswith("postgresql://"):
        with open_for_audit(given) as database:
            yield database
    elif isinstance(given, str) and "://" in given:
        with _open_site(given, visit or Visit()) as source:
            yield source
    elif path == STANDARD_INPUT:
        with EvidenceSource.of_stream(sys.stdin.buffer) as stream:
            yield stream
    elif path.is_dir():
        log = PublishedSource(Folder(path))
        log.checkpoint()  # any other folder is told as such at once
        yield log
    elif _begins(path, _PAPER):
        with _inside(path) as inside:
            yield inside
    elif _begins(path, b'{"asked":'):
        with EvidenceSource(path) as file:
            yield file
    else:
        with open_for_audit(path) as store:
            yield store


def _inside(path: Path) -> EvidenceSource:
    """Return the evidence that a report brings along.

    Raises:
        Malformed: EVIDENCE-FORM where it brings none, REPORT-COPY, TOO-LARGE.
    """
    evidence = evidence_of(read_capped(path, REPORT_BYTES_MAX))
    if evidence is None:
        raise Malformed(
            "EVIDENCE-FORM",
            "this PDF has no evidence inside",
            where=str(path),
            hint="ask for the evidence: `chipledger export FILE` writes it",
        )
    return EvidenceSource(path, file=io.BytesIO(evidence))


@contextmanager
def _open_site(url: str, visit: Visit) -> Iterator[Source]:
    """Open a log on a web server; without a cache one is kept as long as it is open."""
    with tempfile.TemporaryDirectory(prefix="chipledger-") as own:
        site = Site(url, replace(visit, cache=visit.cache or Path(own)))
        try:
            yield PublishedSource(site)
        finally:
            site.close()


def _begins(path: Path, with_: bytes) -> bool:
    """Say whether a file begins so; what cannot be read begins with nothing."""
    try:
        with path.open("rb") as file:
            return file.read(len(with_)) == with_
    except OSError:
        return False
