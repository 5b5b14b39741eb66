"""Where everything is, and every other question, as of two clocks."""

import json
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from commands.main import main
from projections.questions import questions
from tests.desk_story import DeskStory, build, deliver, furnish, open_desk


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> DeskStory:
    return open_desk(tmp_path_factory.mktemp("where") / "ledger", furnish, build, deliver)


def held(desk: DeskStory, *options: str) -> dict[str, int]:
    rows = desk.rows("where", *options)
    return {f"{row['holder']} {row['state']}": row["quantity"] for row in rows}


def test_where_shows_all_or_a_part(desk: DeskStory) -> None:
    assert held(desk) == {"aivres stock": 56, "aolani operational": 144}
    assert held(desk, "--batch", "b-02") == {"aivres stock": 56, "aolani operational": 44}
    assert held(desk, "--rack", "R0001") == {"aolani operational": 72}
    assert held(desk, "--party", "AIVRES") == {"aivres stock": 56}
    assert held(desk, "--site", "jhr-1") == {"aolani operational": 144}
    assert held(desk, "--country", "malaysia") == {"aolani operational": 144}
    assert held(desk, "--shipment", "SHP-01") == {}


def test_a_day_is_one_that_the_events_name(desk: DeskStory) -> None:
    rows = desk.rows("query transfers since=2026-02-09")
    assert [row["change"] for row in rows] == ["sold"]


def test_where_looks_back_on_both_clocks(desk: DeskStory) -> None:
    assert held(desk, "--as-of", "2026-02-05", "--shipment", "SHP-01") == {"swift in_transit": 144}
    assert held(desk, "--as-of", "2026-02") == held(desk)
    assert held(desk, "--as-of", "2026-01-04") == {}
    dispatch = next(n for n in range(desk.size) if "SHP-01" in desk.run(f"show {n}").output)
    assert held(desk, "--known-at", str(dispatch - 1), "--rack", "R0001") == {"aivres stock": 72}


def test_a_table_tells_its_clocks_total_and_limits(desk: DeskStory) -> None:
    output = desk.run("where --as-of 2026-02-28").output
    assert output.startswith("DEMONSTRATION: invented events, no company signed this\n")
    assert "at the end of 2026-02-28 (Asia/Kuala_Lumpur), known at entry" in output
    assert "total 200 GPUs in 2 rows" in output
    assert "A signature shows who says so, not that it is so." in output
    assert "total 144 GPUs in 1 row\n" in desk.run("where --site JHR-1").output
    assert "(none)" in desk.run("where --rack R0009").output
    assert "did you mean JHR-1?" in desk.run("where --site JHR-2").output


def test_programs_get_json_lines_or_separated_values(desk: DeskStory) -> None:
    answer = json.loads(desk.run("where --json").stdout)
    assert (answer["schema"], answer["demonstration"]) == ("chipledger.where/1", True)
    lines = desk.run("where --nl").stdout.splitlines()
    assert [json.loads(line)["quantity"] for line in lines] == [56, 144]
    assert desk.run("where --csv").stdout.startswith("holder,site,country,state,model,quantity,")
    assert desk.run("where --tsv").stdout.startswith("holder\tsite\t")
    assert "| holder" in desk.run("where --fmt github").stdout


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("where --as-of yesterday", "OCCURRED-FORM"),
        ("where --as-of 2026-02-30", "OCCURRED-DATE"),
        ("where --known-at 9999", "KNOWN-AT"),
        ("where --known-at -1", "USAGE"),
        ("where --country Atlantis", "COUNTRY"),
        ("where --site ../etc", "NAME"),
        ("query wehre", "QUERY-UNKNOWN"),
        ("query where rak=R0001", "QUERY-PARAMETER"),
        ("query where R0001", "QUERY-PARAMETER"),
        ("query where rack=", "QUERY-PARAMETER"),
        ("query where rack=R0001 rack=R0002", "QUERY-PARAMETER"),
        ("query shipment", "QUERY-PARAMETER"),
        ("query where country=Atlantis", "COUNTRY"),
        ("query transfers since=2026-01", "DAY-FORM"),
        ("query transfers since=2026-13-01", "OCCURRED-DATE"),
        ("query changed-since since=ten", "ENTRY-FORM"),
    ],
)
def test_a_question_that_cannot_be_asked(desk: DeskStory, line: str, code: str) -> None:
    desk.refused(line, code=code)


