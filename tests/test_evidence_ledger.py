"""Evidence read as a ledger gives what the ledger gives, or says that it is not there."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.authority import public_key
from ledger.errors import Malformed, Unavailable
from ledger.events.ledger import LedgerKeyRotated
from ledger.evidence.lines import SelectedLine
from ledger.from_evidence import EvidenceLog
from ledger.reader import LogReader
from tests.harness import Story, signer_of
from tests.selections import file_of, lines_of, opened, selected, without
from tests.test_evidence_file import evidence
from tests.told import BATCH, CORRECTION, RECEIPT, SHIPMENT, commissioned, dispatched, told


def asked(log: LogReader) -> dict[str, object]:
    """Return everything that a log is asked for."""
    return {
        "size": log.size,
        "origin": log.origin,
        "fingerprint": log.fingerprint,
        "checkpoint": log.checkpoint(),
        "seen": log.seen(),
        "roles": [log.authority.roles_of(one, log.size) for one in ("maker", "buyer", "operator")],
        "events": [event.index for event in log.read()],
        "root": log.root_at(log.size),
        "by id": [event.index for event in log.tagged("batch:b-01")],
    }


def test_the_whole_file_gives_what_the_ledger_gives() -> None:
    source = opened(evidence(told().ledger.source()))
    ours = EvidenceLog(source)
    assert ours.shared() is source
    source.shareable = False  # as of a stream
    assert ours.shared() is None
    assert asked(ours) == asked(told().ledger)
    size = told().ledger.size
    assert ours.holds(3, 7) == range(3, 7)
    assert [ours.prove(one) for one in range(size)] == [
        told().ledger.prove(one) for one in range(size)
    ]
    assert ours.prove_consistency(5) == told().ledger.prove_consistency(5)
    named = told().ledger.event(BATCH).statement.documents[0].sha256
    assert ours.document(named) == told().ledger.document(named)
    ours.close()


@pytest.fixture(scope="module")
def long() -> Iterator[Story]:
    """A log of more than two hundred and fifty-six squared leaves would take long: of 600."""
    with Story() as story:
        story.party("maker", "maker")
        for start in range(0, 600, 200):
            many = [dispatched(f"SHP-{start + one}") for one in range(200)]
            story.ledger.append_many([story.submission(one, "maker") for one in many])
        yield story


def test_proofs_over_several_tiles_are_the_same(long: Story) -> None:
    ours = EvidenceLog(opened(evidence(long.ledger.source())))
    for index in (0, 255, 256, 511, 512, long.ledger.size - 1):
        assert ours.prove(index) == long.ledger.prove(index)
    for size in (1, 255, 256, 257, 512, 600):
        assert ours.root_at(size) == long.ledger.root_at(size)


def test_tiles_above_the_lowest_are_made_from_those_below(monkeypatch: pytest.MonkeyPatch) -> None:
    from ledger.from_evidence import _HeldByFile  # noqa: PLC0415  its insides

    held = _HeldByFile(opened(evidence(told().ledger.source())), None)
    monkeypatch.setattr(type(held), "_size", 256 * 256)
    monkeypatch.setattr(held, "_leaves", lambda start, stop: bytes(32) * (stop - start))
    tile = held._full_tile(1, 0)
    assert tile is not None
    assert len(tile) == 256 * 32
    assert held._full_tile(1, 0) == tile  # from what is remembered of the first time
    assert held._full_tile(1, 1) is None
    assert len({tile[at : at + 32] for at in range(0, len(tile), 32)}) == 1


def test_a_selection_gives_what_it_holds_and_says_what_it_lacks() -> None:
    story = told()
    data = selected(story.ledger, [SHIPMENT], earlier=[9])
    ours = EvidenceLog(opened(data))
    held = [one.index for one in lines_of(data) if isinstance(one, SelectedLine)]
    assert ours.holds(0, ours.size) == held
    assert [event.index for event in ours.read()] == held
    assert asked(ours)["seen"] == asked(story.ledger)["seen"]
    assert ours.root_at(9) == story.ledger.root_at(9)
    assert ours.root_at(0) == story.ledger.root_at(0)
    assert ours.root_at(ours.size) == story.ledger.root_at(ours.size)
    assert RECEIPT in held  # what the correction, a control entry, is about


def test_what_a_selection_lacks_has_a_code(long: Story) -> None:
    ours = EvidenceLog(opened(selected(long.ledger, [20])))
    with pytest.raises(Unavailable, match="ENTRY-ABSENT"):
        ours.event(100)
    with pytest.raises(Unavailable, match="ENTRY-UNKNOWN"):
        ours.event(10_000)
    with pytest.raises(Unavailable, match="PROOF-ABSENT"):
        ours.root_at(300)
    with pytest.raises(Unavailable, match="PROOF-ABSENT"):
        ours.prove(20)
    with pytest.raises(Malformed, match="PROOF-RANGE"):
        ours.root_at(10_000)


def test_a_log_whose_last_entry_is_a_control_entry(tmp_path: Path) -> None:
    with Story(tmp_path / "ledger.db") as story:
        story.party("maker", "maker")
        story.record(commissioned(), "maker")
        key = public_key(signer_of("ledger-2").public_key, "ledger")
        data = LedgerKeyRotated(checkpoint_key=key, reason="yearly")
        story.ledger.append(story.submission(data, "operator"), new_key=signer_of("ledger-2"))
        ours = EvidenceLog(opened(selected(story.ledger, [1])))
        assert ours.authority.checkpoint_keys == story.ledger.authority.checkpoint_keys
        assert ours.seen() == story.ledger.seen()


def test_a_selection_without_its_last_entry_has_no_head() -> None:
    lines = lines_of(selected(told().ledger, [CORRECTION]))
    cut = EvidenceLog(opened(file_of(without(lines, told().ledger.size - 1))))
    with pytest.raises(Unavailable, match="ENTRY-ABSENT"):
        _ = cut.size
