"""An entry of another ledger, as somebody there showed it: named in words, or by a file."""

import json
import re
from pathlib import Path

from commands.attachments import read_capped
from ledger.entry import read_event
from ledger.errors import LedgerError, Malformed
from ledger.events.base import ORIGIN_PATTERN
from ledger.events.product import OtherEntry
from ledger.events.shipment import ShipmentDispatched
from ledger.log.merkle import leaf_hash

FILE_BYTES_MAX = 1024 * 1024
SCHEMA = "chipledger.entry/1"
_HINT = "write ORIGIN/INDEX/LEAF, as `chipledger show ENTRY` of the other ledger has them"


def parse_other_entry(text: str) -> OtherEntry:
    """Return the entry that `ORIGIN/INDEX/LEAF` names.

    Raises:
        Malformed: OTHER-ENTRY.
    """
    origin, _, rest = text.rpartition("/")
    origin, _, index = origin.rpartition("/")
    digits = index.isascii() and index.isdigit() and len(index) <= 15  # noqa: PLR2004  within 2**53
    is_leaf = len(rest) == 64 and set(rest) <= set("0123456789abcdef")  # noqa: PLR2004  SHA-256
    if not digits or not is_leaf or re.match(ORIGIN_PATTERN, origin) is None:
        raise Malformed(
            "OTHER-ENTRY",
            f"{text[:80]!r} names no entry of another ledger",
            where="--from-entry",
            hint=_HINT,
        )
    return OtherEntry(origin=origin, index=int(index), leaf=rest)


def read_other_entry(path: Path) -> tuple[OtherEntry, ShipmentDispatched]:
    """Return the dispatch that a file shows: what `chipledger show ENTRY --json` printed there.

    The leaf is computed from the entry's bytes; its signatures are not checked, as nothing here
    says whose keys they would be.

    Raises:
        Unavailable: DOCUMENT-UNREADABLE.
        Malformed: TOO-LARGE, OTHER-ENTRY.
    """
    content = read_capped(path, FILE_BYTES_MAX)
    try:
        shown = json.loads(content)
        index, leaf, stored = shown["entry"], shown["leaf"], shown["stored"]
        sound = shown["schema"] == SCHEMA and type(index) is int and index >= 0
        text = json.dumps(stored, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        data = text.encode()
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _no_dispatch(path, "it is not what `show ENTRY --json` prints") from error
    if not sound or leaf_hash(data).hex() != leaf:
        raise _no_dispatch(path, "the entry in it has another leaf hash, or no number")
    try:
        event = read_event(index, data)
    except LedgerError as error:
        raise _no_dispatch(path, error.message) from error
    sent = event.statement.data
    if not isinstance(sent, ShipmentDispatched):
        raise _no_dispatch(path, f"it shows a {event.statement.type}, and no dispatch")
    return OtherEntry(origin=event.statement.ledger, index=index, leaf=leaf), sent


def _no_dispatch(path: Path, why: str) -> Malformed:
    return Malformed(
        "OTHER-ENTRY",
        f"the file shows no entry by which units left another ledger: {why}",
        where=str(path),
        hint="ask there for: chipledger show ENTRY --json > dispatch.json",
    )
