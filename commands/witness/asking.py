"""Asking a witness for its cosignature (C2SP tlog-witness), from the ledger's side."""

from collections.abc import Callable, Collection, Sequence

from commands.posting import Reply, post
from commands.witness.witness import TEXT_TYPE
from ledger.errors import LedgerError, Refused, Tampered, Unavailable
from ledger.log.add_checkpoint import PATH, AddCheckpoint, parse_size
from ledger.log.checkpoint import parse_checkpoint_text
from ledger.log.cosignature import Cosigner, open_cosignatures
from ledger.log.note import NOTE_SIZE_MAX, NoteSignature, parse_note

TRIES = 4
"""The first learns the size; the others are for when somebody else asks at the same time."""

Prove = Callable[[int], Sequence[bytes]]
"""Returns the consistency proof from a size to the checkpoint's."""


def ask(
    url: str, note: bytes, prove: Prove, known: Collection[Cosigner]
) -> tuple[NoteSignature, ...]:
    """Return the lines of known witnesses that a witness gives for a checkpoint; each verifies.

    Asking again is safe: a witness cosigns the same tree as often as it is asked.

    Args:
        url: the witness's submission prefix.
        note: the checkpoint, signed by the ledger.
        prove: gives consistency proofs.
        known: whose lines are taken.

    Raises:
        Tampered: WITNESS-DIFFERS where the witness cosigned another history of this ledger,
            WITNESS-AHEAD where it cosigned more entries than there are.
        Refused: WITNESS-REFUSES, WITNESS-UNKNOWN, COSIGNATURE-WRONG.
        Unavailable: WITNESS-ANSWER, HOST-UNREACHABLE, ANSWER-TOO-LARGE.
        Malformed: URL-FORM, or a line that is none.
    """
    size = parse_checkpoint_text(parse_note(note).text).size
    old = 0
    for _ in range(TRIES):
        request = AddCheckpoint(old, tuple(prove(old)), note)
        target = f"{url.rstrip('/')}/{PATH}"
        reply = post(target, request.to_bytes(), TEXT_TYPE, NOTE_SIZE_MAX)
        if reply.status == 200:  # noqa: PLR2004  as HTTP numbers success
            return _lines(url, note, reply.body, known)
        if reply.status != 409:  # noqa: PLR2004  the size is another
            raise _refusal(url, reply)
        latest = _size(url, reply)
        if latest > size:
            raise Tampered(
                "WITNESS-AHEAD",
                f"the witness cosigned {latest:,} entries, and the checkpoint has {size:,}",
                where=url,
                hint="is this an old copy of the ledger? Find out before anything is recorded",
            )
        if latest == old and old in {0, size}:
            raise _differs(url, f"of {latest:,} entries")
        old = latest
    raise Unavailable(
        "WITNESS-ANSWER",
        f"the witness named another size {TRIES} times",
        where=url,
        hint="ask again when nobody else does",
    )


def _lines(
    url: str, note: bytes, body: bytes, known: Collection[Cosigner]
) -> tuple[NoteSignature, ...]:
    """Return the known witnesses' lines in an answer; it may hold those of others."""
    text = parse_note(note).text
    answered = f"{text}\n".encode() + body
    try:
        lines = parse_note(answered).signatures
    except LedgerError as error:
        raise _unexpected(url, f"no cosignature: {error.message}") from error
    said = open_cosignatures(answered, known)
    own = tuple(line for line in lines if any(one.wrote(line) for one in said))
    if not own:
        names = ", ".join(sorted({line.name for line in lines}))
        raise Refused(
            "WITNESS-UNKNOWN",
            f"the policy knows none of those who answer there: {names[:200]}",
            where=url,
            hint="put the witness's verifier key into the policy, got from the witness itself",
        )
    return own


def _refusal(url: str, reply: Reply) -> LedgerError:
    told = reply.body[:200].decode("utf-8", "replace").strip() or "it does not say why"
    if reply.status == 422:  # noqa: PLR2004  the proof does not hold
        return _differs(url, told)
    if reply.status in {403, 404}:
        return Refused(
            "WITNESS-REFUSES",
            f"the witness refuses with {reply.status}: {told}",
            where=url,
            hint="its operator must know this ledger's key: `chipledger ledger verifier-key`",
        )
    return _unexpected(url, f"{reply.status}: {told}")


def _differs(url: str, told: str) -> Tampered:
    return Tampered(
        "WITNESS-DIFFERS",
        f"the witness cosigned another history of this ledger: {told}",
        where=url,
        hint="there are two histories under one key: run `chipledger verify`, and find out why",
    )


def _size(url: str, reply: Reply) -> int:
    try:
        return parse_size(reply.body)
    except LedgerError as error:
        raise _unexpected(url, error.message) from error


def _unexpected(url: str, told: str) -> Unavailable:
    return Unavailable(
        "WITNESS-ANSWER",
        f"the witness answers what no witness does: {told}",
        where=url,
        hint="check that the address is a witness's submission prefix",
    )
