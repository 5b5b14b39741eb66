"""The reduce pass: what only the order of all entries shows, in one sequential sweep."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from itertools import islice

from ledger.entry import Event
from ledger.errors import LedgerError
from ledger.events.base import Statement
from ledger.history import Past, Recorded, check, summarize
from ledger.log.merkle import HASH_SIZE
from ledger.verify.chunk import Brief, ChunkResult
from ledger.verify.conditions import CONDITIONS
from ledger.verify.control import SEES_ALL
from ledger.verify.documents import NamedDocuments
from ledger.verify.names import FirstPositions
from ledger.verify.report import Mark

ReadEvent = Callable[[int], Event]
"""Returns the event at a position."""

_SUMMARIES = 10_000
_ID_BYTES = 16
_LINES = 1_000
_SIZE_BYTES = 8
_Seen = tuple[int, str]


class SeenCheckpoints:
    """Size and root of what signers had verified, and the first entry that says so of each.

    In a log whose entries each name another checkpoint there are as many as entries.
    """

    def __init__(self) -> None:
        self._first = FirstPositions(_SIZE_BYTES + HASH_SIZE)
        self._last: _Seen | None = None

    def note(self, seen: _Seen, index: int) -> None:
        """Note that an entry names a checkpoint, unless an earlier one did."""
        if seen != self._last:  # neighbours often name one
            size, root = self._last = seen
            self._first.note(size.to_bytes(_SIZE_BYTES, "big") + bytes.fromhex(root), index)

    def sizes(self) -> Iterator[int]:
        """Yield the size of each."""
        return (_size(name) for name, _ in self._first.items())

    def in_order(self) -> Iterator[tuple[int, str, int]]:
        """Yield size, root and first entry of each, by size and root."""
        for name in sorted(name for name, _ in self._first.items()):
            first = self._first.first(name, 0)  # noted before
            yield _size(name), name[_SIZE_BYTES:].hex(), first


def _size(name: bytes) -> int:
    return int.from_bytes(name[:_SIZE_BYTES], "big")


class Reducer:
    """Takes chunk results in order of position, and marks what contradicts an earlier entry.

    Attributes:
        marks: conditions met.
        newest_control: position of the newest control entry.
        recorded_at: of the latest entry, "" before the first.
        first_recorded_at: of the first entry, or None.
        seen: checkpoints that signers had verified.
        documents: those that entries name, and which does so first.
        disposed: documents that the ledger operator gave up, and no later entry names again.
        anchored: positions of checkpoints that were dated or cosigned outside.
        tags: span to the sum of the tags that its entries have.
        unread: positions whose type this version does not know, or that have no one spelling.
        signatures: how many were checked.
    """

    def __init__(self, read: ReadEvent) -> None:
        self.marks: list[Mark] = []
        self.newest_control = 0
        self.recorded_at = ""
        self.first_recorded_at: str | None = None
        self.seen = SeenCheckpoints()
        self.documents = NamedDocuments()
        self.disposed: set[str] = set()
        self.anchored: list[int] = []
        self.tags: dict[int, int] = defaultdict(int)
        self.unread: set[int] = set()
        self.signatures = 0
        self._read = read
        # Few are ever named, and those by many: a chain of corrections names each link again.
        self._recorded = lru_cache(_SUMMARIES)(lambda index: summarize(read(index)))
        self._ids = FirstPositions(_ID_BYTES)
        self._opened = FirstPositions()
        self._opened_again: dict[str, list[int]] = {}
        self._successors: dict[str, int] = {}
        self._keys = FirstPositions()
        self._before = SEES_ALL
        self._maybe_control: list[int] = []

    def take(self, result: ChunkResult) -> None:
        """Fold in the next chunk."""
        self.marks += result.marks
        self.signatures += result.signatures
        for (name, size), index in result.documents.items():
            self.documents.note(name, size, index)
        self.disposed.difference_update(name for name, _ in result.documents)
        self.disposed |= result.disposed
        self.anchored += result.anchored
        for span, total in result.tags.items():
            self.tags[span] += total
        for index, brief in zip(result.positions, result.briefs, strict=False):
            if brief is None:
                self.unread.add(index)
                self._maybe_control.append(index)
            else:
                self._judge(index, brief)

    def cover(self, index: int, brief: Brief) -> None:
        """Take in an entry that was audited before: nothing of it is judged again."""
        self.recorded_at = brief.recorded_at
        if self.first_recorded_at is None:
            self.first_recorded_at = brief.recorded_at
        self._ids.note(_packed(brief.id), index)
        if brief.opened is not None:
            self._open(brief.opened, index)
        if brief.replaced is not None:
            self._successors.setdefault(brief.replaced, index)
        if brief.idempotency is not None:
            self._keys.note(_key_name(*brief.idempotency), index)

    def ids_lines(self) -> Iterator[str]:
        """Yield what later entries may not repeat, a line each, every kind in the order of the log.

        `id ID POSITION`; `opened KIND/NAME POSITION…` with every entry that opened it; `replaced ID
        POSITION` of what corrects or voids it; `key PARTY/KEY POSITION`.
        """
        yield from (f"id {_spelled(name)} {index}\n" for name, index in self._ids.items())
        for name, first in self._opened.items():
            again = self._opened_again.get(name.decode(), ())
            yield f"opened {name.decode()} {' '.join(map(str, (first, *again)))}\n"
        yield from (f"replaced {name} {index}\n" for name, index in self._successors.items())
        yield from (f"key {name.decode()} {index}\n" for name, index in self._keys.items())

    def ids_digest(self) -> str:
        """Return the SHA-256 over these lines, in hex."""
        digest = sha256()
        lines = self.ids_lines()
        while some := "".join(islice(lines, _LINES)):
            digest.update(some.encode())
        return digest.hexdigest()

    def _judge(self, index: int, brief: Brief) -> None:
        self._judge_control(index, brief)
        if brief.recorded_at < self.recorded_at:
            later = f"{self.recorded_at} or later"
            self.marks.append(Mark("CLOCK-BACKWARDS", index, later, brief.recorded_at))
        else:
            self.recorded_at = brief.recorded_at
        if self.first_recorded_at is None:
            self.first_recorded_at = brief.recorded_at
        self._judge_history(index, brief)
        for seen in brief.seen:
            if seen[0] > index:
                found = str(seen[0])
                self.marks.append(Mark("SEEN-AHEAD", index, f"at most {index} entries", found))
            self.seen.note(seen, index)

    def _judge_control(self, index: int, brief: Brief) -> None:
        if brief.control in self._maybe_control:  # only now does the log say that it was one
            self.newest_control = brief.control
        if brief.control != self.newest_control:
            expected = str(self.newest_control)
            self.marks.append(Mark("CONTROL-CHAIN", index, expected, str(brief.control)))
        self._maybe_control = []
        if brief.is_control is None:
            self.unread.add(index)
            self._maybe_control = [index]
        elif brief.is_control:
            self.newest_control = index

    def _judge_history(self, index: int, brief: Brief) -> None:
        first = self._ids.first(_packed(brief.id), index)
        if first != index:
            found = f"the id of entry {first}"
            self.marks.append(Mark("ID-REUSED", index, "an id of its own", found))
            return
        if brief.idempotency is not None:
            used = self._keys.first(_key_name(*brief.idempotency), index)
            if used != index:
                found = f"the key of entry {used}"
                self.marks.append(Mark("IDEMPOTENCY-REUSED", index, "a new key", found))
        again = brief.opened is not None and self._open(brief.opened, index)
        self._judge_target(index, brief, again=again)
        if brief.replaced is not None:
            self._successors.setdefault(brief.replaced, index)

    def _open(self, opened: str, index: int) -> bool:
        """Note an identifier that an entry opens; return whether one before did."""
        again = self._opened.first(opened.encode(), index) != index
        if again:
            self._opened_again.setdefault(opened, []).append(index)
        return again

    def _judge_target(self, index: int, brief: Brief, *, again: bool) -> None:
        if brief.target is not None or again:
            self._check(index, check)

    def _check(self, index: int, rule: Callable[[Statement, Past], None]) -> None:
        """Mark what a rule of history says of an entry, by what stands before it."""
        self._before = index
        try:
            rule(self._read(index).statement, self)
        except LedgerError as error:
            if error.code not in CONDITIONS:  # the source failed
                raise
            self.marks.append(Mark(error.code, index, "what the log allows", error.message))
        finally:
            self._before = SEES_ALL

    def anchored_events(self) -> Iterator[Event]:
        """Yield the events by which the log says that checkpoints were dated or cosigned."""
        return map(self._read, self.anchored)

    # What `ledger.history.Past` asks for.

    def by_id(self, identifier: str) -> Recorded | None:
        """Return the event with this id."""
        return self._at(self._ids.position(_packed(identifier)))

    def openers(self, opened: str) -> Sequence[Recorded]:
        """Return the events that opened an identifier, oldest first."""
        first = self._opened.position(opened.encode())
        found = () if first is None else (first, *self._opened_again.get(opened, ()))
        return [self._recorded(index) for index in found if index < self._before]

    def successor(self, identifier: str) -> Recorded | None:
        """Return the correction or void that names this event, or None."""
        return self._at(self._successors.get(identifier))

    def with_key(self, party: str, key: str) -> Recorded | None:
        """Return the event that this party recorded under an idempotency key, or None."""
        return self._at(self._keys.position(_key_name(party.lower(), key)))

    def _at(self, index: int | None) -> Recorded | None:
        return None if index is None or index >= self._before else self._recorded(index)


def _packed(identifier: str) -> bytes:
    """Return the 16 bytes of an id, which has one spelling in hex."""
    return bytes.fromhex(identifier.replace("-", ""))


def _spelled(packed: bytes) -> str:
    """Return an id as events spell it, in less time than a UUID takes."""
    text = packed.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _key_name(party: str, key: str) -> bytes:
    """Return a party and its key as one name; no party's name has a slash."""
    return f"{party}/{key}".encode()


def judge_seen(
    seen: Iterable[tuple[int, str, int]], roots: Mapping[int, bytes], newest: int
) -> Iterator[Mark]:
    """Mark each signer that had verified another history than this one.

    Args:
        seen: size, root, and the first entry that says so, in this order.
        roots: the log's own roots, as far as they are known.
        newest: size of the log; what lies beyond it is marked already.
    """
    for size, root, index in seen:
        if size > newest:
            continue
        if size not in roots:
            yield Mark("SEEN-UNPROVEN", index, f"a proof from {size} entries on", "none")
        elif roots[size].hex() != root:
            yield Mark("SEEN-DIFFERS", index, f"{roots[size].hex()} at {size}", root)
