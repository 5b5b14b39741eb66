"""Samples: how large, committed to outside before the root was known, drawn, and what was found."""

import json
import subprocess
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from commands.time_stamps import stated_time
from tests.desk_story import DeskStory, build, deliver, furnish, open_desk
from tests.test_commands_ledger_anchor import der, response

PERFORM = (
    "inspection perform I-1 --site JHR-1 --method look --strength 4 --host aolani"
    " --sample S-1 --plan {plan} --as inspector --with aolani --yes"
)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> DeskStory:
    desk = open_desk(tmp_path_factory.mktemp("sample") / "ledger", furnish, build, deliver)
    rows = "".join(f"R9{n % 4:02},SN-{n:03}\n" for n in range(40))
    path = desk.file("inventory.csv", f"rack,serial\n{rows}")
    desk.run(f"import inventory {path} --site JHR-1 --model NVL72 --chip GPU --batch OLD --yes")
    return desk


@pytest.fixture
def desk(running: DeskStory, tmp_path: Path) -> DeskStory:
    return running.copy(tmp_path)


# ---- how large


def sizes(desk: DeskStory, words: str) -> dict[str, Any]:
    (row,) = desk.rows(f"inspection size {words}")
    return row


def test_how_many_to_draw(running: DeskStory) -> None:
    row = sizes(running, "--population 36000 --missing 72 --confidence 99 --all-found 59")
    assert row == {
        "population": 36_000,
        "missing": 72,
        "confidence": "99 %",
        "draw": 2_229,
        "may be missing": 2_700,
    }
    # 40 serial numbers, and two racks without any
    assert sizes(running, "--site jhr-1 --missing 1")["population"] == 42
    assert "by chance alone" in running.run("inspection size --population 500").stdout


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("", "USAGE"),
        ("--population 5 --site JHR-1", "USAGE"),
        ("--population 5 --all-found 6", "USAGE"),
        ("--population 5 --missing 6", "SAMPLE-MISSING"),
        ("--population 5 --missing some", "SAMPLE-SHARE"),
        ("--population 5 --confidence 100", "SAMPLE-CONFIDENCE"),
    ],
)
def test_a_size_needs_figures(running: DeskStory, words: str, code: str) -> None:
    running.refused(f"inspection size {words}", code=code)


# ---- committed to outside


def taken(desk: DeskStory, *more: str) -> tuple[Path, Path, Path]:
    """Decide on a sample; return the files of commitment, design and plan to be."""
    folder = desk.folder.parent
    files = (folder / "S-1.commitment", folder / "S-1.design.json", folder / "S-1.plan.json")
    desk.run(
        f"inspection sample S-1 --site jhr-1 --commit {files[0]} --design {files[1]}"
        " --missing 10% --confidence 95",
        *more,
    )
    return files


def token(commitment: Path, moment: datetime) -> bytes:
    """Return what a time-stamp authority would answer, but for its signature."""
    text = moment.strftime("%Y%m%d%H%M%SZ").encode()
    imprint = der(
        0x30, der(0x30, b"\x06\x01\x00") + der(4, sha256(commitment.read_bytes()).digest())
    )
    info = imprint + der(2, b"\x01") + der(0x18, text)
    signed_data = bytes.fromhex("06092a864886f70d010702")
    return response(der(0x30, signed_data + der(0xA0, der(4, info))))


def stamped(desk: DeskStory, commitment: Path, moment: datetime) -> Path:
    path = desk.folder.parent / "time.tsr"
    path.write_bytes(token(commitment, moment))
    return path


def newest_time(desk: DeskStory) -> datetime:
    entry = json.loads(desk.run(f"show {desk.size - 1} --json").stdout)["stored"]
    return datetime.fromisoformat(entry["recorded_at"]).astimezone(UTC)


def test_a_sample_is_decided_on_committed_to_and_shown_to_be_older_than_the_root(
    desk: DeskStory,
) -> None:
    before = desk.size
    commitment, design, plan = taken(desk, "--racks", "spread")
    assert desk.size == before
    assert "JHR" not in commitment.read_text()
    for path in (commitment, design):
        assert path.stat().st_mode & 0o777 == 0o600
    desk.run(f"inspection commit S-1 --design {design} --plan {plan} --as inspector --yes")
    kept = json.loads(plan.read_text())
    assert kept["seed"] == sha256(design.read_bytes()).hexdigest()
    assert kept["count"] == 18
    drawn = desk.run(f"inspection draw --plan {plan} --design {design}").stdout
    assert "as decided: 10% missing, 95 % sure, of 42 there: 18" in drawn
    assert "no time stamp is given" in drawn
    root_known = newest_time(desk)
    early = stamped(desk, commitment, root_known - timedelta(days=9))
    line = f"inspection draw --plan {plan} --design {design} --time-stamp {early}"
    assert "before the root was known, if the ledger operator's clock was right" in (
        desk.run(line).stdout
    )
    stamped(desk, commitment, root_known + timedelta(days=9))
    assert "NOT SHOWN" in desk.run(line).stdout
    assert "NOT SHOWN" in desk.run(line, "--json").stderr
    # each of the four racks with serial numbers gives as many, give or take one
    racks = [row["rack"] for row in desk.rows(f"inspection draw --plan {plan} --design {design}")]
    taken_of = sorted(racks.count(rack) for rack in set(racks))
    assert taken_of == [1, 1, 4, 4, 4, 4]


