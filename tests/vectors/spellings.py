"""Other spellings of the same words, and what is larger than it may be."""

import base64
import re
from collections.abc import Callable, Sequence

from msgspec import structs

from ledger.events.base import Reference
from ledger.events.party import PartyRegistered
from ledger.evidence.lines import EntryLine, Line, TileLine, encode_line
from ledger.signing.envelope import seal, sign
from tests.evidence_lines import closed, ended
from tests.forger import envelope_of
from tests.harness import signer_of
from tests.told import dispatched
from tests.vectors.log import MAKER_ENROLLED, Log, makers, opened
from tests.vectors.table import Made, Vector, add, made, vector

Change = Callable[[bytes], bytes]


def _put(old: bytes, new: bytes, count: int = 1) -> Change:
    def change(data: bytes) -> bytes:
        assert old in data, old
        return data.replace(old, new, count)

    return change


# --- statements and entries: the signer or the operator writes them so, and all hashes fit ----


def _stated(change: Change) -> Made:
    """Return a log with a dispatch whose statement is changed before the maker signs it."""
    log = opened()
    given = {"references": (Reference(type="bol", value="7"), Reference(type="inv", value="8"))}
    draft = log.draft_of(dispatched("SHP-9"), "maker", **given)
    payload = change(envelope_of(draft, "maker").statement_bytes())
    return _with_one_behind(
        log, log.entry_bytes(seal(payload, [sign(payload, signer_of("maker"))]))
    )


def _entered(change: Change) -> Made:
    """Return a log with a dispatch whose entry the operator writes otherwise."""
    log = opened()
    envelope = envelope_of(log.draft_of(dispatched("SHP-9"), "maker"), "maker")
    return _with_one_behind(log, change(log.entry_bytes(envelope)))


def _with_one_behind(log: Log, entry: bytes) -> Made:
    """Return a log with these bytes as an entry, and a sound one behind it."""
    log.write_bytes(entry)
    log.say(PartyRegistered(party="maker", legal_name="Maker", display_name="Maker"), "operator")
    return made(log)


