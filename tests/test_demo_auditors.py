"""The case's figures, as the auditors' questions give them."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from commands.demo.stage import ZONE
from commands.demo.story import AS_OF
from commands.main import main
from ledger.occurred import interval, load_zone, utc_text
from projections.questions import ask, questions, sqlite_reader

Rows = list[dict[str, Any]]
HALL = "JHR-1"


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    folder: Path = tmp_path_factory.mktemp("auditors") / "ledger"
    assert CliRunner().invoke(main, ["demo", str(folder)]).exit_code == 0
    connection = sqlite3.connect(folder / "view.db")
    yield connection
    connection.close()


def rows(
    view: sqlite3.Connection, name: str, as_of: str = AS_OF, known_at: int = 10**6, **given: object
) -> Rows:
    bound = utc_text(interval(as_of, load_zone(ZONE)).end)
    reader = sqlite_reader(view)
    found = ask(reader, questions()[name], given, as_of=bound, known_at=known_at)
    return [dict(zip(found.columns, row, strict=True)) for row in found.rows]


def test_the_hall_got_what_was_filed_and_shipped(view: sqlite3.Connection) -> None:
    (hall,) = [row for row in rows(view, "three-way") if row["of"] == f"site {HALL}"]
    for name in ("shipped", "filed", "received"):
        assert hall[name] == 36_004
    assert (hall["left"], hall["held"], hall["difference"]) == (4, 36_000, None)
    assert (hall["looked_at"], hall["found"]) == (59, 59)
    differing = [row["of"] for row in rows(view, "three-way", differing="yes")]
    assert differing == ["shipment SHP-RMA-2", "site NV-WH"]


def test_before_its_correction_the_receipt_was_short_by_a_rack(view: sqlite3.Connection) -> None:
    (change,) = rows(view, "changed-since", since=688)
    before = change["about"]
    (row,) = rows(view, "three-way", shipment="SHP-13", known_at=before)
    assert (row["shipped"], row["received"]) == (1_440, 1_368)
    assert row["difference"] == "72 fewer received than shipped"


def test_36_000_run_in_malaysia_in_one_cluster(view: sqlite3.Connection) -> None:
    (cluster,) = rows(view, "cluster")
    assert (cluster["country"], cluster["racks"], cluster["quantity"]) == ("MY", 500, 36_000)
    assert cluster["leased"] == 34_560
    base = {row["quarter"]: row for row in rows(view, "installed-base", country="MY")}
    assert base["2026-Q3"]["operational"] == 36_000
    assert base["2026-Q3"]["tpp_total"] == 36_000 * 36_000
    assert rows(view, "installed-base", as_of="2026-05-03") == []


def test_480_racks_are_leased_and_20_are_not(view: sqlite3.Connection) -> None:
    newest = rows(view, "capacity-over-time")[-1]
    assert (newest["operational"], newest["leased"], newest["unallocated"]) == (
        36_000,
        34_560,
        1_440,
    )
    assert rows(view, "lease-overlaps") == []
    (user,) = rows(view, "users-by-parent-country")
    assert (user["parent_country"], user["quantity"], user["on_two_words"]) == (
        "CN",
        34_560,
        34_560,
    )
    assert "Due-diligence file on ByteDance" in user["papers"]


def test_every_export_rested_on_what_stood_and_every_act_was_certified(
    view: sqlite3.Connection,
) -> None:
    doubtful = rows(view, "movements", doubtful="yes")
    assert {row["moves"] for row in doubtful} == {"within a country"}
    acts = rows(view, "certified-acts", party="aolani")
    assert {(row["standing"], row["outside"]) for row in acts} == {("granted", None)}
    assert len(acts) == 27
    used = {row["authorization"]: row["used"] for row in rows(view, "authorization-usage")
            if row["model"] == "GB200-GPU"}  # fmt: skip
    assert used["NLR-MY-2026"] == 36_000


def test_the_sample_was_found_where_it_was_built(view: sqlite3.Connection) -> None:
    found = rows(view, "as-found")
    assert len(found) == 59
    assert {row["result"] for row in found} == {"as recorded"}
    looked, rest = rows(view, "assurance", site=HALL)
    assert (looked["strength"], looked["units"], looked["not_found"]) == (4, 59, 0)
    assert rest["units"] == 36_000 - 59


def test_the_failed_tray_is_as_built_after_its_repair(view: sqlite3.Connection) -> None:
    units = rows(view, "as-found", rack="R0490")
    assert len(units) == 72
    assert sum(row["serial"].startswith("1655") for row in units) == 4


def test_what_stays_unknown_is_told(view: sqlite3.Connection) -> None:
    open_ones = {(row["unknown"], row["about"]) for row in rows(view, "unknown")}
    assert ("who owns a holder", "aolani") in open_ones
    assert ("quantity of a lease", "H100-2025 to bytedance, as reported") in open_ones


def test_the_file_of_the_corrected_shipment(view: sqlite3.Connection) -> None:
    found = rows(view, "records", about="SHP-13")
    words = [row["what"].split()[0] for row in found]
    assert words == [
        "EndUseStated", "AuthorizationRecorded", "ExportFiled", "ShipmentDispatched",
        "ShipmentLegReported", "ShipmentReceived", "ShipmentReceived", "TitleTransferred",
    ]  # fmt: skip
    assert [row["counts"] for row in found if row["what"].startswith("ShipmentReceived")] == [0, 1]
