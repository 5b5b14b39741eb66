"""Three ledgers seen as one: each verified, units followed, and what has no other side told."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from commands.main import main
from commands.settings import read_config

FAB, HALL, ANNEX = "fab", "hall", "annex"


def typed(*arguments: str, exit_code: int = 0) -> Result:
    result = CliRunner().invoke(main, arguments, prog_name="chipledger")
    assert result.exit_code == exit_code, f"{arguments}\n{result.output}{result.exception!r}"
    return result


def entry_of(shown: Path) -> tuple[int, str]:
    """Return the position and the leaf hash of an entry that a file shows."""
    read = json.loads(shown.read_text())
    return read["entry"], read["leaf"]


class Three:
    """Three ledgers' folders, and what they published."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def at(self, name: str, line: str) -> Result:
        return typed("-C", str(self.folder / name), *line.split())

    def make(self, name: str) -> None:
        typed(
            *("init", str(self.folder / name), "--origin", f"{name}.invalid", "--party", name),
            *("--name", f"{name} Ltd", "--demonstration", "--no-passphrase", "--yes"),
        )
        for role in ("maker", "operator"):
            self.at(name, f"party role {name} {role} --on 2026-11-01 --yes")

    def send(self, name: str, shipment: str, to: str, quantity: int, more: str = "") -> Path:
        """Dispatch loose units to another ledger; return the file that shows the entry."""
        line = f"shipment dispatch {shipment} --batch B-01 --quantity {quantity} --to {to}"
        done = self.at(name, f"{line} --to-ledger {to}.invalid --yes --json {more}")
        last = json.loads(done.stdout)["entries"][0]["entry"]
        path = self.folder / f"{shipment}.json"
        path.write_text(self.at(name, f"show {last} --json").stdout)
        return path

    def open(self, name: str, stock: str, more: str) -> None:
        self.at(name, f"stock open --id {stock} --site {name.upper()} --yes {more}")

    def published(self, *names: str) -> list[str]:
        """Publish ledgers, and return each with its fingerprint."""
        told = []
        for name in names:
            self.at(name, f"publish {self.folder / name}-log")
            fingerprint = read_config(self.folder / name).fingerprint
            told.append(f"{self.folder / name}-log={fingerprint}")
        return told


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Three:
    made = Three(tmp_path_factory.mktemp("three"))
    for name in (FAB, HALL, ANNEX):
        made.make(name)
    made.at(
        FAB, "batch commission B-01 --model B200 --quantity 500 --site FAB --on 2026-11-02 --yes"
    )
    first = made.send(FAB, "SHP-1", HALL, 100, "--on 2026-11-03")
    made.open(HALL, "STK-1", f"--from-file {first} --on 2026-11-05")
    # the dispatch that the opening names was corrected later
    made.send(FAB, "SHP-1", HALL, 100, f"--on 2026-11-04 --corrects {entry_of(first)[0]}")
    onward = made.send(HALL, "SHP-H", ANNEX, 40, "--on 2026-11-07")
    made.open(ANNEX, "STK-A", f"--from-file {onward} --on 2026-11-09")
    entry, leaf = entry_of(made.send(FAB, "SHP-2", HALL, 50, "--on 2026-11-10"))
    line, day = "--batch B-01 --chip B200 --quantity", "--on 2026-11-14"
    made.open(HALL, "STK-2", f"{line} 48 --from-entry fab.invalid/{entry}/{leaf} {day}")
    made.open(HALL, "STK-2B", f"{line} 1 --from-entry fab.invalid/{entry}/{leaf} {day}")
    made.send(FAB, "SHP-3", HALL, 7, day)
    made.send(FAB, "SHP-4", "nowhere", 3, day)
    made.send(FAB, "SHP-5", ANNEX, 5, f"{day} --ref bol:BOL-5")
    made.open(ANNEX, "STK-5", f"{line} 5 --ref bol:bol-5 {day}")
    for stock, named in (
        ("STK-V", f"fab.invalid/{entry}/{leaf}"),
        ("STK-X", f"fab.invalid/{entry}/{'0' * 64}"),
        ("STK-Y", f"other.invalid/1/{leaf}"),
    ):
        made.open(ANNEX, stock, f"{line} 2 --from-entry {named} {day}")
    # racks, with no entry and no number named: one goes under its name, one under other words
    made.at(FAB, f"party role {FAB} integrator --yes {day}")
    for rack in ("R-1", "R-2"):
        made.at(FAB, f"rack assemble {rack} --model NVL72 --site FAB --units B-01=8 --yes {day}")
        line = f"shipment dispatch SHP-{rack} --racks {rack} --to {ANNEX}"
        made.at(FAB, f"{line} --to-ledger annex.invalid --yes {day}")
    made.open(
        ANNEX, "STK-R", f"--racks r-1 --model NVL72 --chip B200 --batch B-01 --per-rack 8 {day}"
    )
    return made


