"""An earlier checkpoint in a file, if it is this ledger's own."""

from pathlib import Path

from ledger.errors import Conflict, Refused
from ledger.log.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint_text
from ledger.log.note import parse_note
from ledger.reader import LedgerReader


def own_checkpoint(reader: LedgerReader, content: bytes, path: Path) -> Checkpoint:
    """Return the checkpoint of a note, if this ledger signed it and has that very history.

    Raises:
        Malformed: NOTE-…, CHECKPOINT-….
        Refused: NOTE-UNSIGNED, NOTE-SIGNATURE, CHECKPOINT-ORIGIN.
        Conflict: CHECKPOINT-AHEAD, CHECKPOINT-DIFFERS.
    """
    size = parse_checkpoint_text(parse_note(content).text).size
    if not 0 < size <= reader.size:
        raise Conflict(
            "CHECKPOINT-AHEAD",
            f"the checkpoint is of {size:,} entries, and the ledger has {reader.size:,}",
            where=str(path),
            hint="name an earlier checkpoint of this ledger",
        )
    checkpoint = _signed(reader, content, size)
    if checkpoint.root != reader.root_at(size):
        raise Conflict(
            "CHECKPOINT-DIFFERS",
            f"the first {size:,} entries of this ledger have another root",
            where=str(path),
            hint="one of the two was altered: run `chipledger verify --checkpoint` with this file",
        )
    return checkpoint


def _signed(reader: LedgerReader, content: bytes, size: int) -> Checkpoint:
    """Return the checkpoint of a note that the key in force at its size signed, or the one before.

    The checkpoint at a hand-over carries the signatures of both keys.
    """
    key = reader.authority.checkpoint_key(size)
    try:
        return open_checkpoint(content, reader.origin, key)
    except Refused:
        before = reader.authority.checkpoint_key(size - 1)
        if before == key:
            raise
        return open_checkpoint(content, reader.origin, before)
