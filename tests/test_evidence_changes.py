"""No change of a sound evidence file gives PASS, whoever signed what changed, or nobody."""

from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.evidence_changes import KINDS, Change, changes, judged, kind
from tests.evidence_lines import closed
from tests.harness import codes

Property = Callable[[str, object], None]


@pytest.mark.parametrize("name", KINDS)
def test_a_sound_file_of_every_kind_passes(name: str) -> None:
    report = judged(kind(name))
    assert (report.verdict, codes(report)) == ("PASS", set())
    assert closed(kind(name)) == kind(name)


@settings(max_examples=400)
@given(st.sampled_from(list(KINDS)), changes)
@example("two entries", Change(lines=False, what="insert", at=0, other=ord("\n")))
@example("cosigned and stamped", Change(lines=True, what="drop", at=1, other=0))
@example("documents left out", Change(lines=True, what="drop", at=-2, other=0))
def test_no_changed_file_passes(name: str, change: Change) -> None:
    data = change.of(kind(name))
    assert (judged(data).verdict == "PASS") == (data == kind(name))


@pytest.mark.parametrize("name", ["cosigned and stamped", "selection, cosigned and stamped"])
def test_what_nobody_signs_is_damaged_and_accuses_nobody(name: str) -> None:
    whole = kind(name)
    assert not {"TIMESTAMP-FORM", "WITNESS-SIGNATURE"} & codes(judged(whole))
    for before in (b"witness.example.invalid ", b'"token":"MII'):
        at = whole.index(before) + len(before)
        data = whole[:at] + (b"B" if whole[at] == ord("A") else b"A") + whole[at + 1 :]
        report = judged(data)
        assert (report.verdict, codes(report)) == ("UNDECIDED", {"EVIDENCE-DAMAGED"})
        [mark] = report.marks
        assert (mark.step, len(mark.expected), len(mark.found)) == (1, 64, 64)
        assert mark.expected.encode() in data.splitlines()[-1]
        assert mark.found.encode() in closed(data).splitlines()[-1]
        assert judged(closed(data)).verdict == "PASS"  # another file, which nobody damaged


@pytest.mark.slow
@pytest.mark.parametrize("name", ["cosigned and stamped", "selection, cosigned and stamped"])
def test_no_file_passes_with_any_of_its_bytes_another(name: str, record_property: Property) -> None:
    whole = kind(name)
    for position, byte in enumerate(whole):
        for other in (byte ^ 1, (byte + 1 + position % 255) % 256):
            data = whole[:position] + bytes([other]) + whole[position + 1 :]
            assert judged(data).verdict != "PASS", (position, other)
    record_property("cases", 2 * len(whole))
    record_property("counted", f"bytes of evidence files changed, audited: {2 * len(whole)}")