def test_once_revealed_anybody_draws_the_same_with_the_design_in_the_ledger(
    desk: DeskStory,
) -> None:
    _, design, plan = taken(desk, "--racks", "whole")
    desk.run(f"inspection commit S-1 --design {design} --plan {plan} --as inspector --yes")
    drawn = desk.rows(f"inspection draw --plan {plan} --design {design}")
    assert {tuple(row) for row in drawn} == {("rack", "drawn")}
    inside = [f"SN-{n:03}" for n in range(40) if f"R9{n % 4:02}" in {row["rack"] for row in drawn}]
    inside += [row["rack"] for row in drawn if not row["rack"].startswith("R9")]
    results = desk.file("results.csv", "serial,found,condition\n" + "".join(
        f"{one},{'no' if one == inside[0] else 'yes'},\n" for one in inside))  # fmt: skip
    line = f"{PERFORM.format(plan=plan)} --results {results} --design {design}"
    output = desk.run(line).output
    assert "not drawn" not in output
    assert "not in the list" not in output
    data = desk.newest().data
    assert (data.counted, data.found) == (len(inside), len(inside) - 1)
    assert data.exceptions == (f"{inside[0]} not found",)
    rows = desk.rows("query as-found", "differing=yes")
    assert inside[0] in {row["serial"] for row in rows}
    evidence = desk.folder.parent / "all.jsonl"
    desk.run(f"export {evidence}")
    plan.unlink()
    design.unlink()
    assert desk.rows("inspection draw --inspection I-1") == drawn
    again = desk.run(f"inspection draw --inspection I-1 --from {evidence} --json")
    assert json.loads(again.stdout)["rows"] == drawn
    selection = desk.folder.parent / "some.jsonl"
    desk.run(f"export {selection} --rack R900")
    desk.refused(
        f"inspection draw --inspection I-1 --from {selection}",
        code="PROOF-ABSENT",
        exit_code=3,
    )


def test_a_design_of_something_else_is_told(desk: DeskStory) -> None:
    commitment, design, plan = taken(desk)
    other = desk.folder.parent / "other.json"
    made = desk.run(f"inspection sample S-2 --site PLANT --commit {commitment}2 --design {other}")
    assert "registered here yet" not in made.stderr
    made = desk.run(f"inspection sample S-3 --site YARD --commit {commitment}3 --design {other}3")
    assert made.stderr == "no site YARD is registered here yet\n"
    mine = "--as inspector --yes"
    desk.refused(f"inspection commit S-1 --design {other} {mine}", code="PLAN-DESIGN")
    desk.refused(f"inspection commit S-1 --design {design} --count 3 {mine}", code="USAGE")
    desk.refused(f"inspection commit S-1 --count 3 {mine}", code="USAGE")
    desk.run(f"inspection commit S-1 --design {design} --plan {plan} {mine}")
    desk.refused(f"inspection draw --plan {plan} --design {other}", code="PLAN-DESIGN")
    desk.refused(f"inspection commit S-2 --design {other} --plan {plan} {mine}", code="PLAN-EXISTS")
    stamp = stamped(desk, commitment, datetime(2026, 1, 1, tzinfo=UTC))
    desk.refused(f"inspection draw --plan {plan} --time-stamp {stamp}", code="USAGE")
    wrong = stamped(desk, other, datetime(2026, 1, 1, tzinfo=UTC))
    desk.refused(
        f"inspection draw --plan {plan} --design {design} --time-stamp {wrong}", code="TIME-STAMP"
    )
    said = desk.run(
        PERFORM.format(plan=plan), "--counted", "1", "--found", "1", "--design", str(other),
        "--dry-run",
    ).output  # fmt: skip
    assert "the design is not that of the plan" in said
    desk.refused(
        f"inspection sample S-1 --site JHR-1 --commit {commitment} --design {design}",
        code="FILE-EXISTS",
    )


def test_a_plan_that_is_not_as_decided_is_told(desk: DeskStory) -> None:
    _, design, plan = taken(desk)
    desk.run(f"inspection commit S-1 --design {design} --plan {plan} --as inspector --yes")
    forged = json.loads(plan.read_text()) | {"count": 3}
    plan.write_text(json.dumps(forged, separators=(",", ":"), sort_keys=True))
    said = desk.run(f"inspection draw --plan {plan} --design {design}").stdout
    assert "NOT AS DECIDED: 10% missing, 95 % sure, of 42 there, asks for 18" in said
    forged |= {"site": "PLANT", "count": 1}
    plan.write_text(json.dumps(forged, separators=(",", ":"), sort_keys=True))
    desk.refused(f"inspection draw --plan {plan} --design {design}", code="SAMPLE-SIZE")


