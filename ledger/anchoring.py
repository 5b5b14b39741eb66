"""Keeping what outsiders said of a ledger's checkpoints: its anchors."""

from ledger.errors import Refused
from ledger.log.checkpoint import open_checkpoint, parse_checkpoint_text
from ledger.log.note import parse_note
from ledger.place import Place
from ledger.reader import LedgerReader
from ledger.source import Anchor
from ledger.store.places import open_place
from ledger.store.reader import Anchor as StoredAnchor


def keep_anchor(place: Place, anchor: Anchor) -> None:
    """Keep a checkpoint of a ledger together with what was got for it; once is enough.

    It needs no key of the ledger, adds no entry, and what outsiders said is not looked at.

    Args:
        place: the store's file, or the URL of its database.
        anchor: the checkpoint as the ledger signed it, with cosignature lines or a token.

    Raises:
        Refused: ANCHOR-FOREIGN unless the ledger has that very tree; NOTE-UNSIGNED,
            NOTE-SIGNATURE.
        Malformed, Unavailable, Tampered: as `ledger.auditing.open_for_audit`; the note is none.
    """
    with open_place(place, readonly=False) as recorder:
        reader = LedgerReader(recorder, place)
        size = parse_checkpoint_text(parse_note(anchor.note).text).size
        if not 0 < size == anchor.size <= reader.size:
            raise _foreign(f"it is of {size:,} entries, the ledger has {reader.size:,}")
        key = reader.authority.checkpoint_key(size)
        checkpoint = open_checkpoint(anchor.note, reader.origin, key)
        if checkpoint.root != reader.root_at(size):
            raise _foreign("its root is another")
        recorder.add_anchor(StoredAnchor(anchor.size, anchor.note, anchor.token or b""))


def _foreign(why: str) -> Refused:
    return Refused(
        "ANCHOR-FOREIGN",
        f"the checkpoint is none of this ledger's: {why}",
        hint="one of the two was altered: run `chipledger verify`",
    )
