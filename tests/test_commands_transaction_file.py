"""The file of a transaction: its entries, its documents and where they are, what is missing."""

import csv
import io
import json
from pathlib import Path

import pytest

from commands.saved_files import file_name
from tests.desk_story import DeskStory, build, deliver, furnish, open_desk


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> DeskStory:
    desk = open_desk(tmp_path_factory.mktemp("file") / "ledger", furnish, build, deliver)
    paper = desk.file("invoice.pdf", b"=SUM(1) invoice of SHP-01")
    other = desk.file("note.txt", "a note")
    (entry,) = {
        row["entry"] for row in desk.rows("log --all") if "ShipmentDispatched SHP-01" in row["what"]
    }
    desk.run(
        f"attach {entry} {other} --kind note --remark late --as aivres --yes --sealed amount=5"
        f" --attach {paper}=invoice:../../etc/passwd.pdf --attach {other}=packing_list:=cmd()"
    )
    return desk


@pytest.fixture
def desk(running: DeskStory, tmp_path: Path) -> DeskStory:
    return running.copy(tmp_path)


def test_the_file_of_a_shipment_names_entries_documents_and_what_is_missing(
    running: DeskStory,
) -> None:
    found = json.loads(running.run("file shp-01 --json").stdout)
    assert found["schema"] == "chipledger.file/1"
    what = [row["what"] for row in found["entries"]]
    assert any(one.startswith("ShipmentDispatched SHP-01") for one in what)
    assert any(one.startswith("ShipmentReceived") for one in what)
    kinds = {(row["kind"], row["place"]) for row in found["documents"]}
    assert {("invoice", "here"), ("packing_list", "here"), ("annex", "here")} <= kinds
    missing = {row["paper"] for row in found["missing"]}
    assert "export filing" in missing
    assert not {"invoice", "packing list", "receipt"} & missing
    said = running.run("file SHP-01").stdout
    for title in ("The file of SHP-01", "Documents by kind", "Missing of the usual papers"):
        assert title in said


def test_by_country_by_party_and_at_both_clocks(running: DeskStory) -> None:
    by_code = json.loads(running.run("file MY --json").stdout)["entries"]
    assert json.loads(running.run("file Malaysia --json").stdout)["entries"] == by_code
    assert by_code != []
    numbered = json.loads(running.run("file itn:MY --json").stdout)["entries"]
    assert numbered == by_code
    party = json.loads(running.run("file swift --json").stdout)["entries"]
    assert all("swift" in json.dumps(row) or row["because"] != "" for row in party)
    early = json.loads(running.run("file SHP-01 --json --as-of 2026-01-01").stdout)
    assert early["entries"] == []
    known = json.loads(running.run("file swift --json --known-at 10").stdout)["entries"]
    assert all(row["entry"] <= 10 for row in known)
    running.refused("file nothing-of-this-name", code="REF-UNKNOWN", exit_code=3)
    rows = list(csv.DictReader(io.StringIO(running.run("file SHP-01 --csv").stdout)))
    assert {row["kind"] for row in rows} >= {"invoice", "note", "annex"}


def test_the_findings_about_it_are_in_the_file(
    running: DeskStory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def found(about: str) -> list[dict[str, str]]:
        rows: list[dict[str, str]] = json.loads(running.run(f"file {about} --json").stdout)[
            "findings"
        ]
        return rows

    alone = found("shp-01")
    assert ("critical", "NO-AUTH") in {(row["severity"], row["code"]) for row in alone}
    asked = running.rows("findings --subject SHP-01")
    assert {(row["code"], row["subject"]) for row in alone} == {
        (row["code"], row["subject"]) for row in asked
    }
    assert "Findings: chipledger findings" in running.run("file SHP-01").stdout
    country = found("MY")
    assert {row["code"] for row in alone} <= {row["code"] for row in country}
    monkeypatch.setattr("commands.finding_subjects.MANY", 0)
    assert found("shp-01") == alone
    assert found("MY") == country


def test_what_is_saved_has_safe_names_and_overwrites_nothing(
    desk: DeskStory, tmp_path: Path
) -> None:
    folder = tmp_path / "saved"
    desk.run(f"file SHP-01 --save {folder}")
    names = sorted(one.name for one in folder.iterdir())
    assert all(one.parent == folder for one in folder.rglob("*"))
    assert {"entries.jsonl", "index.csv"} <= set(names)
    (invoice,) = [one for one in names if "-invoice-" in one]
    assert "etc-passwd" in invoice
    assert invoice.endswith(".pdf")
    assert (folder / invoice).read_bytes().startswith(b"=SUM(1)")
    assert not [one for one in names if "-annex-" in one]
    index = list(csv.DictReader(io.StringIO((folder / "index.csv").read_text())))
    files = {row["file"] for row in index} - {""}
    assert files == set(names) - {"entries.jsonl", "index.csv"}
    assert "'=cmd()" in {row["title"] for row in index}
    lines = (folder / "entries.jsonl").read_text().splitlines()
    assert len(lines) == len({row["entry"] for row in index})
    assert all("envelope" in json.loads(one) for one in lines)
    desk.refused(f"file SHP-01 --save {folder}", code="FOLDER-NOT-EMPTY")
    desk.refused(f"file SHP-01 --save {folder}/a/b", code="FILE-UNWRITABLE", exit_code=3)
    desk.run(f"file SHP-01 --save {tmp_path / 'all'} --annexes")
    assert [one for one in (tmp_path / "all").iterdir() if "-annex-" in one.name]


def test_where_a_document_is(desk: DeskStory) -> None:
    documents = json.loads(desk.run("file SHP-01 --json").stdout)["documents"]
    digest = next(row["sha256"] for row in documents if row["kind"] == "invoice")
    evidence = desk.folder.parent / "bare.jsonl"
    desk.run(f"export {evidence} --documents none")
    held = json.loads(desk.run(f"file SHP-01 --from {evidence} --json").stdout)["documents"]
    assert {row["place"] for row in held} == {"withheld"}
    desk.run(f"document dispose {digest} --reason over --ordered-by court --as aolani --yes")
    gone = json.loads(desk.run("file SHP-01 --json").stdout)["documents"]
    (place,) = {row["place"] for row in gone if row["sha256"] == digest}
    assert place == f"disposed of by entry {desk.size - 1}"


@pytest.mark.parametrize(
    ("title", "media", "name"),
    [
        ("../../x.pdf", "application/pdf", "0000007-invoice-x-abcdefabcdef.pdf"),
        ("CON", "text/plain", "0000007-invoice-CON-abcdefabcdef.txt"),
        ("\x1b[2J", "text/plain", "0000007-invoice-2J-abcdefabcdef.txt"),
        ("...", "x/y", "0000007-invoice-abcdefabcdef.bin"),
        ("a" * 99, "text/csv", f"0000007-invoice-{'a' * 60}-abcdefabcdef.csv"),
    ],
)
def test_a_name_is_one_that_any_system_takes(title: str, media: str, name: str) -> None:
    assert file_name(7, "invoice", title, media, "abcdef" * 10) == name
