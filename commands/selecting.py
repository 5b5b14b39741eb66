"""Which entries evidence is to hold for what somebody asks for."""

from typing import NamedTuple

from ledger.reader import LogReader
from projections.questions import Reader, answer

_SERIALS = "SELECT DISTINCT event_idx, rack FROM unit WHERE serial = :serial"


class Asked(NamedTuple):
    """One thing asked for: how the file says it, and the entries that it chose."""

    text: str
    positions: list[int]


def with_serial(serial: str, log: LogReader, reader: Reader) -> Asked:
    """Return the entries whose manifests list a serial number, and what names its racks."""
    found: set[int] = set()
    for index, rack in answer(reader, _SERIALS, {"serial": serial}, "serial").rows:
        found.add(int(str(index)))
        if rack is not None:
            tag = f"rack:{str(rack).lower()}"
            found.update(one.index for one in log.tagged(tag))
    return Asked(f"serial:{serial}", sorted(found))
