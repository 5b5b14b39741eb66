"""The log as C2SP tlog-tiles names its files, read from the ledger itself."""

import re

from ledger.errors import Unavailable
from ledger.evidence.publishing import TiledSource
from ledger.log.bundles import encode_bundle
from ledger.log.tiles import TILE_WIDTH, entry_bundle_path, tile_path

_TILE = re.compile(
    r"(entries|[0-9]|[1-5][0-9]|6[0-3])"  # level
    r"/((?:x\d{3}/)*\d{3})"  # index
    r"(?:\.p/([1-9]\d{0,2}))?\Z"  # width
)


def tile_file(log: TiledSource, path: str) -> bytes:
    """Return the bytes of `tile/PATH`: hashes, or a bundle of entries.

    Raises:
        Unavailable: NOT-HERE where the log has no such tile, or not yet.
    """
    found = _TILE.match(path)
    if found is None:
        raise _not_here(path)
    kind, number, part = found.groups()
    n = int(number.replace("/", "").replace("x", ""))
    width = int(part) if part else TILE_WIDTH
    level = 0 if kind == "entries" else int(kind)
    if width > TILE_WIDTH or n * TILE_WIDTH + width > log.size() >> (8 * level):
        raise _not_here(path)
    bundle = kind == "entries"
    if f"tile/{path}" != (entry_bundle_path(n, width) if bundle else tile_path(level, n, width)):
        raise _not_here(path)  # one file has one name
    if not bundle:
        return log.hashes(level, n, width)
    start = n * TILE_WIDTH
    return encode_bundle(row.data for row in log.rows(start, start + width))


def _not_here(path: str) -> Unavailable:
    return Unavailable("NOT-HERE", "the log has no such file", where=path[:200])