def test_a_time_stamp_inside_the_entries_needs_nobodys_clock(desk: DeskStory) -> None:
    commitment, design, plan = taken(desk)
    note = desk.folder.parent / "old.note"
    desk.run(f"ledger checkpoint --out {note}")
    text = note.read_text().split("\n\n")[0] + "\n"
    seen = desk.folder.parent / "seen.txt"
    seen.write_text(text)
    anchored = desk.folder.parent / "anchor.tsr"
    moment = newest_time(desk)
    anchored.write_bytes(token(seen, moment))
    desk.run(f"ledger anchor {note} --token {anchored} --yes")
    desk.run(f"inspection commit S-1 --design {design} --plan {plan} --as inspector --yes")
    stamp = stamped(desk, commitment, moment - timedelta(days=1))
    line = f"inspection draw --plan {plan} --design {design} --time-stamp {stamp}"
    assert "before the root was known, by time stamps alone" in desk.run(line).stdout
    stamped(desk, commitment, moment + timedelta(seconds=1))
    assert "by time stamps alone" not in desk.run(line).stdout


def test_a_real_time_stamp_authority_is_read(tmp_path: Path) -> None:
    """What `openssl ts` answers has its time where we look for it."""
    made = answer_of_an_authority(tmp_path, b"chipledger.sample-commitment/1\nx\ny\n")
    assert made is not None
    stated = stated_time(made, b"chipledger.sample-commitment/1\nx\ny\n")
    assert stated is not None
    assert abs(datetime.now(UTC) - stated) < timedelta(hours=1)
    assert stated_time(made, b"something else") is None


def answer_of_an_authority(folder: Path, data: bytes) -> bytes:
    """Play a time-stamp authority of one key; return its response."""
    (folder / "data").write_bytes(data)
    (folder / "tsa.cnf").write_text(
        "[req]\ndistinguished_name=dn\n[dn]\n[ext]\nextendedKeyUsage=critical,timeStamping\n"
        "[tsa]\ndefault_tsa=one\n[one]\nserial=serial\ndefault_policy=1.2.3.4\n"
        "digests=sha256\nsigner_digest=sha256\n"
    )
    (folder / "serial").write_text("01\n")
    for line in (
        (
            "req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -subj /CN=tsa"
            " -config tsa.cnf -extensions ext"
        ),
        "ts -query -data data -sha256 -out query.tsq",
        (
            "ts -reply -queryfile query.tsq -signer cert.pem -inkey key.pem -config tsa.cnf"
            " -out answer.tsr"
        ),
    ):
        command = ["openssl", *line.split()]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return (folder / "answer.tsr").read_bytes()


@pytest.mark.parametrize(
    "after",
    [b"", b"\x04\x01\x01", b"\x02\x01\x01", b"\x02\x01\x01\x04\x01\x01",
     b"\x02\x01\x01\x18\x0f2026x213000000Z"],
)  # fmt: skip
def test_a_token_without_a_time_states_none(after: bytes) -> None:
    assert stated_time(sha256(b"data").digest() + after, b"data") is None


# ---- results in bulk


def test_results_are_compared_with_the_draw(
    desk: DeskStory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("commands.inspection.EXCEPTIONS_MAX", 10)
    _, design, plan = taken(desk)
    desk.run(f"inspection commit S-1 --design {design} --plan {plan} --as inspector --yes")
    drawn = [row["drawn"] for row in desk.rows(f"inspection draw --plan {plan}")]
    rows = [*drawn[:-1], "SN-X"]
    results = desk.file("results.csv", "serial,found,condition\n" + "".join(
        f"{one},yes,label torn\n" for one in rows))  # fmt: skip
    output = desk.run(f"{PERFORM.format(plan=plan)} --results {results} --dry-run").output
    assert f"1 units are drawn, and not in the list: {drawn[-1].lower()}" in output
    assert "1 units are in the list, and not drawn: sn-x" in output
    desk.run(f"{PERFORM.format(plan=plan)} --results {results}")
    exceptions = desk.newest().data.exceptions
    assert len(exceptions) == 11
    assert "8 more are in the list" in exceptions
    assert f"{rows[0]}: label torn" in exceptions


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("serial,found,condition\nA,perhaps,\n", "line 2 is not well-formed"),
        ("serial,found,condition\n", "it names no unit"),
        ("A,yes\n", "the head is not"),
    ],
)
def test_a_list_of_which_a_line_would_be_left_out_is_refused(
    running: DeskStory, content: str, words: str
) -> None:
    path = running.file("bad.csv", content)
    line = "inspection perform I-2 --site JHR-1 --method x --strength 1 --as inspector --yes"
    assert words in running.refused(f"{line} --results {path}", code="RESULTS-FORM")
    running.refused(f"{line} --results {path} --counted 1", code="USAGE")
    running.refused(f"{line} --counted 1", code="USAGE")
