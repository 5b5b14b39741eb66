"""The demonstration: the case recorded, audited, broken and asked, the same every time."""

import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from commands.demo.answers import answers
from commands.demo.command import tampered_report
from commands.demo.stage import ORIGIN, ZONE
from commands.demo.story import AS_OF
from commands.main import main
from ledger.application import Ledger
from ledger.entry import read_event
from projections.books import postings
from projections.questions import sqlite_reader

EXPECTED = {
    "How many GPUs were commissioned?": "36,004; every book sums to zero",
    "Who holds them, where, in which state?": (
        "36,000 operational in MY at aolani; 4 quarantined in US at nvidia; 0 in transit"
    ),
    "Who owns them?": "aolani 36,000; nvidia 4",
    "Who uses them?": "bytedance 34,560; unallocated 1,440",
    "Who stands behind the recipient?": "unknown: registered parent in KY, owners not evidenced",
    "The H100 lease of 2025?": "as reported, quantity unknown, signed by nobody named in it",
    "Before the first export?": "36,000 stock in US at aivres; 0 in transit",
    "After the first dispatch?": "1,440 in transit with SHP-01",
    "In transit of SHP-13, as known before its receipt was corrected?": (
        "72 in transit with SHP-13"
    ),
}


def chipledger(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    folder = tmp_path_factory.mktemp("demo") / "ledger"
    return folder, chipledger("demo", str(folder))


@pytest.fixture(scope="module")
def told(played: tuple[Path, Result]) -> Iterator[dict[str, str]]:
    connection = sqlite3.connect(played[0] / "view.db")
    yield dict(answers(sqlite_reader(connection), ZONE))
    connection.close()


def test_the_demonstration_ends_well_and_says_first_what_it_is(
    played: tuple[Path, Result],
) -> None:
    _, result = played
    assert result.exit_code == 0, result.output
    assert result.output.startswith("DEMONSTRATION: invented events, no company signed this\n")
    assert "PASS (full): integrity only" in result.output
    assert "FAIL at step 3" in result.output


@pytest.mark.parametrize("question", EXPECTED)
def test_the_answers_of_the_case_come_out_by_query(told: dict[str, str], question: str) -> None:
    assert told[question] == EXPECTED[question]


def test_use_by_parent_country_is_a_due_diligence_line(told: dict[str, str]) -> None:
    answer = told["Use by the lessee's parent country?"]
    assert answer.startswith("CN 34,560 by bytedance (a due-diligence line, no violation;")


def test_plans_stand_beside_the_figures_and_are_never_added(told: dict[str, str]) -> None:
    indonesia, malaysia = re.split(r"; (?=MY)", told["Plans against what is recorded?"])
    assert indonesia == (
        "ID, no site: more than 7,000 considered, as reported; "
        "0 recorded and linked, not added; 0 held"
    )
    assert "about 36,000 planned, as reported; 36,000 recorded and linked, not added" in malaysia


def test_one_gpu_of_the_mixed_rack_has_every_link_with_signer_and_paper(
    told: dict[str, str],
) -> None:
    chain = told["The chain of one GPU of the mixed rack R0056?"].strip().split("\n")
    links = [re.findall(r" (\w+) at (\S+) \(signed by ([^;)]+)", line)[0] for line in chain]
    assert links == [
        ("BatchCommissioned", "NV-WH", "nvidia"),
        ("ShipmentDispatched", "SHP-N1", "nvidia, straits-carrier"),
        ("ShipmentReceived", "AIV-PLANT", "aivres"),
        ("RackAssembled", "AIV-PLANT", "aivres"),
        ("ShipmentDispatched", "SHP-03", "aivres, straits-carrier"),
        ("ShipmentReceived", "JHR-1", "aolani"),
        ("RackPlaced", "JHR-1", "aolani"),
        ("RackPlaced", "JHR-1", "aolani"),
        ("LeaseStarted", "JHR-1", "aolani, bytedance"),
    ]
    assert "Build of R0056" in chain[3]
    assert "awb AWB-003" in chain[4]


def test_each_event_sums_to_zero_in_every_book(played: tuple[Path, Result]) -> None:
    with Ledger.open(str(played[0] / "ledger.db")) as ledger:
        counted = 0
        for event in ledger.read():
            rows = postings(event)
            counted += bool(rows)
            for book in ("possession", "title", "use"):
                assert sum(row.quantity for row in rows if row.book == book) == 0, event.index
    assert counted > 600


def test_it_is_the_same_ledger_today_and_next_year(
    played: tuple[Path, Result], tmp_path: Path
) -> None:
    again = tmp_path / "again"
    assert chipledger("demo", str(again)).exit_code == 0
    with (
        Ledger.open(str(played[0] / "ledger.db")) as first,
        Ledger.open(str(again / "ledger.db")) as second,
    ):
        assert first.checkpoint() == second.checkpoint()


def test_nothing_is_recorded_before_it_happened(played: tuple[Path, Result]) -> None:
    with Ledger.open(str(played[0] / "ledger.db")) as ledger:
        for event in ledger.read():
            occurred = event.statement.occurred.removeprefix("../")
            recorded = event.entry.recorded_at
            assert occurred <= recorded[: len(occurred)], event.index


FOUND = [
    ("high", "OWNERSHIP-UNKNOWN", "party:aolani-holding", "open"),
    ("medium", "SCREENING-STALE", "party:aivres", "open"),
    ("medium", "SCREENING-STALE", "party:aolani", "open"),
    ("medium", "SCREENING-STALE", "party:bytedance", "open"),
    ("info", "LESSEE-D5-PARENT", "lease:BD-2026", "open"),
]
"""Everything that rules find in the case: nothing critical, and the one high finding that stays.

That the lessee's parent is in a listed country is a line of due diligence, and no more.
"""


def test_nothing_critical_is_found_and_one_high_finding_stays(played: tuple[Path, Result]) -> None:
    asked = chipledger("-C", str(played[0]), "findings", "--as-of", AS_OF, "--json")
    rows = json.loads(asked.stdout)["rows"]
    assert [(row["severity"], row["code"], row["subject"], row["status"]) for row in rows] == FOUND


def test_the_findings_are_told_with_what_may_explain_them(played: tuple[Path, Result]) -> None:
    told = played[1].output.split("What does not fit together")[1].split("What rule packs say")[0]
    assert told.startswith(" or is missing, by rule: 1 high, 3 medium, 1 info; none is critical\n")
    subjects = re.findall("(?m)^    ((?:party|lease):[^,]*),", told)
    assert subjects == [subject for _, _, subject, _ in FOUND]
    explained = "    may be explained by: owners that another party evidences; "
    assert explained in told


def test_a_determination_is_told_step_by_step(played: tuple[Path, Result]) -> None:
    told = played[1].output.split("What rule packs say of shipment SHP-13")[1]
    steps = re.findall(r"^ +\d+\. (\S+): .*\n +(\S+), ([^:]+): (.+)$", told, re.MULTILINE)
    assert [(about, rule) for about, rule, _, _ in steps] == [
        ("GB200-GPU", "3A090.a"),
        ("GB200-NVL72", "4A090"),
        ("aolani", "EAR-AFFILIATES.50"),
        ("straits-carrier", "EAR-AFFILIATES.50"),
        ("SHP-13", "EAR-DIFFUSION.worldwide"),
        ("aolani", "EAR-HQ.recipient"),
        ("SHP-13", "US-CSA.location"),
    ]
    assert steps[5][3].endswith("is unknown: registered parent in KY, owners not evidenced")
    assert "Do not apply: 3A090.b, EAR-ACS-2023.destination, " in told


def test_a_changed_byte_of_an_entry_fails(played: tuple[Path, Result]) -> None:
    folder = played[0]
    with Ledger.open(str(folder / "ledger.db")) as ledger:
        fingerprint = ledger.fingerprint
    report = tampered_report(folder / "ledger.db", folder / "copy.db", fingerprint)
    assert report.verdict == "FAIL"
    assert not (folder / "copy.db").exists()


def test_it_replaces_only_an_earlier_demonstration(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("do not delete\n")
    result = chipledger("demo", str(mine), "--again")
    assert (result.exit_code, "DEMO-FOLDER" in result.stderr) == (2, True)
    assert (mine / "thesis.txt").exists()


def test_it_does_not_overwrite_itself_unasked(played: tuple[Path, Result]) -> None:
    result = chipledger("demo", str(played[0]))
    assert (result.exit_code, "DEMO-EXISTS" in result.stderr) == (2, True)


def test_its_origin_can_belong_to_nobody() -> None:
    assert ORIGIN.endswith(".invalid")


def test_every_entry_reads_back(played: tuple[Path, Result]) -> None:
    with Ledger.open(str(played[0] / "ledger.db")) as ledger:
        events = [read_event(i, ledger.entry_bytes(i)) for i in range(ledger.size)]
    assert [event.index for event in events] == list(range(len(events)))
