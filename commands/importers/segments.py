"""Segments of X12 and EDIFACT interchanges: what they need of the standards, and no more.

An X12 interchange says in its first 106 bytes by which marks it is parted; EDIFACT in `UNA`, or by
the usual ones. The counts at the end of the message are compared with what was read.
"""

from dataclasses import dataclass

from ledger.errors import Malformed

BYTES_MAX = 8 * 1024 * 1024
_ISA_LENGTH = 106
_USUAL = ":+.? '"


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment.

    Attributes:
        number: its place in the interchange, from 1.
        tag: such as `HL` or `LIN`.
        elements: what follows the tag, each with its components.
    """

    number: int
    tag: str
    elements: tuple[tuple[str, ...], ...]

    def text(self, element: int, component: int = 1) -> str:
        """Return a component, both counted from 1 as the standards do; empty where it is absent."""
        if element > len(self.elements) or component > len(self.elements[element - 1]):
            return ""
        return self.elements[element - 1][component - 1].strip()


@dataclass(frozen=True, slots=True)
class Message:
    """The one message of an interchange: `856` or `DESADV`, and the segments inside it."""

    kind: str
    segments: tuple[Segment, ...]


def read_message(content: bytes, where: str) -> Message:
    """Return the one ship notice of an interchange.

    Raises:
        Malformed: TOO-LARGE, EDI-FORM.
    """
    if len(content) > BYTES_MAX:
        raise Malformed(
            "TOO-LARGE",
            f"the notice has more than {BYTES_MAX:,} bytes",
            where=where,
            hint="ask for one message a shipment",
        )
    try:
        text = content.decode("utf-8-sig").lstrip()
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    if text.startswith("ISA"):
        return _message(_x12(text, where), ("ST", "SE", "856"), where)
    if text.startswith(("UNA", "UNB")):
        return _message(_edifact(text), ("UNH", "UNT", "DESADV"), where)
    raise no_notice(where, "it begins neither with ISA nor with UNA or UNB")


def no_notice(where: str, told: str) -> Malformed:
    """Return the error of a file that is no ship notice."""
    return Malformed(
        "EDI-FORM",
        f"this is no ship notice that can be read: {told}",
        where=where,
        hint="X12 856 and EDIFACT DESADV are read, one message a file",
    )


def _x12(text: str, where: str) -> list[Segment]:
    if len(text) < _ISA_LENGTH:
        raise no_notice(where, "its ISA segment is not whole")
    parting, inner, end = text[3], text[104], text[105]
    if len({parting, inner, end}) < 3 or any(one.isalnum() for one in (parting, inner, end)):  # noqa: PLR2004  three marks
        raise no_notice(where, "its ISA segment does not say how it is parted")
    found: list[Segment] = []
    for part in text.split(end):
        if part.strip():
            tag, *elements = part.strip().split(parting)
            parts = tuple(tuple(one.split(inner)) for one in elements)
            found.append(Segment(len(found) + 1, tag, parts))
    return found


def _edifact(text: str) -> list[Segment]:
    marks = _USUAL
    if text.startswith("UNA"):
        marks, text = text[3:9].ljust(6), text[9:]
    inner, parting, release, end = marks[0], marks[1], marks[3], marks[5]
    found: list[Segment] = []
    elements: list[list[str]] = [[""]]
    letters = iter(text)
    for letter in letters:
        if letter == release != " ":
            elements[-1][-1] += next(letters, "")
        elif letter == end:
            _close(found, elements)
            elements = [[""]]
        elif letter == parting:
            elements.append([""])
        elif letter == inner:
            elements[-1].append("")
        elif letter not in "\r\n":
            elements[-1][-1] += letter
    return found


def _close(found: list[Segment], elements: list[list[str]]) -> None:
    (tag, *_), *rest = elements
    if tag.strip():
        found.append(Segment(len(found) + 1, tag.strip(), tuple(tuple(one) for one in rest)))


def _message(segments: list[Segment], marks: tuple[str, str, str], where: str) -> Message:
    """Return what stands inside the one message, when the count at its end is right."""
    first, last, kind = marks
    heads = [at for at, one in enumerate(segments) if one.tag == first]
    ends = [at for at, one in enumerate(segments) if one.tag == last]
    if len(heads) != 1 or len(ends) != 1 or ends[0] < heads[0]:
        raise no_notice(
            where, f"it holds {len(heads)} messages that begin, and {len(ends)} that end"
        )
    head, end = segments[heads[0]], segments[ends[0]]
    named = head.text(1) if first == "ST" else head.text(2)
    if named != kind:
        raise no_notice(where, f"its message is {named[:20] or 'nameless'}, not {kind}")
    count = ends[0] - heads[0] + 1
    if end.text(1) != str(count):
        raise no_notice(where, f"its end counts {end.text(1)[:20]} segments, and there are {count}")
    return Message(kind, tuple(segments[heads[0] + 1 : ends[0]]))
