"""Where things stand in a published log (C2SP tlog-tiles), and what can be wrong with its files.

checkpoint                  the newest signed note
tile/LEVEL/INDEX[.p/WIDTH]  tiles of hashes
tile/entries/INDEX[.p/W]    the entries under each level-0 tile
document/SHA256             documents, beside the log; sealed annexes never
chipledger/SIZE.jsonl       anchors, and documents left out (`ledger.evidence.listing`)

INDEX in groups of three digits, all but the last with `x` before them.
"""

from typing import Final, Protocol

from ledger.errors import Malformed, Unavailable
from ledger.log.checkpoint import Checkpoint, parse_checkpoint_text
from ledger.log.note import parse_note

CHECKPOINT: Final = "checkpoint"
LISTINGS: Final = "chipledger"
TOP: Final = frozenset({CHECKPOINT, LISTINGS, "document", "tile"})
"""All names at the top of a published log."""


class Files(Protocol):
    """Where the files of a published log are. It is sent to worker processes with the source."""

    @property
    def name(self) -> str:
        """What the report calls the place."""
        ...

    def get(self, name: str, size_max: int) -> bytes | None:
        """Return a file's bytes, or None where there is none; never more than `size_max`.

        Raises:
            Malformed: PUBLISHED-MALFORMED for a larger file.
            Unavailable: it cannot be read.
        """
        ...

    def close(self) -> None:
        """Release what is open; closing again does nothing."""
        ...


def document_path(sha256: str) -> str:
    """Return where a document stands."""
    return f"document/{sha256}"


def listing_path(size: int) -> str:
    """Return where the listing of a tree size stands."""
    return f"{LISTINGS}/{size}.jsonl"


def published_checkpoint(note: bytes) -> Checkpoint:
    """Return what the checkpoint of a published log says, whoever signed it.

    Raises:
        Malformed: CHECKPOINT-MALFORMED.
    """
    try:
        return parse_checkpoint_text(parse_note(note).text)
    except Malformed as error:
        raise Malformed(
            "CHECKPOINT-MALFORMED",
            f"the checkpoint of the published log is none: {error.message}",
            where=CHECKPOINT,
        ) from error


def capped(data: bytes, name: str, size_max: int) -> bytes:
    """Return the bytes of a file that are at most so many.

    Raises:
        Malformed: PUBLISHED-MALFORMED.
    """
    if len(data) > size_max:
        raise malformed(name, f"it has more than the {size_max:,} bytes that it can have")
    return data


def malformed(name: str, reason: str) -> Malformed:
    """Return the error of a file that is not what its name says."""
    return Malformed(
        "PUBLISHED-MALFORMED",
        f"a file of the published log is not what its name says: {reason[:300]}",
        where=name,
        hint="fetch it again; what was altered or damaged proves nothing",
    )


def missing(name: str) -> Unavailable:
    """Return the error of a file that is not there."""
    return Unavailable(
        "PUBLISHED-MISSING",
        "a file of the published log is missing",
        where=name,
        hint="fetch it again, or ask the operator to publish again",
    )
