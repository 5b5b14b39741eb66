"""`chipledger ledger anchor`, `adopt-rights`: what dates the ledger, and by what it decides.

A time-stamp authority or witnesses date an earlier checkpoint outside; what they gave back goes
into the ledger, so that no later entry can be older than that.
"""

import base64
from pathlib import Path

import click

from commands.act import Act, asserting
from commands.attachments import read_capped
from commands.own_checkpoint import own_checkpoint
from commands.time_stamps import read_token
from ledger.errors import LedgerError, Malformed
from ledger.events.ledger import CheckpointAnchored, RightsAdopted
from ledger.log.note import NOTE_SIZE_MAX, parse_note
from ledger.reader import LedgerReader
from ledger.rights import KNOWN_RIGHTS, RIGHTS_NAME


@click.command("anchor")
@click.argument("checkpoint", metavar="NOTE", type=click.Path(path_type=Path))
@click.option("--token", type=click.Path(path_type=Path), help="Time stamp: a .tsr file.")
@click.option(
    "--cosignatures", type=click.Path(path_type=Path), help="Lines of witnesses, or their note."
)
@asserting
def anchor(act: Act, *, checkpoint: Path, token: Path | None, cosignatures: Path | None) -> None:
    """Record that the earlier checkpoint in the file NOTE was dated or cosigned outside.

    Its size and root are checked against this ledger. What the time stamp and the cosignatures say
    is judged by an audit, with the roots and witnesses that the auditor trusts.
    """
    if token is None and cosignatures is None:
        raise click.UsageError("give --token, --cosignatures or both")
    reader = act.desk.reader()
    content = read_capped(checkpoint, NOTE_SIZE_MAX)
    named = own_checkpoint(reader, content, checkpoint)
    text = parse_note(content).text
    lines = () if cosignatures is None else _lines(reader, cosignatures, text)
    data = CheckpointAnchored(
        size=named.size,
        root=named.root.hex(),
        token=None
        if token is None
        else base64.b64encode(read_token(token, text.encode())).decode(),
        cosignatures=lines,
    )
    what = ["a time stamp"] if token is not None else []
    what += [f"{len(lines)} cosignatures"] if lines else []
    told = f"The checkpoint of the first {named.size:,} entries has {' and '.join(what)}"
    act.tell(data, f"{told}; who made them is not checked here", "chipledger verify")


@click.command("adopt-rights")
@click.argument("rights", metavar="[NAME]", default=RIGHTS_NAME)
@asserting
def adopt_rights(act: Act, *, rights: str) -> None:
    """Record that a version of the rights table counts from the next entry on; else the newest."""
    digest = KNOWN_RIGHTS.get(rights)
    if digest is None:
        raise Malformed(
            "RIGHTS-NAME",
            f"{rights[:60]!r} is no rights table that this version knows",
            where="NAME",
            hint=f"it knows {', '.join(KNOWN_RIGHTS)}",
        )
    reader = act.desk.reader()
    if reader.authority.rights_at(reader.size) == (rights, digest):
        act.names.doubt(f"{rights} is in force already")
    data = RightsAdopted(rights=rights, rights_sha256=digest)
    act.tell(data, f"{rights} decides from the next entry on", "chipledger events")


def _lines(reader: LedgerReader, path: Path, text: str) -> tuple[str, ...]:
    """Return the signature lines of witnesses: those of the file but the ledger's own.

    Raises:
        Malformed: COSIGNATURES, NOTE-SIGNATURE-LINE.
    """
    content = read_capped(path, NOTE_SIZE_MAX)
    bare = content.lstrip().startswith("\N{EM DASH} ".encode())
    try:
        note = parse_note(f"{text}\n".encode() + content.lstrip() if bare else content)
    except LedgerError as error:
        raise Malformed(
            "COSIGNATURES",
            f"the file holds no cosignatures: {error.message}",
            where=str(path),
            hint="give the note that came back, or its signature lines alone",
        ) from error
    if note.text != text:
        raise Malformed(
            "COSIGNATURES",
            "the note is of another checkpoint",
            where=str(path),
            hint="give the cosignatures of the checkpoint named",
        )
    found = [one for one in note.signatures if one.name != reader.origin]
    if not found:
        raise Malformed(
            "COSIGNATURES",
            "nobody but the ledger signed it",
            where=str(path),
            hint="witnesses sign with names of their own",
        )
    spelled = (
        f"\N{EM DASH} {one.name} {base64.b64encode(one.key_hash + one.signature).decode()}"
        for one in found
    )
    return tuple(sorted(set(spelled)))
