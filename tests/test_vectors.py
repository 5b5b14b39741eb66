"""The vectors: every file is what the code writes, and every verdict is what the index says."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger.__main__ import main
from ledger.signing.pkcs8 import encode_public
from ledger.verify.conditions import CONDITIONS, UNDER_WAY
from tests.vectors import generate
from tests.vectors.generate import FOLDER

INDEX: dict[str, Any] = json.loads((FOLDER / "index.json").read_bytes())
ROWS: list[dict[str, Any]] = INDEX["vectors"]
TOPICS = {
    "signature", "key", "enrolment", "right", "ledger", "position", "control chain",
    "correction target", "seen", "proof", "note", "tile", "size", "encoding", "document",
    "selection", "audit record", "policy", "time stamp", "single proof",
}  # fmt: skip
BYTES_MAX = 3_500_000


def test_every_file_is_what_the_code_writes() -> None:
    written = generate.files()
    assert set(written) == generate.written()
    differ = [name for name, data in written.items() if (FOLDER / name).read_bytes() != data]
    assert not differ, (
        "what is written or found is another; if that is meant, run "
        "`python -m tests.vectors.generate` and commit the files with the reason"
    )


def test_writing_them_again_removes_what_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generate, "FOLDER", tmp_path)
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "gone.jsonl").write_text("old")
    generate.main()
    assert not (tmp_path / "bad" / "gone.jsonl").exists()
    names = generate.written()
    assert len(names) == len({*(row["file"] for row in ROWS)}) + len(list(_trusted())) + 1
    assert all((tmp_path / name).read_bytes() == (FOLDER / name).read_bytes() for name in names)


def _trusted() -> Iterator[str]:
    for row in ROWS:
        trust = row["trust"]
        yield from trust.get("checkpoints", [])
        yield from trust.get("tsa_roots", [])
        yield from (trust[key] for key in ("extends", "policy") if key in trust)
        yield from (trust[key]["file"] for key in ("record",) if key in trust)


def test_there_are_enough_and_they_stay_small() -> None:
    bad = [row for row in ROWS if row["verdict"] != "PASS"]
    assert len(bad) >= 60
    assert len(ROWS) - len(bad) >= 10
    assert {row["topic"] for row in bad} == TOPICS
    files = [path for path in FOLDER.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    assert sum(path.stat().st_size for path in files) < BYTES_MAX


def test_the_index_says_what_the_one_table_says() -> None:
    for row in ROWS:
        assert row["file"].startswith("good/" if row["verdict"] == "PASS" else "bad/")
        verdicts = {one["verdict"] for one in row["conditions"]}
        expected = "FAIL" if "FAIL" in verdicts else "UNDECIDED" if verdicts else "PASS"
        assert row["verdict"] == expected, row["file"]
        for one in row["conditions"]:
            told = CONDITIONS[one["code"]]
            assert one["verdict"] == told.verdict
            assert told.step in {one["step"], UNDER_WAY}, row["file"]


def test_every_condition_has_a_file_or_a_reason() -> None:
    met = {one["code"] for row in ROWS for one in row["conditions"]}
    without = INDEX["without_file"]
    assert not met & set(without)
    assert met | set(without) == set(CONDITIONS)
    assert all(without.values())


@pytest.mark.parametrize("row", ROWS, ids=[row["file"] for row in ROWS])
def test_the_python_verifier_says_what_the_index_says(
    row: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = _report(row, tmp_path, capsys)
    assert report["verdict"] == row["verdict"]
    assert report["scope"] == row["scope"]
    assert [one["verdict"] for one in report["steps"]] == row["steps"]
    first: dict[str, dict[str, Any]] = {}
    for mark in report["marks"]:
        first.setdefault(mark["code"], mark)
    found = [
        {key: first[code][key] for key in ("code", "step", "verdict", "entry")} for code in first
    ]
    assert sorted(found, key=repr) == sorted(row["conditions"], key=repr)


def _report(
    row: dict[str, Any], folder: Path, capsys: pytest.CaptureFixture[str]
) -> dict[str, Any]:
    """Return what the program for strangers prints."""
    trust, path = row["trust"], FOLDER / row["file"]
    line = [str(path), "--json", "--workers", "1"]
    line += ["--key", trust["key"]] if "key" in trust else []
    line += [f"--pin={party}={key}" for party, key in trust.get("pins", {}).items()]
    line += [f"--require-pin={party}" for party in trust.get("require_pins", ())]
    line += [f"--checkpoint={FOLDER / name}" for name in trust.get("checkpoints", ())]
    line += [f"--tsa-root={FOLDER / name}" for name in trust.get("tsa_roots", ())]
    line += [f"--policy={FOLDER / trust['policy']}"] if "policy" in trust else []
    line += [f"--extends={FOLDER / trust['extends']}"] if "extends" in trust else []
    if "record" in trust:
        key = folder / "auditor.pub"
        key.write_bytes(encode_public(bytes.fromhex(trust["record"]["key"])))
        line += [f"--from-record={FOLDER / trust['record']['file']}", f"--auditor={key}"]
    code = main(line)
    assert code == {"PASS": 0, "FAIL": 1, "UNDECIDED": 3}[row["verdict"]]
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told
