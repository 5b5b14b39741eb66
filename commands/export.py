"""`chipledger export`: evidence in one file, for somebody who trusts nobody's database."""

import hashlib
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

import click

from commands.attachments import read_capped, references, write_stream
from commands.context import Desk, pass_desk
from commands.lookup import find_event
from commands.selecting import Asked, with_serial
from ledger.application import Ledger
from ledger.errors import Malformed, Tampered, Unavailable
from ledger.events.base import check_identifier
from ledger.evidence.selection import Part, with_what_belongs
from ledger.evidence.writer import Choice, write_evidence
from ledger.log.checkpoint import open_checkpoint, parse_checkpoint_text
from ledger.log.note import NOTE_SIZE_MAX, parse_note
from ledger.signing.fingerprint import speakable
from projections.questions import sqlite_reader

ALL, NONE = "all", "none"
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
_STANDARD_OUTPUT = Path("-")
_KINDS = {
    "batches": "batch",
    "racks": "rack",
    "shipments": "shipment",
    "parties": "party",
    "leases": "lease",
}
"""Option to the kind of its tags."""


@click.command("export")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--batch", "batches", multiple=True, help="What names this batch.")
@click.option("--rack", "racks", multiple=True, help="What names this rack.")
@click.option("--serial", "serials", multiple=True, help="What moved the GPU of this number.")
@click.option("--shipment", "shipments", multiple=True, help="What names this shipment.")
@click.option("--party", "parties", multiple=True, help="What names or was signed by this party.")
@click.option("--lease", "leases", multiple=True, help="What names this lease.")
@click.option(
    "--reference", "references", metavar="TYPE:VALUE", multiple=True, help="bol:BL-2291, inv:17."
)
@click.option("--entry", "entries", metavar="ENTRY", multiple=True, help="This entry.")
@click.option(
    "--since",
    "since",
    type=click.Path(path_type=Path),
    help="What came after this checkpoint, with the proof that it was continued.",
)
@click.option(
    "--documents",
    metavar="all|none|SHA256",
    multiple=True,
    default=(ALL,),
    show_default=True,
    help="Which documents go along.",
)
@click.option(
    "--annexes",
    metavar="ENTRY|SHA256",
    multiple=True,
    help="Sealed annexes that go along; none unless named.",
)
@pass_desk
def command(
    desk: Desk,
    /,
    *,
    file: Path,
    since: Path | None,
    documents: tuple[str, ...],
    annexes: tuple[str, ...],
    **chosen: tuple[str, ...],
) -> None:
    """Write evidence into the new FILE (- for standard output): all of the ledger, or a selection.

    Several options choose what any of them chooses. What belongs to it goes along: corrections,
    counter-signatures, whose keys and roles counted, and the last entry.
    """
    ledger = desk.reader()
    source = ledger.source()
    size = source.size()
    choice = Choice(documents=_documents(documents), annexes=_annexes(ledger, annexes))
    asked = [*_chosen(desk, chosen), *_since(ledger, since, size)]
    part = None
    if asked:
        _require_some(asked)
        wanted = {index for one in asked for index in one.positions}
        earlier = [int(one.text[6:]) for one in asked if one.text.startswith("since:")]
        positions = with_what_belongs(ledger, wanted, size)
        part = Part([one.text for one in asked], positions, earlier, ledger)
    digest = hashlib.sha256()

    def write(out: IO[bytes]) -> None:
        write_evidence(source, _Hashed(out, digest), choice, part)

    if file == _STANDARD_OUTPUT:
        write(sys.stdout.buffer)
    else:
        write_stream(file, write)
    held = size if part is None else len(part.positions)
    scope = "all" if part is None else "a selection of"
    click.echo(f"wrote {file}: {scope} {held:,} of {size:,} entries", err=True)
    click.echo(f"SHA-256 {digest.hexdigest()}", err=True)
    if file != _STANDARD_OUTPUT:
        fingerprint = speakable(ledger.fingerprint)
        click.echo(f"next: chipledger verify {file} --fingerprint {fingerprint}", err=True)


