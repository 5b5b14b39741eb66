"""`chipledger timestamp`: have the newest checkpoint dated by a time-stamp authority (RFC 3161)."""

from collections.abc import Iterator
from pathlib import Path

import click

from commands.attachments import read_capped, write_new
from commands.context import Desk, pass_desk
from commands.output import safe
from commands.outside_trust import read_roots, tsa_root_option
from commands.posting import post
from ledger.anchoring import keep_anchor
from ledger.errors import Conflict, Malformed, Refused, Unavailable
from ledger.log.checkpoint import parse_checkpoint_text
from ledger.log.note import parse_note
from ledger.occurred import second_text
from ledger.source import Anchor
from ledger.trust import timestamps
from ledger.trust.timestamps import TOKEN_BYTES_MAX

_PATH = click.Path(path_type=Path)
_QUERY, _OK = "application/timestamp-query", 200


@click.group("timestamp")
def command() -> None:
    """Have checkpoints dated by a time-stamp authority (RFC 3161)."""


@command.command()
@click.option("--tsa", metavar="URL", help="Ask the authority there.")
@click.option("--request-out", type=_PATH, help="Write the request to a new .tsq file instead.")
@click.option("--response", type=_PATH, help="Take in the .tsr file that came back for it.")
@click.option("--token-out", type=_PATH, help="Write the time stamp to a new file too.")
@tsa_root_option
@pass_desk
def request(
    desk: Desk,
    *,
    tsa: str | None,
    request_out: Path | None,
    response: Path | None,
    token_out: Path | None,
    tsa_roots: tuple[Path, ...],
) -> None:
    """Have the newest checkpoint dated, and keep the time stamp beside the ledger.

    The authority gets a digest of the checkpoint and nothing of the ledger.
    """
    roots = read_roots(tsa_roots)
    match tsa, request_out, response:
        case str(), None, None:
            note = desk.reader().checkpoint()
            token = _ask(tsa, _text(note))
        case None, Path(), None:
            _write_request(desk, request_out)
            return
        case None, None, Path():
            note, token = _take(desk, response)
        case _:
            raise click.UsageError("give one of --tsa, --request-out and --response")
    told = "kept; who made it is not checked without --tsa-root"
    if roots:
        stamp = timestamps.check_token(token, _text(note), roots)
        told = f"by {second_text(stamp.latest)}, says {stamp.authority}"
    size = parse_checkpoint_text(_text(note)).size
    keep_anchor(desk.store, Anchor(size, note, token))
    if token_out is not None:
        write_new(token_out, token)
    click.echo(safe(f"time stamp of the first {size:,} entries: {told}"))
    click.echo("next: chipledger verify --tsa-root FILE")


def _text(note: bytes) -> str:
    return parse_note(note).text


def _ask(url: str, text: str) -> bytes:
    """Return the token that an authority gives for a text.

    Raises:
        Unavailable: TSA-ANSWER, HOST-UNREACHABLE, ANSWER-TOO-LARGE, TIMESTAMP-UNCHECKED.
        Refused: TIMESTAMP-NONCE, TIMESTAMP-DIFFERS.
        Malformed: URL-FORM, TIMESTAMP-FORM.
    """
    query, nonce = timestamps.request(text, nonce=True)
    reply = post(url, query, _QUERY, TOKEN_BYTES_MAX)
    token = timestamps.token_in(reply.body)
    if reply.status != _OK or token is None:
        raise Unavailable(
            "TSA-ANSWER",
            f"the authority gave no time stamp (HTTP status {reply.status})",
            where=url,
            hint="check the address; the authority may not serve you",
        )
    if timestamps.nonce_of(timestamps.open_token(token, text)) != nonce:
        raise Refused(
            "TIMESTAMP-NONCE",
            "the time stamp is of another request",
            where=url,
            hint="ask again; somebody between may repeat old answers",
        )
    return token


def _write_request(desk: Desk, path: Path) -> None:
    """Write a request, and keep the checkpoint that it is of: the ledger may grow meanwhile."""
    note = desk.reader().checkpoint()
    query, _ = timestamps.request(_text(note), nonce=False)
    size = parse_checkpoint_text(_text(note)).size
    keep_anchor(desk.store, Anchor(size, note, None))
    write_new(path, query)
    click.echo(f"wrote {path}: a request for the first {size:,} entries")
    click.echo("next: send it to an authority as application/timestamp-query, then")
    click.echo("      chipledger timestamp request --response FILE.tsr")


def _take(desk: Desk, path: Path) -> tuple[bytes, bytes]:
    """Return the checkpoint that a response is of, and its token.

    Raises:
        Malformed: TIME-STAMP, TOO-LARGE.
        Conflict: TIMESTAMP-OF-WHAT.
        Unavailable: DOCUMENT-UNREADABLE.
    """
    token = timestamps.token_in(read_capped(path, TOKEN_BYTES_MAX))
    if token is None:
        raise Malformed(
            "TIME-STAMP",
            "the file holds no time-stamp token",
            where=str(path),
            hint="give the response as the authority sent it; a refusal holds none",
        )
    for note in _shown(desk):
        if timestamps.covers(token, _text(note)):
            timestamps.open_token(token, _text(note))
            return note, token
    raise Conflict(
        "TIMESTAMP-OF-WHAT",
        "the time stamp is of no checkpoint that is kept here",
        where=str(path),
        hint="write the request with --request-out, which keeps its checkpoint",
    )


def _shown(desk: Desk) -> Iterator[bytes]:
    yield desk.reader().checkpoint()
    yield from (anchor.note for anchor in desk.reader().anchors())
