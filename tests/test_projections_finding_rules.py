"""Rule files: read strictly, assembled from parts, found by code; those of a user's folder too."""

from pathlib import Path

import pytest

from ledger.errors import Malformed, Unavailable
from projections.finding_rules import FEW_SUBJECTS, SEVERITIES, find_rules, rules

OWN = """-- code: MY-RULE
-- title: Every batch
-- severity: low
-- basis: house rule
-- explains: nothing
-- subject: batch
-- thresholds: least (5, GPUs)
-- with: word
SELECT batch.batch AS subject, json_array(batch.event_idx) AS entries, 'it is there' AS facts
FROM batch JOIN word ON word.idx = batch.event_idx
WHERE (:subject IS NULL OR batch.batch = :subject) AND batch.quantity >= :least
"""


def test_every_shipped_rule_says_what_it_is() -> None:
    shipped = rules()
    assert len({one.code for one in shipped.values()}) > 50
    for one in shipped.values():
        assert one.severity in SEVERITIES
        assert ":subject" not in one.for_all
        assert ":subject_0" in one.for_some(1)
        assert ":subject_1" in one.for_some(FEW_SUBJECTS)
        assert ":subjects" in one.for_some(FEW_SUBJECTS + 1)


def test_a_folder_of_ones_own_is_added(tmp_path: Path) -> None:
    (tmp_path / "my-rule.sql").write_text(OWN, encoding="utf-8")
    found = rules(tmp_path)
    assert list(found) == sorted(found)
    (mine,) = find_rules(found, "my-rule")
    assert mine.sql.startswith("WITH RECURSIVE word AS NOT MATERIALIZED (")
    assert [(one.name, one.value) for one in mine.thresholds] == [("least", 5)]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("severity: low", "severity: deadly", "SQL-HEADER"),
        ("code: MY-RULE", "code: my-rule", "SQL-HEADER"),
        ("subject: batch", "subject: A batch", "SQL-HEADER"),
        ("with: word", "with: wrod", "SQL-HEADER"),
        ("(5, GPUs)", "(five, GPUs)", "SQL-HEADER"),
        (" AND batch.quantity >= :least", "", "SQL-HEADER"),
        ("(:subject IS NULL OR batch.batch = :subject)", "batch.batch = :subject", "SQL-HEADER"),
        ("(:subject IS NULL OR batch.batch = :subject) AND", "", "SQL-HEADER"),
        ("SELECT batch.batch", "DELETE FROM batch; SELECT batch.batch", "SQL-STATEMENT"),
    ],
)
def test_a_file_that_is_not_well_formed_is_refused(
    tmp_path: Path, old: str, new: str, code: str
) -> None:
    (tmp_path / "my-rule.sql").write_text(OWN.replace(old, new), encoding="utf-8")
    with pytest.raises(Malformed) as caught:
        rules(tmp_path)
    assert caught.value.code == code


def test_names_and_bytes_of_files_are_checked(tmp_path: Path) -> None:
    (tmp_path / "My rule.sql").write_text(OWN, encoding="utf-8")
    with pytest.raises(Malformed, match="no name of a rule"):
        rules(tmp_path)
    (tmp_path / "My rule.sql").rename(tmp_path / "record-backdated.sql")
    with pytest.raises(Malformed, match="comes with chipledger"):
        rules(tmp_path)
    (tmp_path / "record-backdated.sql").unlink()
    (tmp_path / "latin.sql").write_bytes(b"-- code: \xe9")
    with pytest.raises(Malformed, match="not UTF-8"):
        rules(tmp_path)
    with pytest.raises(Unavailable) as caught:
        rules(tmp_path / "absent")
    assert caught.value.code == "RULE-FOLDER"


def test_a_rule_without_parts_stands_as_it_is(tmp_path: Path) -> None:
    text = OWN.replace("-- with: word\n", "").replace(
        "JOIN word ON word.idx = batch.event_idx",
        "JOIN event ON event.idx = batch.event_idx AND valid_at < :as_of AND idx <= :known_at",
    )
    (tmp_path / "my-rule.sql").write_text(text, encoding="utf-8")
    assert rules(tmp_path)["my-rule"].sql.startswith("SELECT")


def test_a_code_that_no_rule_has_gets_the_nearest() -> None:
    with pytest.raises(Malformed) as caught:
        find_rules(rules(), "ship-overdeu")
    assert str(caught.value.hint).startswith("did you mean SHIP-OVERDUE")
    with pytest.raises(Malformed) as caught:
        find_rules(rules(), "xyz")
    assert caught.value.code == "RULE-UNKNOWN"
