"""Anchors are kept without the ledger's key, and only of this very ledger."""

from pathlib import Path

import pytest

from ledger.anchoring import keep_anchor
from ledger.application import Ledger
from ledger.errors import Malformed, Refused, Unavailable
from ledger.log.checkpoint import Checkpoint, sign_checkpoint
from ledger.signing.keyfile import read_key
from ledger.source import Anchor
from tests.office import ORIGIN, Office


@pytest.fixture
def office(tmp_path: Path) -> Office:
    office = Office.begun(tmp_path / "ledger")
    office.record("party", "headquarters", "operator", "MY")
    return office


def note(office: Office, size: int, root: bytes | None = None) -> bytes:
    with Ledger.open(str(office.folder / "ledger.db")) as ledger:
        known = ledger.root_at(min(size, ledger.size)) if root is None else root
    signer = read_key(office.folder / "ledger.key", None)
    return sign_checkpoint(Checkpoint(ORIGIN, size, known), [signer])


def test_an_anchor_is_kept_once(office: Office) -> None:
    store = office.folder / "ledger.db"
    for size in (1, 2, 2, 1):
        keep_anchor(store, Anchor(size, note(office, size), b"token" if size == 1 else None))
    with Ledger.open(str(store)) as ledger:
        kept = ledger.source().anchors()
    assert [(one.size, one.token) for one in kept] == [(1, b"token"), (2, None)]
    assert office.audit().verdict == "PASS"


def test_what_is_of_another_tree_is_not_kept(office: Office, tmp_path: Path) -> None:
    store = office.folder / "ledger.db"
    for anchor in (
        Anchor(3, note(office, 3), None),
        Anchor(1, note(office, 2), None),
        Anchor(2, note(office, 2, bytes(32)), None),
    ):
        with pytest.raises(Refused, match="ANCHOR-FOREIGN"):
            keep_anchor(store, anchor)
    twin = Office.make(tmp_path / "twin")
    with pytest.raises(Refused, match="NOTE-UNSIGNED"):
        keep_anchor(store, Anchor(1, note(twin, 1), None))
    with pytest.raises(Malformed, match="NOTE-FORM"):
        keep_anchor(store, Anchor(1, b"", None))
    with pytest.raises(Unavailable, match="STORE-MISSING"):
        keep_anchor(tmp_path / "nowhere", Anchor(1, note(office, 1), None))