@pytest.fixture(scope="module")
def federation(three: Three) -> Path:
    out = three.folder / "federation"
    printed = typed("federate", str(out), *three.published(FAB, HALL, ANNEX), "--workers", "1")
    assert printed.stderr.count("PASS, scope full") == 3
    assert "4 in pairs, 8 to be explained" in printed.stdout
    assert sorted(one.name for one in out.iterdir()) == ["1.db", "2.db", "3.db", "federation.json"]
    return out


def rows(*arguments: str) -> list[dict[str, Any]]:
    printed = typed("federation", *arguments, "--json").stdout
    found: list[dict[str, Any]] = json.loads(printed)["rows"]
    return found


def test_pairs_and_singles_are_told_with_their_entries(federation: Path) -> None:
    pairs, singles = {}, {}
    for one in rows("pairs", str(federation)):
        place = (one["from_ledger"], one["dispatch"], one["to_ledger"], one["opening"])
        if one["state"] == "paired":
            pairs[one["shipment"], one["stock"]] = (*place, one["tied_by"])
        else:
            singles[one["shipment"], one["stock"]] = (one["state"], one["told"])
    assert pairs == {
        ("SHP-1", "STK-1"): ("fab.invalid", 5, "hall.invalid", 3, "entry"),
        ("SHP-H", "STK-A"): ("hall.invalid", 4, "annex.invalid", 3, "entry"),
        ("SHP-5", "STK-5"): ("fab.invalid", 9, "annex.invalid", 4, "reference"),
        ("SHP-R-1", "STK-R"): ("fab.invalid", 12, "annex.invalid", 8, "racks"),
    }
    assert singles == {
        ("SHP-2", "STK-2"): ("counts differ", "B200: 50 left, 48 opened"),
        ("SHP-3", None): ("not opened", "hall.invalid has no opening that names it"),
        ("SHP-4", None): ("ledger not here", "left for nowhere.invalid"),
        ("SHP-R-2", None): ("not opened", "annex.invalid has no opening that names it"),
        (None, "STK-2B"): (
            "not dispatched",
            "entry 6 of fab.invalid was opened before by another entry here",
        ),
        (None, "STK-V"): ("not dispatched", "entry 6 of fab.invalid left for hall.invalid"),
        (None, "STK-X"): (
            "not dispatched",
            "entry 6 of fab.invalid has another leaf hash than the one named",
        ),
        (None, "STK-Y"): ("ledger not here", "from entry 1 of other.invalid"),
    }
    assert all(one["state"] != "paired" for one in rows("pairs", str(federation), "--singles"))


def test_where_counts_each_unit_in_one_ledger_or_between_two(federation: Path) -> None:
    def places(*more: str) -> dict[tuple[str, str, str], int]:
        return {
            (one["ledger"], one["holder"], one["state"]): one["quantity"]
            for one in rows("where", str(federation), *more)
        }

    assert places() == {
        ("fab.invalid", "fab", "stock"): 319,
        ("hall.invalid", "hall", "stock"): 109,
        ("annex.invalid", "annex", "stock"): 59,
        ("fab.invalid", "@transferred", "left under SHP-2 for hall.invalid"): 2,
        ("fab.invalid", "@transferred", "left under SHP-3 for hall.invalid"): 7,
        ("fab.invalid", "@transferred", "left under SHP-4 for nowhere.invalid"): 3,
        ("fab.invalid", "@transferred", "left under SHP-R-2 for annex.invalid"): 8,
    }
    assert places("--as-of", "2026-11-04") == {
        ("fab.invalid", "fab", "stock"): 400,
        ("fab.invalid", "@transferred", "left under SHP-1 for hall.invalid"): 100,
    }
    assert places("--as-of", "2026-11-03") == {("fab.invalid", "fab", "stock"): 500}
    assert places("--party", "annex") == {("annex.invalid", "annex", "stock"): 59}
    assert places("--country", "Malaysia") == {}


