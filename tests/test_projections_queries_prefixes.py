"""What was known at an entry stays the answer for that entry, however the log grows."""

from collections.abc import Iterator
from typing import Any

import pytest

from ledger.entry import Event
from projections.questions import Question, ask, questions, sqlite_reader
from projections.runner import catch_up
from projections.view import MEMORY, View
from tests.asked_case import asked_case
from tests.memory_log import MemoryLog
from tests.mini_case import mini_case

AS_OF = ("2026-02-05T00:00:00Z", "2026-06-01T00:00:00Z")
VALUES: dict[str, tuple[object, ...]] = {
    "about": ("SHP-1", "aolani", "MY", "BOL-1", "L-1", "B2"),
    "party": ("aolani",),
    "shipment": ("SHP-1",),
    "since": (20, 45),
    "site": ("JHR1",),
    "rack": ("R2",),
    "batch": ("B1",),
    "serial": ("B2-005",),
}


class Prefix:
    """The first entries of a log, as a log; documents as they are at the end."""

    def __init__(self, log: MemoryLog, size: int) -> None:
        self.origin, self.zone, self.size, self._log = log.origin, log.zone, size, log

    def read(self, start: int, stop: int) -> Iterator[Event]:
        return self._log.read(start, min(stop, self.size))

    def holds(self, start: int, stop: int) -> range:
        return range(start, stop)

    def document(self, sha256: str) -> bytes | None:
        return self._log.document(sha256)

    def root_at(self, size: int) -> bytes:
        return self._log.root_at(size)


def asked(question: Question) -> Iterator[dict[str, object]]:
    """Yield what to ask: with nothing given, then with each parameter of which a value is known."""
    required = [one.name for one in question.parameters if one.required]
    for first in VALUES[required[0]] if required else (None,):
        head: dict[str, object] = {required[0]: first} if required else {}
        yield head
        for one in question.parameters:
            if one.name not in head and one.name in VALUES and isinstance(VALUES[one.name][0], str):
                yield head | {one.name: VALUES[one.name][0]}


def rows(view: View, question: Question, given: dict[str, Any], as_of: str, known: int) -> object:
    given = {
        name: min(value, known) if isinstance(value, int) else value
        for name, value in given.items()
    }
    reader = sqlite_reader(view.connection)
    return ask(reader, question, given, as_of=as_of, known_at=known).rows


@pytest.mark.parametrize("name", questions())
@pytest.mark.parametrize("case", ["mini", "asked"])
def test_a_later_entry_changes_no_answer_of_what_was_known_before(name: str, case: str) -> None:
    told: Any = mini_case() if case == "mini" else asked_case()
    question = questions()[name]
    size = told.log.size
    for at in (1, size // 3, size // 2, size - 9, size - 3):
        view = prefix_view(case, told.log, at)
        for as_of in AS_OF:
            for given in asked(question):
                then = rows(view, question, given, as_of, at - 1)
                now = rows(told.view, question, given, as_of, at - 1)
                assert then == now, (at, as_of, given)


_VIEWS: dict[tuple[str, int], View] = {}


def prefix_view(case: str, log: MemoryLog, size: int) -> View:
    """Return the read models of the first entries of a log, made once."""
    if (case, size) not in _VIEWS:
        view = View.open(MEMORY)
        catch_up(view, Prefix(log, size))
        _VIEWS[case, size] = view
    return _VIEWS[case, size]
