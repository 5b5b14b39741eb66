"""What an inspection's list says, read strictly, and what becomes of it in the read models."""

import hashlib

import pytest

from ledger.events import assurance, document
from projections.runner import catch_up
from projections.sightings import Sighting, read_results, read_sightings
from projections.units import MISSING
from projections.view import MEMORY, View
from tests.memory_log import MemoryLog
from tests.mini_case import manifest


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        (b"serial\nA\nB\n", [Sighting("A", True), Sighting("B", True)]),
        (
            b"serial,found,condition\nA,yes,\nB,NO,bent\n",
            [Sighting("A", True), Sighting("B", False, "bent")],
        ),
        (
            b"serial,found,condition,rack,tray,slot\nA,yes,,R1,2,3\nB,yes,,,,\n",
            [Sighting("A", True, None, "R1", "2", "3"), Sighting("B", True)],
        ),
    ],
)
def test_three_heads_are_read(content: bytes, rows: list[Sighting]) -> None:
    found = read_results(content)
    assert (list(found.rows), found.skipped, found.problem) == (rows, 0, None)


@pytest.mark.parametrize(
    ("content", "rows", "skipped", "problem"),
    [
        (b"\xff", 0, 0, "not UTF-8"),
        (b"", 0, 0, "the head is not serial,found,condition"),
        (b"serial,found\nA,yes\n", 0, 0, "the head is not serial,found,condition"),
        (b"serial\nA\na\n", 1, 1, "line 3 is not well-formed, or repeats a serial"),
        (b"serial\n\nA\n", 1, 1, "line 2 is not well-formed, or repeats a serial"),
        (b"serial,found,condition\nA,perhaps,\nB,yes\n", 0, 2,
         "line 2 is not well-formed, or repeats a serial"),
        (b"serial,found,condition,rack,tray,slot\nA,yes,,.,,\n", 0, 1,
         "line 2 is not well-formed, or repeats a serial"),
        (b"serial,found,condition\nA,yes," + b"x" * 201 + b"\n", 0, 1,
         "line 2 is not well-formed, or repeats a serial"),
    ],
)  # fmt: skip
def test_what_is_not_well_formed_is_skipped_and_counted(
    content: bytes, rows: int, skipped: int, problem: str
) -> None:
    found = read_results(content)
    assert (len(found.rows), found.skipped, found.problem) == (rows, skipped, problem)


def test_a_broken_line_ends_the_reading() -> None:
    found = read_results(b'serial\nA\n"B"x\n')
    assert len(found.rows) == 1
    assert found.problem is not None
    assert found.problem.startswith("line 3 is no CSV")


def test_a_list_is_read_to_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("projections.sightings.ROWS_MAX", 1)
    found = read_results(b"serial\nA\nB\n")
    assert found.rows == (Sighting("A", True),)
    assert found.problem == "read to line 3: there are more than 1 rows"


def test_other_bytes_than_named_say_nothing() -> None:
    assert read_sightings("0" * 64, None).problem == MISSING
    assert read_sightings("0" * 64, b"serial\nA\n").problem == "other bytes than the event names"
    content = b"serial\nA\n"
    assert len(read_sightings(hashlib.sha256(content).hexdigest(), content).rows) == 1


def test_a_list_may_arrive_late_and_may_be_given_up() -> None:
    log = MemoryLog()
    looked = assurance.InspectionPerformed(
        inspection="INS-1", site="JHR1", method="look", strength=4, counted=1, found=1
    )
    named = manifest(log, "as_found", "serial", "A-1")
    held = log.documents.pop(named.sha256)
    log.say("auditor", looked, documents=[named])
    view = View.open(MEMORY)
    catch_up(view, log)
    assert _count(view) == 0
    log.documents[named.sha256] = held
    catch_up(view, log)
    assert _count(view) == 1
    gone = document.DocumentDisposed(
        document=named.sha256, reason="over", retention_basis="none", retained_until="2026-05-06"
    )
    del log.documents[named.sha256]
    log.say("aolani", gone)
    catch_up(view, log)
    assert _count(view) == 0


def _count(view: View) -> int:
    return len(list(view.rows("SELECT serial FROM sighting")))
