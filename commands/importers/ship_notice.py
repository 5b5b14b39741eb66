"""A ship notice, X12 856 or EDIFACT DESADV: what a supplier says that it has sent."""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from commands.importers.segments import Message, Segment, no_notice, read_message
from commands.importers.serials import no_zeros
from commands.importers.table import value_of

_PARTS = {"VP", "BP", "MG", "PN", "VC"}
_X12_REFERENCES = {"BM": "bol", "CN": "waybill", "PO": "po", "IV": "inv"}
_EDIFACT_REFERENCES = {"BM": "bol", "AAS": "waybill", "ON": "po", "IV": "inv"}
_DAY = re.compile(r"([0-9]{4})(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])")
_COUNT = re.compile(r"([1-9][0-9]{0,8})(\.0+)?\Z")


@dataclass(slots=True)
class NoticeItem:
    """A line of a notice.

    Attributes:
        segment: number of the segment in which it begins.
        part: part number that it names first.
        batch: lot, or None.
        quantity: as it says, or None.
        serials: serial numbers, in its order.
    """

    segment: int
    part: str | None = None
    batch: str | None = None
    quantity: str | None = None
    serials: list[str] = field(default_factory=list)

    @property
    def count(self) -> int | None:
        """Units: as said, else one for each serial number; None where it says neither."""
        if self.quantity is None:
            return len(self.serials) or None
        found = _COUNT.match(self.quantity)
        return None if found is None else int(found[1])


@dataclass(slots=True)
class ShipNotice:
    """A notice read.

    Attributes:
        number: of the shipment.
        sent_on: day, or None.
        references: numbers on paper, as type and value.
        items: its lines.
        unread: tags that had no place here, with how often they came.
    """

    number: str = ""
    sent_on: str | None = None
    references: list[tuple[str, str]] = field(default_factory=list)
    items: list[NoticeItem] = field(default_factory=list)
    unread: Counter[str] = field(default_factory=Counter)

    def day(self, text: str) -> None:
        """Take note of the day of dispatch; a time of day behind it is not looked at."""
        found = _DAY.match(text)
        if found is not None:
            self.sent_on = "-".join(found.groups())

    def refer(self, kinds: Mapping[str, str], kind: str, value: str) -> bool:
        """Take note of a number on paper, of a kind that is known."""
        if kind not in kinds or value_of(value) is None:
            return False
        self.references.append((kinds[kind], value))
        return True


def is_ship_notice(content: bytes) -> bool:
    """Whether bytes begin as an interchange of X12 or EDIFACT does."""
    return content.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"ISA", b"UNA", b"UNB"))


def read_ship_notice(content: bytes, where: str) -> ShipNotice:
    """Return what a ship notice says.

    Raises:
        Malformed: TOO-LARGE, EDI-FORM.
    """
    message = read_message(content, where)
    read = _x12 if message.kind == "856" else _edifact
    notice = _read(message, read)
    if value_of(notice.number) is None:
        raise no_notice(where, "it has no number")
    if not notice.items:
        raise no_notice(where, "it names no item")
    return notice


def _read(message: Message, read: Callable[[ShipNotice, Segment], bool]) -> ShipNotice:
    notice = ShipNotice()
    for segment in message.segments:
        if not read(notice, segment):
            notice.unread[segment.tag] += 1
    return notice


def _name(item: NoticeItem, kind: str, value: str) -> bool:
    """Take note of a number of an item: part, serial or lot; the first part number counts."""
    value = value_of(value) or ""
    if kind == "SN" and no_zeros(value):
        item.serials.append(value)
    elif kind in {"LT", "NB"} and value:
        item.batch = value
    elif kind in _PARTS and value:
        item.part = item.part or value
    else:
        return False
    return True


def _x12(notice: ShipNotice, segment: Segment) -> bool:
    """Take in a segment of an 856; say whether it had a place."""
    tag, text = segment.tag, segment.text
    if tag == "BSN":
        notice.number = text(2)
        notice.day("" if notice.sent_on else text(3))
    elif tag == "DTM" and text(1) == "011":
        notice.day(text(2))
    elif tag == "HL":
        if text(3) == "I":
            notice.items.append(NoticeItem(segment.number))
    elif tag == "PRF":
        return notice.refer(_X12_REFERENCES, "PO", text(1))
    elif notice.items:
        return _x12_item(notice.items[-1], segment)
    else:
        return tag == "REF" and notice.refer(_X12_REFERENCES, text(1), text(2))
    return True


def _x12_item(item: NoticeItem, segment: Segment) -> bool:
    tag, text = segment.tag, segment.text
    if tag == "REF":
        return _name(item, {"SE": "SN", "LT": "LT"}.get(text(1), ""), text(2))
    if tag == "LIN":
        pairs = range(2, len(segment.elements), 2)
        return sum(_name(item, text(at), text(at + 1)) for at in pairs) > 0
    if tag == "SN1":
        item.quantity = text(2)
    return tag == "SN1"


def _edifact(notice: ShipNotice, segment: Segment) -> bool:
    """Take in a segment of a DESADV; say whether it had a place."""
    tag, text = segment.tag, segment.text
    if tag == "BGM":
        notice.number = text(2)
    elif tag == "DTM" and text(1) in {"11", "137"}:
        notice.day("" if text(1) == "137" and notice.sent_on else text(1, 2))
    elif tag == "LIN":
        notice.items.append(NoticeItem(segment.number))
        _name(notice.items[-1], "VP", text(3))
    elif notice.items:
        return _edifact_item(notice.items[-1], segment)
    else:
        return tag == "RFF" and notice.refer(_EDIFACT_REFERENCES, text(1), text(1, 2))
    return True


def _edifact_item(item: NoticeItem, segment: Segment) -> bool:
    tag, text = segment.tag, segment.text
    if tag == "PIA":
        places = range(2, len(segment.elements) + 1)
        return sum(_name(item, text(at, 2), text(at)) for at in places) > 0
    if tag == "GIN" and text(1) in {"BN", "SN"}:
        serials = [one for element in segment.elements[1:] for one in element]
        return sum(_name(item, "SN", one) for one in serials) > 0
    if tag == "QTY" and text(1) == "12":
        item.quantity = text(1, 2)
        return True
    return False
