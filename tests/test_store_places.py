"""Where a ledger is: a file by its path or URL, a database by its URL, memory."""

from pathlib import Path

import pytest

from ledger.errors import Malformed
from ledger.place import MEMORY, place_of
from ledger.store.places import name_of


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite://", None),
        ("sqlite:///ledger.db", Path("ledger.db")),
        ("sqlite:////var/ledger.db", Path("/var/ledger.db")),
        ("ledger.db", Path("ledger.db")),
        ("/var/ledger.db", Path("/var/ledger.db")),
        ("some folder/ledger.db", Path("some folder/ledger.db")),
    ],
)
def test_a_url_names_a_file_or_memory(url: str, path: Path | None) -> None:
    assert place_of(url) == path
    assert place_of(MEMORY) is None


@pytest.mark.parametrize(
    "url",
    [
        "mysql://host/db",
        "https://ledger.example",
        "sqlite://ledger.db",
        "://x",
        "SQLITE:///x",
        "postgres://host/db",
    ],
)
def test_another_url_is_no_ledger(url: str) -> None:
    with pytest.raises(Malformed, match="URL"):
        place_of(url)


def test_another_url_is_shown_without_what_may_be_a_password() -> None:
    with pytest.raises(Malformed, match="URL") as refusal:
        place_of("mysql://me:s3cret@host/db")
    assert "s3cret" not in str(refusal.value)


def test_a_file_is_called_by_its_name() -> None:
    assert name_of(Path("folder/ledger.db")) == "ledger.db"
    assert place_of("postgresql://host/db") == "postgresql://host/db"