STATEMENTS: dict[str, tuple[str, Change]] = {
    "space": ("A space stands behind a colon of a statement", _put(b'":', b'": ')),
    "escaped-letter": ("A letter of a statement is escaped", _put(b'"SHP-9"', b'"SHP-\\u0039"')),
    "escaped-slash": (
        "A slash of a statement is escaped",
        _put(b"invalid/test", b"invalid\\/test"),
    ),
    "unknown-field": ("A statement has a field more", _put(b'{"annex"', b'{"aaa":1,"annex"')),
    "field-twice": ("A field stands twice", _put(b'{"annex":null', b'{"annex":null,"annex":null')),
    "field-missing": ("A field that is unknown is left out", _put(b'"annex":null,', b"")),
    "fields-unsorted": (
        "Two fields of a statement have changed places",
        _put(b'"model":"B200","quantity":72', b'"quantity":72,"model":"B200"'),
    ),
    "list-unsorted": (
        "A list that is a set is not sorted",
        _put(
            b'{"type":"bol","value":"7"},{"type":"inv","value":"8"}',
            b'{"type":"inv","value":"8"},{"type":"bol","value":"7"}',
        ),
    ),
    "list-with-a-repeat": (
        "A list that is a set holds one item twice",
        _put(b'{"type":"inv","value":"8"}', b'{"type":"bol","value":"7"}'),
    ),
    "number-with-a-point": (
        "A quantity is written 72.0",
        _put(b'"quantity":72', b'"quantity":72.0'),
    ),
    "number-with-an-exponent": (
        "A quantity is written 72e0",
        _put(b'"quantity":72', b'"quantity":72e0'),
    ),
    "number-in-quotes": ("A quantity is a string", _put(b'"quantity":72', b'"quantity":"72"')),
    "number-too-large": (
        "A quantity is 2^53, which programs read differently",
        _put(b'"quantity":72', b'"quantity":9007199254740992'),
    ),
    "number-negative-zero": ("A size that was seen is -0", _put(b'"size":1', b'"size":-0')),
    "lone-surrogate": ("A name holds half a surrogate pair", _put(b'"SHP-9"', b'"SHP-\\ud800"')),
    "not-utf-8": ("A name holds a byte that is no UTF-8", _put(b'"SHP-9"', b'"SHP-\xff"')),
    "overlong-utf-8": ("A hyphen is written in two bytes", _put(b'"SHP-9"', b'"SHP\xc0\xad9"')),
    "control-character": ("A name holds a tabulator as it is", _put(b'"SHP-9"', b'"SHP\t9"')),
    "byte-order-mark": ("A byte order mark stands in front", lambda data: b"\xef\xbb\xbf" + data),
    "line-feed-behind": ("A line feed stands behind the statement", lambda data: data + b"\n"),
    "second-object-behind": ("A second object stands behind", lambda data: data + b"{}"),
    "nested-too-deep": (
        "In a field's place stand 2,000 brackets",
        _put(b'"annex":null', b'"annex":' + b"[" * 2_000 + b"]" * 2_000),
    ),
    "id-of-version-4": ("An id is a UUID of version 4", _put(b"-7", b"-4")),
    "id-in-upper-case": (
        "An id is written in upper case",
        lambda data: re.sub(rb'"id":"[^"]*"', lambda own: b'"id"' + own[0][4:].upper(), data),
    ),
    "date-that-is-none": (
        "A statement says that it occurred on 30 February",
        _put(b'"occurred":"2026-01-05"', b'"occurred":"2026-02-30"'),
    ),
    "identifier-with-a-range": ("An identifier holds two dots", _put(b'"SHP-9"', b'"SHP..9"')),
    "identifier-with-a-line-feed": (
        "An identifier ends in a line feed",
        _put(b'"SHP-9"', b'"SHP-9\\n"'),
    ),
}
ENTRIES: dict[str, tuple[str, Change]] = {
    "space": ("A space stands behind a colon of an entry", _put(b'":', b'": ')),
    "unknown-field": ("An entry has a field more", _put(b'{"control"', b'{"also":1,"control"')),
    "another-payload-type": (
        "An envelope names another payload type",
        _put(b"vnd.chipledger.statement+json", b"vnd.chipledger.other+json"),
    ),
    "url-safe-base64": (
        "A payload's padding is missing",
        lambda data: data.replace(b'=","payloadType"', b'","payloadType"', 1),
    ),
    "recorded-on-no-day": (
        "An entry was recorded in month 13",
        lambda data: data.replace(b'"recorded_at":"2026-01', b'"recorded_at":"2026-13'),
    ),
    "recorded-with-an-offset": (
        "An entry's time has an offset in place of Z",
        lambda data: data.replace(b'Z","recorder"', b'+00:00","recorder"'),
    ),
    "negative-control": ("An entry names control entry -1", _put(b'"control":0', b'"control":-1')),
}


def _enter(kind: str, told: dict[str, tuple[str, Change]], make: Callable[[Change], Made]) -> None:
    for name, (what, change) in told.items():
        said = f"{what}; whoever signs and hashes it makes all else fit."

        def file(change: Change = change) -> Made:
            return make(change)

        add(Vector(f"{kind}-{name}", "encoding", said, ("ENTRY-MALFORMED",), file))


_enter("statement", STATEMENTS, _stated)
_enter("entry", ENTRIES, _entered)


# --- lines: anybody who passes the file on can do that -----------------------------------------


def _bytes() -> bytes:
    return b"".join(map(encode_line, _short().full()))


def _short() -> Log:
    """Return a log of two entries."""
    return makers().copy(MAKER_ENROLLED)


