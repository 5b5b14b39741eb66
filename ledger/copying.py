"""A ledger moved from one store into another: from a file into a database, or back."""

from collections.abc import Callable

from ledger.errors import Malformed, Tampered
from ledger.place import Roles, place_of
from ledger.reader import LedgerReader
from ledger.store.copying import content_sha256, copy_into
from ledger.store.places import create_place, open_place
from ledger.store.source import StoreSource


def copy_ledger(
    origin: str,
    target: str,
    roles: Roles | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[int, bytes]:
    """Copy a ledger, as it is at one moment, into a new store, and compare the two row by row.

    That it is sound, an audit tells, of either. Keys and the high-water file are in no store.

    Args:
        origin: URL or path of the ledger to copy.
        target: URL or path of the new one.
        roles: who may write to a database, and read it.
        progress: is told how many entries of how many are copied.

    Returns:
        How many entries it has, and its fingerprint.

    Raises:
        Conflict: STORE-EXISTS; nothing is ever overwritten.
        Malformed: URL; COPY-MEMORY; what either store refuses.
        Tampered: COPY-SHORT, COPY-DIFFERS; there is no copy then.
        Unavailable: what either store refuses.
    """
    places = place_of(origin), place_of(target)
    if places[0] is None or places[1] is None:
        raise Malformed("COPY-MEMORY", "a ledger in memory is copied to and from nowhere")
    with open_place(places[0], readonly=True) as original:
        source = StoreSource(original, places[0])
        made, discard = create_place(places[1], roles)
        try:
            with made:
                copy_into(source, made, progress)
                _compare(source, StoreSource(made, places[1]))
        except BaseException:
            discard()
            raise
        return source.size(), LedgerReader(original, places[0]).fingerprint


def _compare(source: StoreSource, copy: StoreSource) -> None:
    if content_sha256(source) != content_sha256(copy):
        raise Tampered(
            "COPY-DIFFERS",
            "the copy is not what was copied",
            hint="verify the original: it holds what no store would take over",
        )
