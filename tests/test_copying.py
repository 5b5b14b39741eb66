"""A ledger copied between stores: every row of it, or no copy at all."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from ledger import copying
from ledger.application import Ledger
from ledger.copying import copy_ledger
from ledger.errors import Conflict, LedgerError, Malformed, Tampered
from ledger.source import Anchor
from ledger.store import copying as rows
from ledger.store import reader
from ledger.store.copying import content_sha256
from ledger.store.source import StoreSource
from ledger.verify.audit import audit
from tests.bare_store import EMPTY_SHA256
from tests.harness import Story
from tests.postgres_server import Server
from tests.stores import KINDS, Store, postgres_store, sqlite_store
from tests.test_application import everything
from tests.told import dispatched


@pytest.fixture(params=KINDS)
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Where the copy goes."""
    (tmp_path / "copy").mkdir()
    if request.param == "sqlite":
        yield sqlite_store(tmp_path / "copy")
        return
    server: Server = request.getfixturevalue("postgres")
    made = postgres_store(server)
    yield made
    server.drop(made.name)


@pytest.fixture
def story(store: Store) -> Iterator[Story]:
    """A ledger with a full tile, a document and two anchors."""
    with Story(store.place) as told:
        told.party("maker", "maker")
        told.ledger.append_many(
            [told.submission(dispatched(f"S-{one}"), "maker") for one in range(270)]
        )
        recorder = told.ledger._recorder
        note = told.ledger.checkpoint()
        for token in (b"", b"token"):
            recorder.add_anchor(reader.Anchor(told.ledger.size, note, token))
        recorder.transact(lambda transaction: transaction.put_document(EMPTY_SHA256, b""))
        yield told


def test_a_copy_holds_the_same_rows(story: Story, target: Store) -> None:
    told: list[tuple[int, int]] = []
    size, fingerprint = copy_ledger(
        story.url, target.url, progress=lambda done, total: told.append((done, total))
    )
    assert (size, fingerprint) == (story.ledger.size, story.ledger.fingerprint)
    assert told[-1] == (size, size)
    with Ledger.open(target.url, story.writing()) as copy:
        assert everything(copy) == everything(story.ledger)
        assert content_sha256(copy.source()) == content_sha256(story.ledger.source())
        assert copy.anchors()[-1] == Anchor(size, copy.checkpoint(), b"token")
        assert copy.document(EMPTY_SHA256) == b""
        copy.append(story.submission(dispatched("S-300"), "maker"))
        assert copy.size == size + 1
    with pytest.raises(Conflict, match="STORE-EXISTS"):
        copy_ledger(story.url, target.url)


def test_a_backup_of_any_store_is_a_file(story: Story, tmp_path: Path) -> None:
    path = tmp_path / "backup.db"
    story.ledger.backup(path)
    with Ledger.open(str(path)) as copy:
        assert everything(copy) == everything(story.ledger)
        reports = [audit(one.source(), story.trust()) for one in (copy, story.ledger)]
        assert reports[0].marks == reports[1].marks
    with pytest.raises(Conflict, match="STORE-EXISTS"):
        story.ledger.backup(path)


def test_a_backup_of_half_a_ledger_is_none(store: Store, tmp_path: Path) -> None:
    store.three_entries()
    store.without_triggers("DELETE FROM entry WHERE idx = 1")
    with store.open(readonly=True) as recorder:
        if store.kind == "sqlite":  # it copies the whole file as it is
            return
        with pytest.raises(Tampered, match="COPY-SHORT"):
            recorder.backup(tmp_path / "backup.db")
    assert not (tmp_path / "backup.db").exists()


@pytest.mark.parametrize("missing", [1, 2])
def test_of_half_a_ledger_no_copy_is_left(store: Store, target: Store, missing: int) -> None:
    store.three_entries()
    store.without_triggers(f"DELETE FROM entry WHERE idx = {missing:d}")  # noqa: S608  a number
    with pytest.raises(Tampered, match="COPY-SHORT"):
        copy_ledger(store.url, target.url)
    with pytest.raises(LedgerError, match=r"STORE-MISSING|STORE-NOT-A-LEDGER"):
        target.open()


def test_a_copy_that_differs_is_not_left(
    store: Store, target: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.three_entries()
    digests = iter([b"one", b"another"])
    monkeypatch.setattr(copying, "content_sha256", lambda _: next(digests))
    with pytest.raises(Tampered, match="COPY-DIFFERS"):
        copy_ledger(store.url, target.url)
    with pytest.raises(LedgerError, match=r"STORE-MISSING|STORE-NOT-A-LEDGER"):
        target.open()


def test_a_document_that_was_given_up_meanwhile_is_left_out(
    store: Store, target: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.three_entries()
    with store.open() as original, target.create() as copy:
        monkeypatch.setattr(original, "document", lambda _: None)
        rows.copy_into(StoreSource(original, None), copy)
        assert copy.documents() == []
        assert copy.head() == original.head()


def test_memory_is_copied_nowhere(tmp_path: Path) -> None:
    for origin, target in (("sqlite://", str(tmp_path / "a")), (str(tmp_path / "a"), "sqlite://")):
        with pytest.raises(Malformed, match="COPY-MEMORY"):
            copy_ledger(origin, target)


def test_nothing_that_came_later_is_copied(store: Store, target: Store) -> None:
    with Story(store.place) as story:
        source = story.ledger.source()
        size = source.size()
        story.party("maker", "maker")
        with target.create() as copy:
            rows.copy_into(source, copy)
            assert copy.head().size == size
            assert content_sha256(StoreSource(copy, None)) == content_sha256(source)


def test_progress_is_told_to_nobody_unless_asked() -> None:
    assert SimpleNamespace(silent=rows._silent).silent(1, 2) is None