FILES: dict[str, tuple[str, Change]] = {
    "carriage-returns": ("Lines end in CR LF", lambda data: data.replace(b"\n", b"\r\n")),
    "byte-order-mark": ("A byte order mark stands in front", lambda data: b"\xef\xbb\xbf" + data),
    "empty-line": ("An empty line stands between two lines", _put(b"\n", b"\n\n")),
    "space": ("A space stands in a line", _put(b'"kind":"entry"', b'"kind": "entry"')),
    "fields-unsorted": (
        "Two fields of a line have changed places",
        _put(b'"index":1,"kind":"entry"', b'"kind":"entry","index":1'),
    ),
    "field-twice": ("A field of a line stands twice", _put(b'"size":2', b'"size":2,"size":2')),
    "unknown-kind": ("A line is of an unknown kind", _put(b'"kind":"tile"', b'"kind":"tale"')),
    "unknown-format": (
        "The first line names a later format",
        _put(b"chipledger-evidence-v1", b"chipledger-evidence-v2"),
    ),
    "escaped-letter": ("A letter of a line is escaped", _put(b'"head"', b'"\\u0068ead"')),
    "not-utf-8": ("A line holds a byte that is no UTF-8", _put(b"operator", b"operat\xffr")),
    "null-byte": ("A line holds a zero byte", _put(b'"kind":"tile"', b'"kind":"t\x00le"')),
    "head-missing": ("The first line is missing", lambda data: data.split(b"\n", 1)[1]),
    "end-counts-otherwise": (
        "The last line counts one line too few",
        _put(b'"lines":4', b'"lines":3'),
    ),
    "behind-the-end": ("Something stands behind the last line", lambda data: data + b"\n"),
    "two-files-in-one": ("The file stands there twice", lambda data: data * 2),
    "array": (
        "A line is an array",
        lambda data: re.sub(rb'\{"kind":"end".*\}\n', b'["end",4]\n', data),
    ),
}
for _name, (_what, _change) in FILES.items():

    def _file(change: Change = _change) -> Made:
        return made(closed(change(_bytes())))

    add(Vector(f"file-{_name}", "encoding", f"{_what}.", ("EVIDENCE-MALFORMED",), _file))


@vector("encoding", "EVIDENCE-TRUNCATED")
def file_cut_off_between_lines() -> Made:
    """The file ends before its last line."""
    return made(_bytes()[: _bytes().index(b'{"kind":"end"')])


@vector("encoding", "EVIDENCE-TRUNCATED")
def file_cut_off_within_a_line() -> Made:
    """The file ends in the middle of an entry."""
    return made(_bytes()[:3_000])


@vector("encoding", "EVIDENCE-TRUNCATED")
def file_without_its_last_line_feed() -> Made:
    """The last byte of the file is missing."""
    return made(_bytes()[:-1])


@vector("encoding", "EVIDENCE-TRUNCATED")
def file_of_no_bytes() -> Made:
    """The file is empty."""
    return made(b"")


# --- order of lines, tiles, sizes ---------------------------------------------------------------


def _lines(change: Callable[[list[Line]], Sequence[Line]]) -> Made:
    """Return a sound file's lines, changed and counted anew."""
    *body, _ = change(_short().full())
    return made(ended(body))


def _first(lines: Sequence[Line], kind: type[Line]) -> int:
    return next(at for at, one in enumerate(lines) if isinstance(one, kind))


def _moved(lines: list[Line], at: int, to: int) -> list[Line]:
    lines.insert(to, lines.pop(at))
    return lines


@vector("position", "EVIDENCE-MALFORMED")
def lines_of_two_entries_exchanged() -> Made:
    """Two lines of entries have changed places."""
    return _lines(lambda lines: _moved(lines, 2, 3))


@vector("position", "EVIDENCE-MALFORMED")
def line_of_an_entry_twice() -> Made:
    """The line of one entry stands there twice."""
    return _lines(lambda lines: [*lines[:4], *lines[3:]])


@vector("position", "EVIDENCE-MALFORMED")
def line_of_an_entry_missing() -> Made:
    """The line of one entry is missing."""
    return _lines(lambda lines: [*lines[:3], *lines[4:]])


@vector("position", "ROOT-DIFFERS", "COLUMN-LEAF")
def entry_replaced_by_another() -> Made:
    """Whoever passes the file on writes another dispatch, really signed, in an entry's place."""
    ours, theirs = makers(), makers()
    ours.say(dispatched("SHP-8"), "maker")
    theirs.say(dispatched("SHP-9"), "maker")
    lines, others = ours.full(), theirs.full()
    lines[-2] = others[-2]
    return made(lines)


@vector("tile", "COLUMN-LEAF")
def tile_with_another_hash() -> Made:
    """A tile holds another hash than that of its entry; the entries themselves are sound."""

    def change(lines: list[Line]) -> list[Line]:
        at = _first(lines, TileLine)
        tile = lines[at]
        assert isinstance(tile, TileLine)
        raw = bytes(32) + base64.b64decode(tile.hashes)[32:]
        lines[at] = structs.replace(tile, hashes=base64.b64encode(raw).decode())
        return lines

    return _lines(change)