@pytest.mark.parametrize("name", sorted(questions()))
def test_every_question_of_the_program_can_be_asked(desk: DeskStory, name: str) -> None:
    given = {
        "ownership": "party=aolani",
        "roles-at-site": "site=JHR-1",
        "shipment": "shipment=SHP-01",
        "records": "about=SHP-01",
        "changed-since": "since=10",
        "figures-since": "since=10",
    }
    more = [given[name]] if name in given else []
    answer = json.loads(desk.run(f"query {name} --json", *more).stdout)
    assert answer["schema"] == f"chipledger.{name}/1"
    assert desk.run(f"query {name}", *more).output
    explained = desk.run(f"query {name} --explain").output
    assert questions()[name].question in explained
    assert "SELECT" in explained


def test_without_a_name_the_questions_are_listed(desk: DeskStory) -> None:
    rows = desk.rows("query")
    assert [row["name"] for row in rows] == list(questions())
    takes = {row["name"]: row["takes"] for row in rows}
    assert (takes["shipment"], takes["in-transit"]) == ("shipment", "[shipment], [holder]")


OWN = """-- title: Newest entries
-- question: What was recorded from an entry on?
-- parameters: start (entry, required, the first entry)
--             kind (text, optional, a type)
SELECT idx, type FROM event
WHERE idx >= :start AND idx <= :known_at AND valid_at < :as_of AND (:kind IS NULL OR type = :kind)
"""


def test_a_folder_may_bring_its_own_questions(desk: DeskStory, tmp_path: Path) -> None:
    (tmp_path / "newest.sql").write_text(OWN, encoding="utf-8")
    rows = desk.rows(f"query newest start={desk.size - 1} --folder {tmp_path}")
    assert rows == [{"idx": desk.size - 1, "type": "RackPlaced.v1"}]
    desk.refused(f"query newest start=x --folder {tmp_path}", code="ENTRY-FORM")
    desk.refused(f"query newest start={'9' * 20} --folder {tmp_path}", code="ENTRY-FORM")
    assert (
        "start=ENTRY  required: the first entry"
        in desk.run(f"query newest --explain --folder {tmp_path}").output
    )
    missing = f"query newest --folder {tmp_path / 'none'}"
    desk.refused(missing, code="QUERY-FOLDER", exit_code=3)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "SQL-HEADER"),
        (b"\xff", "SQL-HEADER"),
        (b"-- title: x\n-- question: y\nDELETE FROM event", "SQL-STATEMENT"),
        (b"-- title: x\n-- question: y\n" + b"-" * 70_000, "SQL-TOO-LARGE"),
    ],
)
def test_a_hostile_question_is_refused(
    desk: DeskStory, tmp_path: Path, content: bytes, code: str
) -> None:
    (tmp_path / "own.sql").write_bytes(content)
    desk.refused(f"query own --folder {tmp_path}", code=code)


def test_a_question_writes_nothing_and_opens_nothing(desk: DeskStory, tmp_path: Path) -> None:
    for sql in (
        "SELECT load_extension('x'), :as_of, :known_at",
        "SELECT nothing, :as_of, :known_at",
    ):
        text = f"-- title: x\n-- question: y\n{sql}\n"
        (tmp_path / "own.sql").write_text(text, encoding="utf-8")
        desk.refused(f"query own --folder {tmp_path}", code="QUERY-SQL")


def test_a_ledger_of_record_is_asked_as_of_today(tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("correct horse battery staple\n", encoding="utf-8")
    password.chmod(0o600)
    folder = tmp_path / "ledger"
    arguments = ["--origin", "ledger.example.com", "--party", "aolani", "--name", "Aolani"]
    options = ["--zone", "Asia/Tokyo", "--yes", "--password-file", str(password)]
    made = CliRunner().invoke(main, ["init", str(folder), *arguments, *options])
    assert made.exit_code == 0, made.output
    days = [datetime.now(ZoneInfo("Asia/Tokyo")).date().isoformat()]
    output = DeskStory(folder).run("where").output
    days.append(datetime.now(ZoneInfo("Asia/Tokyo")).date().isoformat())  # midnight may pass
    assert output.startswith("Where everything is, at the end of ")
    assert any(f"at the end of {day} (Asia/Tokyo), known at entry 0\n" in output for day in days)
    assert "(none)" in output