def _chosen(desk: Desk, chosen: dict[str, tuple[str, ...]]) -> Iterator[Asked]:
    """Yield what names each thing asked for."""
    ledger = desk.reader()
    for option, kind in _KINDS.items():
        for name in chosen[option]:
            tag = f"{kind}:{check_identifier(name).lower()}"
            yield Asked(tag, [one.index for one in ledger.tagged(tag)])
    for text in chosen["references"]:
        [reference] = references([text])
        tag = f"reference:{reference.type}/{reference.value.lower()}"
        yield Asked(f"reference:{text}", [one.index for one in ledger.tagged(tag)])
    for serial in chosen["serials"]:
        yield with_serial(serial, ledger, sqlite_reader(desk.view().connection))
    for text in chosen["entries"]:
        index = find_event(ledger, text).index
        yield Asked(f"entry:{index}", [index])


def _since(ledger: Ledger, path: Path | None, size: int) -> Iterator[Asked]:
    """Yield the entries after a checkpoint of this ledger.

    Raises:
        Refused: NOTE-…, CHECKPOINT-ORIGIN where the ledger's key did not sign it.
        Tampered: CHECKPOINT-DIFFERS where the ledger does not continue it.
        Unavailable, Malformed: as `read_capped` and `parse_note`.
    """
    if path is None:
        return
    note = read_capped(path, NOTE_SIZE_MAX)
    claimed = parse_checkpoint_text(parse_note(note).text)
    key = ledger.authority.checkpoint_key(claimed.size)
    shown = open_checkpoint(note, ledger.origin, key)
    if shown.size > size or ledger.root_at(shown.size) != shown.root:
        raise Tampered(
            "CHECKPOINT-DIFFERS",
            f"this ledger does not continue the checkpoint of {shown.size:,} entries",
            where=str(path),
            hint="run `chipledger verify --checkpoint` with it",
        )
    yield Asked(f"since:{shown.size}", list(range(shown.size, size)))


def _require_some(asked: Iterable[Asked]) -> None:
    """Refuse a selection of nothing: most likely a name was mistyped.

    Raises:
        Unavailable: SELECTION-EMPTY.
    """
    for one in asked:
        if not one.positions and not one.text.startswith("since:"):
            raise Unavailable(
                "SELECTION-EMPTY",
                f"no entry names {one.text}",
                hint="`chipledger show NAME` tells what is known of a name",
            )


def _documents(given: Iterable[str]) -> tuple[str, ...] | None:
    """Return which documents go along, None for all.

    Raises:
        Malformed: DIGEST-FORM.
    """
    named = set(given)
    if named == {ALL}:
        return None
    return tuple(_digest(one) for one in sorted(named - {NONE}))


def _annexes(ledger: Ledger, given: Iterable[str]) -> tuple[str, ...]:
    """Return the annexes that go along, by their digest or by the entry that names them.

    Raises:
        Unavailable: ANNEX-ABSENT, ENTRY-UNKNOWN.
        Malformed: ENTRY-FORM.
    """
    return tuple(one if _DIGEST.match(one) else _annex_of(ledger, one) for one in given)


def _annex_of(ledger: Ledger, text: str) -> str:
    annex = find_event(ledger, text).statement.annex
    if annex is None:
        raise Unavailable("ANNEX-ABSENT", f"entry {text} has no sealed annex", where="--annexes")
    return annex


def _digest(text: str) -> str:
    if not _DIGEST.match(text):
        raise Malformed(
            "DIGEST-FORM",
            f"{text[:80]!r} is neither all, none nor a SHA-256",
            where="--documents",
            hint="write all 64 digits, as `chipledger show ENTRY` has them",
        )
    return text


class _Hashed:
    """A file that is hashed while it is written."""

    def __init__(self, out: IO[bytes], digest: "hashlib._Hash") -> None:
        self._out = out
        self._digest = digest

    def write(self, data: bytes, /) -> None:
        self._digest.update(data)
        self._out.write(data)
