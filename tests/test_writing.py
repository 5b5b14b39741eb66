"""What writing needs: where a ledger is, what an installation is called, which clock."""

import platform
import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.entry import LABEL_PATTERN
from ledger.errors import Malformed
from ledger.writing import Writing, installation, system_clock


def test_the_clock_is_the_machines() -> None:
    assert abs(system_clock() - datetime.now(UTC)) < timedelta(seconds=5)
    assert system_clock().tzinfo is UTC


@given(st.text(max_size=80))
def test_any_machines_name_becomes_a_label(name: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(platform, "node", lambda: name)
        assert re.match(LABEL_PATTERN, installation())


@pytest.mark.parametrize(
    ("name", "label"),
    [("desk-7.example", "desk-7.example"), ("Größe 7", "Gr--e-7"), ("..x", "x"), ("", "unnamed"),
     ("---", "unnamed"), ("a" * 70, "a" * 64)],
)  # fmt: skip
def test_a_machines_name_stays_readable(
    name: str, label: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "node", lambda: name)
    assert installation() == label


@pytest.mark.parametrize("label", ["", "a b", "-a", "é", "a\n", "a" * 65])
def test_an_installation_that_no_entry_can_name_is_refused(label: str) -> None:
    with pytest.raises(Malformed, match="LABEL"):
        Writing(installation=label)


def test_writing_without_anything_is_reading() -> None:
    nothing = Writing()
    assert (nothing.signer, nothing.high_water, nothing.clock, nothing.installation) == (None,) * 4
