"""What anybody who holds the store can do with a ledger."""

import hashlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ledger.application import Ledger
from ledger.errors import Malformed, Tampered, Unavailable
from ledger.events.base import Seen
from ledger.log.merkle import leaf_hash
from ledger.log.proofs import verify_consistency, verify_inclusion
from ledger.reader import LedgerReader
from tests.examples import play
from tests.harness import ORIGIN, Story, manifest, signer_of
from tests.test_history import batch
from tests.trees import root_of


@pytest.fixture(scope="module")
def story() -> Iterator[Story]:
    """The examples of every event type, recorded and then only read."""
    with Story() as told:
        play(told)
        yield told


@pytest.fixture(scope="module")
def ledger(story: Story) -> Ledger:
    return story.ledger


def test_the_opening_names_the_ledger(ledger: Ledger, story: Story) -> None:
    assert ledger.opening == story.opening
    assert ledger.origin == ORIGIN
    assert ledger.zone == ZoneInfo("Asia/Kuala_Lumpur")


def test_the_fingerprint_binds_origin_and_first_key_also_after_a_rotation(ledger: Ledger) -> None:
    key = signer_of("ledger").public_key
    assert ledger.fingerprint == hashlib.sha256(ORIGIN.encode() + b"\n\x01" + key).digest()
    assert len(ledger.authority.checkpoint_keys) == 2


def test_events_are_read_in_order(ledger: Ledger) -> None:
    events = list(ledger.read())
    assert [event.index for event in events] == list(range(ledger.size))
    assert events[0].statement.type == "LedgerOpened.v1"
    assert [event.index for event in ledger.read(3, 6)] == [3, 4, 5]
    assert list(ledger.read(ledger.size)) == []
    assert ledger.event(4) == events[4]
    assert leaf_hash(ledger.entry_bytes(0)) == root_of([leaf_hash(ledger.entry_bytes(0))])


@pytest.mark.parametrize("index", [-1, 10_000])
def test_an_entry_that_is_not_there_is_unavailable(ledger: Ledger, index: int) -> None:
    for read in (ledger.event, ledger.entry_bytes):
        with pytest.raises(Unavailable, match="ENTRY-UNKNOWN"):
            read(index)


def test_events_are_found_by_tag(ledger: Ledger) -> None:
    [shipment] = ledger.tagged("opens:shipment/shp-1")
    assert shipment.statement.type == "ShipmentDispatched.v1"
    assert {event.statement.type for event in ledger.tagged("shipment:shp-1")} == {
        "ExportFiled.v1",
        "IncidentReported.v1",
        "LegalHoldPlaced.v1",
        "ShipmentDispatched.v1",
        "ShipmentLegReported.v1",
        "ShipmentReceived.v1",
    }
    assert ledger.tagged("shipment:none") == []


def test_a_document_is_found_by_its_digest(ledger: Ledger) -> None:
    [shipped] = ledger.tagged("opens:batch/b-01")
    [named] = shipped.statement.documents
    assert ledger.document(named.sha256) == b"serial\nS1\n"
    assert ledger.document("0" * 64) is None


def test_an_annex_is_found_by_the_digest_in_its_statement(ledger: Ledger) -> None:
    [sold] = ledger.tagged("opens:title/ttl-1")
    annex = ledger.document(sold.statement.annex or "")
    assert annex is not None
    assert b'"price_usd"' in annex


def test_what_a_signer_saw_is_the_newest_checkpoint(ledger: Ledger) -> None:
    leaves = [leaf_hash(ledger.entry_bytes(index)) for index in range(ledger.size)]
    assert ledger.seen() == Seen(size=ledger.size, root=root_of(leaves).hex())
    assert ledger.root_at(7) == root_of(leaves[:7])
    assert ledger.checkpoint().startswith(f"{ORIGIN}\n{ledger.size}\n".encode())


def test_every_entry_is_proved_in_every_tree(ledger: Ledger) -> None:
    for size in (1, 2, 31, ledger.size):
        root = ledger.root_at(size)
        for index in range(0, size, 5):
            proof = ledger.prove(index, size)
            leaf = leaf_hash(ledger.entry_bytes(index))
            assert verify_inclusion(leaf, index, size, root, proof)
    newest, root = ledger.prove(3), ledger.root_at(ledger.size)
    leaf = leaf_hash(ledger.entry_bytes(3))
    assert verify_inclusion(leaf, 3, ledger.size, root, newest)
    assert not verify_inclusion(leaf, 4, ledger.size, root, newest)


def test_every_tree_is_a_prefix_of_the_newest(ledger: Ledger) -> None:
    newest = ledger.root_at(ledger.size)
    for old in range(1, ledger.size, 7):
        proof = ledger.prove_consistency(old)
        assert verify_consistency(old, ledger.size, ledger.root_at(old), newest, proof)
    assert ledger.prove_consistency(3, 3) == ()


@pytest.mark.parametrize(("index", "size"), [(5, 5), (-1, 5), (0, 10_000), (0, 0)])
def test_a_proof_outside_the_tree_is_refused(ledger: Ledger, index: int, size: int) -> None:
    with pytest.raises(Malformed, match="PROOF-RANGE"):
        ledger.prove(index, size)


@pytest.mark.parametrize("size", [-1, 10_000])
def test_a_tree_that_never_was_has_no_root_and_no_proof(ledger: Ledger, size: int) -> None:
    with pytest.raises(Malformed, match="PROOF-RANGE"):
        ledger.root_at(size)
    with pytest.raises(Malformed, match="PROOF-RANGE"):
        ledger.prove_consistency(3, size)
    assert ledger.root_at(0) == hashlib.sha256(b"").digest()


def test_a_reader_sees_what_is_recorded_after_it_opened(tmp_path: Path) -> None:
    with Story(tmp_path / "ledger.db") as story, Ledger.open(story.url) as reader:
        assert isinstance(reader, LedgerReader)
        assert not reader.authority.holds("nvidia", "maker", 10)
        story.party("nvidia", "maker")
        assert reader.authority.holds("nvidia", "maker", reader.size)
        receipt = story.record(batch(), "nvidia", documents=(manifest(["S1"]),))
        assert reader.size == receipt.size
        assert reader.event(receipt.index).statement.id == receipt.id
        assert reader.checkpoint() == receipt.checkpoint
        assert reader.seen() == story.ledger.seen()


def test_a_closed_ledger_may_be_closed_again(tmp_path: Path) -> None:
    story = Story(tmp_path / "ledger.db")
    with story, Ledger.open(story.url) as reader:
        reader.close()


def test_an_entry_that_is_not_what_was_hashed_is_not_read(tmp_path: Path) -> None:
    with Story(tmp_path / "ledger.db") as story:
        story.party("nvidia", "maker")
    with sqlite3.connect(tmp_path / "ledger.db") as database:
        database.execute("DROP TRIGGER entry_update")
        changed = "replace(CAST(data AS TEXT), '\"chipledger\"', '\"chipledgex\"')"
        database.execute(f"UPDATE entry SET data = CAST({changed} AS BLOB) WHERE idx = 2")  # noqa: S608  ours
    database.close()
    with Ledger.open(str(tmp_path / "ledger.db")) as ledger:
        assert ledger.event(1).index == 1
        for read in (lambda: ledger.event(2), lambda: list(ledger.read())):
            with pytest.raises(Tampered) as refusal:
                read()
            assert refusal.value.code == "ENTRY-ALTERED"
