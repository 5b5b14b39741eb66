"""Entry bundles: the entries under one level-0 tile in one file (C2SP tlog-tiles, Log entries).

2 bytes, big-endian: length of an entry || the entry's bytes        up to 256 times
"""

from collections.abc import Iterable

from ledger.errors import Malformed

LENGTH_SIZE = 2
ENTRY_SIZE_MAX = (1 << 8 * LENGTH_SIZE) - 1


def bundle_size_max(width: int) -> int:
    """Return how many bytes a bundle of so many entries has at most."""
    return width * (LENGTH_SIZE + ENTRY_SIZE_MAX)


def encode_bundle(entries: Iterable[bytes]) -> bytes:
    """Return the bundle of these entries, in order.

    Raises:
        Malformed: BUNDLE-ENTRY for an entry of more than 65,535 bytes.
    """
    parts = []
    for entry in entries:
        if len(entry) > ENTRY_SIZE_MAX:
            raise Malformed("BUNDLE-ENTRY", f"an entry of {len(entry):,} bytes fits no bundle")
        parts += [len(entry).to_bytes(LENGTH_SIZE, "big"), entry]
    return b"".join(parts)


def decode_bundle(data: bytes, width: int) -> list[bytes]:
    """Return the entries of a bundle that must hold exactly `width`.

    Raises:
        Malformed: BUNDLE-FORM.
    """
    entries: list[bytes] = []
    at = 0
    while at < len(data) and len(entries) <= width:
        start = at + LENGTH_SIZE
        at = start + int.from_bytes(data[at:start], "big")
        entries.append(data[start:at])
    if len(entries) != width or at != len(data):
        raise Malformed(
            "BUNDLE-FORM",
            f"an entry bundle is not {width} entries, each with its length before it",
            hint="fetch it again; what was altered or damaged proves nothing",
        )
    return entries
