"""Several ledgers seen as one: a read model of each, what crossed between them, a unit's path."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from ledger.errors import Malformed, Unavailable
from projections.crossings import Crossing

FILE = "federation.json"


@dataclass(frozen=True, slots=True)
class Kept:
    """One of the ledgers, as it was verified.

    Attributes:
        origin: its name.
        fingerprint: in hex.
        size: entries.
        root: of the tree over these, in hex.
        source: where it was read.
        zone: its time zone.
        demonstration: whether it is one.
        newest: when its newest entry was recorded, as its operator says.
        view: name of the file with its read models, in the same folder.
    """

    origin: str
    fingerprint: str
    size: int
    root: str
    source: str
    zone: str
    demonstration: bool
    newest: str
    view: str


class Federation(Struct, frozen=True, kw_only=True):
    """Several ledgers seen as one: what the file `federation.json` holds.

    Attributes:
        schema: name of the form.
        ledgers: in the order in which they were named.
        crossings: what left one for another.
    """

    schema: Literal["chipledger.federation/1"] = "chipledger.federation/1"
    ledgers: tuple[Kept, ...]
    crossings: tuple[Crossing, ...]


def write_federation(folder: Path, federation: Federation) -> None:
    """Write it beside the read models."""
    (folder / FILE).write_bytes(msgspec.json.format(msgspec.json.encode(federation)))


def read_federation(folder: Path) -> Federation:
    """Return what was written into a folder.

    Raises:
        Unavailable: FEDERATION-MISSING.
        Malformed: FEDERATION-FORM.
    """
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=Federation)
    except OSError as error:
        raise Unavailable(
            "FEDERATION-MISSING",
            "this folder holds no ledgers seen as one",
            where=str(folder),
            hint="`chipledger federate DIR LEDGER=FINGERPRINT…` makes one",
        ) from error
    except msgspec.MsgspecError as error:
        raise Malformed(
            "FEDERATION-FORM",
            f"the file is not what this version writes: {str(error)[:200]}",
            where=str(folder / FILE),
            hint="make it anew: chipledger federate",
        ) from error


def in_between(
    found: Sequence[Crossing], moments: Mapping[str, str]
) -> Iterator[tuple[Crossing, str, int]]:
    """Yield (crossing, model, quantity) of what left a ledger and stands in no other.

    Args:
        found: what crossed.
        moments: by origin, the moment that is asked about, UTC.
    """
    for one in found:
        if one.sent is None or one.sent.valid_at >= moments[one.sent.origin]:
            continue
        came = {}
        if one.opened is not None and one.opened.valid_at < moments[one.opened.origin]:
            came = one.opened.by_model()
        names = {model.lower(): model for model, *_ in one.sent.units}
        for model, left in one.sent.by_model().items():
            missing = left - came.get(model, 0)
            if missing > 0:
                yield one, names[model], missing


Row = dict[str, object]


def path(rows: Mapping[str, Sequence[Row]], found: Sequence[Crossing]) -> list[Row]:
    """Return rows about a unit, ledger by ledger, going on where it went.

    Args:
        rows: by origin, what each ledger says of it, in order; `entry` is the position.
        found: what crossed.
    """
    onward = {
        (one.sent.origin, one.sent.entry): (one.opened.origin, one.opened.entry)
        for one in found
        if one.sent is not None and one.opened is not None
    }
    waiting = {origin: list(listed) for origin, listed in rows.items()}
    entered = {(origin, entry) for origin, entry in onward.values()}
    told: list[Row] = []
    while any(waiting.values()):
        begins = [one for one, left in waiting.items() if left]
        first = [one for one in begins if (one, waiting[one][0]["entry"]) not in entered]
        here = (first or begins)[0]
        while left := waiting[here]:
            entry = left[0]["entry"]
            while left and left[0]["entry"] == entry:
                told.append({"ledger": here, **left.pop(0)})
            there = onward.get((here, entry))  # type: ignore[arg-type]  # positions are numbers
            # The units that are asked about may not be among those of a pair.
            if there is not None and any(
                row["entry"] == there[1] for row in waiting.get(there[0], ())
            ):
                here = there[0]
    return told
