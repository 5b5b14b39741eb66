"""What a folder publishes, compared with the ledger that should continue it.

A ledger that is behind what was published is an older copy: writing to it would fork the log.
"""

from collections.abc import Callable

from ledger.errors import Conflict, Tampered
from ledger.evidence.folder import Folder
from ledger.evidence.layout import CHECKPOINT, published_checkpoint
from ledger.log.checkpoint import Checkpoint
from ledger.log.note import NOTE_SIZE_MAX


def compare_published(
    folder: Folder, origin: str, size: int, root_of: Callable[[int], bytes]
) -> Checkpoint | None:
    """Return the checkpoint that is published in a folder, None where none is.

    Args:
        folder: where the log is published.
        origin: of the ledger that should continue it.
        size: of that ledger.
        root_of: returns its root at a size.

    Raises:
        Conflict: PUBLISHED-OTHER.
        Tampered: PUBLISHED-AHEAD, PUBLISHED-DIFFERENT.
        Malformed: CHECKPOINT-MALFORMED, PUBLISHED-MALFORMED.
        Unavailable: PUBLISHED-UNREADABLE.
    """
    note = folder.get(CHECKPOINT, NOTE_SIZE_MAX)
    if note is None:
        return None
    shown = published_checkpoint(note)
    where = str(folder.path)
    if shown.origin != origin:
        raise Conflict(
            "PUBLISHED-OTHER",
            f"the folder holds the log {shown.origin}, and this is {origin}",
            where=where,
            hint="name another folder",
        )
    if shown.size > size:
        raise Tampered(
            "PUBLISHED-AHEAD",
            f"{shown.size:,} entries are published, and the ledger has {size:,}",
            where=where,
            hint="this is an older copy: find the newest one, and do not write to this one",
        )
    if shown.root != root_of(shown.size):
        raise Tampered(
            "PUBLISHED-DIFFERENT",
            f"the first {shown.size:,} entries are not those that are published",
            where=where,
            hint="one of the two was altered: `chipledger verify` with that checkpoint",
        )
    return shown