def test_a_path_goes_on_in_the_ledger_where_the_units_went(federation: Path) -> None:
    told = [
        (one["ledger"].partition(".")[0], one["link"])
        for one in rows("path", str(federation), "--batch", "B-01", "--as-of", "2026-11-09")
        if one["book"] == "possession"
    ]
    assert told == [
        ("fab", "BatchCommissioned"),
        ("fab", "ShipmentDispatched"),
        ("hall", "StockOpened"),
        ("hall", "ShipmentDispatched"),
        ("annex", "StockOpened"),
    ]
    of_rack = rows("path", str(federation), "--rack", "R-1")
    ledgers = [one["ledger"] for one in of_rack if one["book"] == "possession"]
    assert ledgers[-2:] == ["fab.invalid", "annex.invalid"]
    assert ledgers.count("annex.invalid") == 1
    typed("federation", "path", str(federation), exit_code=2)


def test_any_question_is_asked_of_each_ledger(federation: Path) -> None:
    found = rows("query", str(federation), "title", "batch=B-01")
    assert {one["ledger"] for one in found} == {"fab.invalid", "hall.invalid", "annex.invalid"}
    printed = typed("federation", "query", str(federation), "title", "--csv").stdout
    assert printed.startswith("ledger,")


def refused(code: str, *arguments: str, exit_code: int = 2) -> str:
    result = typed(*arguments, exit_code=exit_code)
    assert f"code: {code}" in result.stderr, result.stderr
    return result.stderr


def test_a_ledger_that_does_not_verify_is_refused_and_nothing_is_written(
    three: Three, federation: Path, tmp_path: Path
) -> None:
    fab, hall, _ = three.published(FAB, HALL, ANNEX)
    forged = tmp_path / "forged"
    shutil.copytree(fab.rpartition("=")[0], forged)
    (bundle,) = (forged / "tile" / "entries").rglob("*.p/*")
    bundle.write_bytes(
        bundle.read_bytes().replace(b'"recorded_at":"2026', b'"recorded_at":"2025', 1)
    )
    out = tmp_path / "out"
    result = typed("federate", str(out), hall, f"{forged}={fab.rpartition('=')[2]}", exit_code=1)
    assert "ROOT-DIFFERS" in result.stderr
    # another ledger's fingerprint
    swapped = f"{fab.rpartition('=')[0]}={hall.rpartition('=')[2]}"
    typed("federate", str(out), hall, swapped, exit_code=1)
    # a ledger that is not there
    typed("federate", str(out), hall, f"{tmp_path}={hall.rpartition('=')[2]}", exit_code=3)
    assert list(tmp_path.iterdir()) == [forged]
    again = refused("FEDERATION-EXISTS", "federate", str(federation), fab, hall)
    assert "read them into a new folder" in again


def test_what_names_no_whole_ledger_is_refused(three: Three, tmp_path: Path) -> None:
    fab, hall, _ = three.published(FAB, HALL, ANNEX)
    out = str(tmp_path / "out")
    refused("FEDERATION-LEDGER", "federate", out, fab.rpartition("=")[0], hall)
    refused("FINGERPRINT-LENGTH", "federate", out, "log=abc", hall)
    refused("FEDERATION-TWICE", "federate", out, fab, fab)
    refused("USAGE", "federate", out, fab)
    live = f"{three.folder / FAB / 'ledger.db'}={fab.rpartition('=')[2]}"
    refused("FEDERATION-LEDGER", "federate", out, live, hall)
    refused("FEDERATION-MISSING", "federation", "pairs", out, exit_code=3)
    (tmp_path / "federation.json").write_text("{}")
    refused("FEDERATION-FORM", "federation", "pairs", str(tmp_path))
    assert not Path(out).exists()
