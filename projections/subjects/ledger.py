"""The ledger itself: checkpoints of it that were dated or cosigned outside."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from ledger.entry import Event
from ledger.events import ledger as noun
from projections.subjects.row import Row, row, table

SCHEMA = table("anchored_checkpoint", "size# root stamped# cosignatures#")


def anchored(event: Event, data: noun.CheckpointAnchored, _zone: ZoneInfo) -> Iterator[Row]:
    """Yield a checkpoint, whether it has a time stamp, and how many cosignatures."""
    more = {"stamped": data.token is not None, "cosignatures": len(data.cosignatures)}
    yield row("anchored_checkpoint", event, data, "size root", **more)


ROWS = {noun.CheckpointAnchored: anchored}