def _tile(**changes: object) -> Callable[[list[Line]], list[Line]]:
    def change(lines: list[Line]) -> list[Line]:
        at = _first(lines, TileLine)
        lines[at] = structs.replace(lines[at], **changes)
        return lines

    return change


@vector("tile", "EVIDENCE-MALFORMED")
def tile_too_short() -> Made:
    """A tile holds one hash for two entries."""
    return _lines(_tile(hashes=base64.b64encode(bytes(32)).decode()))


@vector("tile", "EVIDENCE-MALFORMED")
def tile_of_half_a_hash() -> Made:
    """A tile ends in the middle of a hash."""
    return _lines(_tile(hashes=base64.b64encode(bytes(2 * 32 - 16)).decode()))


@vector("tile", "EVIDENCE-MALFORMED")
def tile_of_another_number() -> Made:
    """The first tile is called the second."""
    return _lines(_tile(n=1))


@vector("tile", "EVIDENCE-MALFORMED")
def tile_missing() -> Made:
    """The tile is missing."""
    return _lines(lambda lines: [one for one in lines if not isinstance(one, TileLine)])


@vector("tile", "EVIDENCE-MALFORMED")
def tile_behind_the_entries() -> Made:
    """The tile stands behind the entries."""
    return _lines(lambda lines: _moved(lines, 1, len(lines) - 2))


@vector("tile", "EVIDENCE-MALFORMED")
def tile_twice() -> Made:
    """The tile stands there twice."""
    return _lines(lambda lines: [*lines[:2], *lines[1:]])


def _head(**changes: object) -> Callable[[list[Line]], list[Line]]:
    return lambda lines: [structs.replace(lines[0], **changes), *lines[1:]]


@vector("size", "EVIDENCE-MALFORMED")
def size_smaller_than_the_entries() -> Made:
    """The first line says one entry, and there are two."""
    return _lines(_head(size=1))


@vector("size", "EVIDENCE-MALFORMED")
def size_larger_than_the_entries() -> Made:
    """The first line says 2^53 - 1 entries: a reader must not make room for them."""
    return _lines(_head(size=2**53 - 1))


@vector("size", "EVIDENCE-MALFORMED")
def size_beyond_what_numbers_hold() -> Made:
    """The first line says 2^53 entries."""
    return made(_put(b'"size":2', b'"size":9007199254740992')(_bytes()))


@vector("size", "EVIDENCE-MALFORMED")
def size_negative() -> Made:
    """The first line says -1 entries."""
    return made(_put(b'"size":2', b'"size":-1')(_bytes()))


@vector("size", "ENTRY0-MISSING")
def size_of_nothing() -> Made:
    """The log has no entries, and a checkpoint of the empty tree that the ledger signed."""
    return made(Log())


@vector("size", "EVIDENCE-MALFORMED")
def size_of_an_entry_too_small() -> Made:
    """An entry is `{}`: no reader must take millions of such lines in."""

    def change(lines: list[Line]) -> list[Line]:
        lines[3] = EntryLine(entry="{}", index=1)
        return lines

    return _lines(change)


@vector("size", "ENTRY-MALFORMED")
def size_of_a_statement_too_large() -> Made:
    """A statement of 40,001 bytes is signed and recorded."""
    log = opened()
    statement = log.draft_of(dispatched("SHP-9"), "maker")
    payload = envelope_of(statement, "maker").statement_bytes()
    filled = payload.replace(b'"SHP-9"', b'"' + b"A" * (40_001 - len(payload) + 5) + b'"')
    assert len(filled) == 40_001
    log.write_bytes(log.entry_bytes(seal(filled, [sign(filled, signer_of("maker"))])))
    return made(log)


@vector("size", "ENTRY-MALFORMED")
def size_of_an_entry_too_large() -> Made:
    """An entry of 65,536 bytes is recorded."""
    log = opened()
    envelope = envelope_of(log.draft_of(dispatched("SHP-9"), "maker"), "maker")
    data = log.entry_bytes(envelope)
    old = b'"installation":"test"'
    filled = data.replace(old, old[:-1] + b"t" * (65_536 - len(data)) + b'"')
    assert len(filled) == 65_536
    log.write_bytes(filled)
    return made(log)
