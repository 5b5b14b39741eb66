"""Holds, and documents given up: refused while something holds them, or their time is not over."""

import hashlib
import json
from pathlib import Path

import pytest

from ledger.application import Ledger
from tests.desk_story import DeskStory, build, deliver, furnish, open_desk

OLD, NEW = b"an invoice of long ago", b"a packing list of this year"
OLD_SHA, NEW_SHA = (hashlib.sha256(one).hexdigest() for one in (OLD, NEW))


def entries(desk: DeskStory, name: str, what: str) -> list[int]:
    """Return the entries of a type that name something."""
    shown = json.loads(desk.run(f"show {name} --json").stdout)["entries"]
    return [one["entry"] for one in shown if one["what"].startswith(what)]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> DeskStory:
    """An old invoice about a party, a new packing list of SHP-01, a sealed remark of long ago."""
    desk = open_desk(tmp_path_factory.mktemp("papers") / "ledger", furnish, build, deliver)
    invoice = desk.file("invoice.txt", OLD)
    desk.run(f"party check swift --result clear --on 2019-05-07 --yes --attach {invoice}=invoice"
             " --sealed note=five")  # fmt: skip
    packing = desk.file("packing.txt", NEW)
    sent = entries(desk, "SHP-01", "ShipmentDispatched")[0]
    desk.run(f"attach {sent} {packing} --kind packing_list --remark late --on 2026-02-20 --yes")
    return desk


@pytest.fixture
def desk(running: DeskStory, tmp_path: Path) -> DeskStory:
    return running.copy(tmp_path)


def dispose(desk: DeskStory, *more: str) -> str:
    return desk.run("document dispose --reason over --yes", *more).output


def has(desk: DeskStory, sha256: str) -> bool:
    with Ledger.open(str(desk.folder / "ledger.db")) as ledger:
        return ledger.document(sha256) is not None


def entry_of(desk: DeskStory, sha256: str) -> int:
    return int(desk.rows("query retention", f"document={sha256}")[0]["latest_entry"])


def test_a_document_whose_time_is_over_is_given_up(desk: DeskStory) -> None:
    output = dispose(desk, OLD_SHA[:12])
    assert "kept until 2024-05-07: five years from 2019-05-07" in output
    assert "backups may still hold the bytes" in output
    data = desk.newest().data
    assert (data.document, data.retained_until, data.ordered_by) == (OLD_SHA, "2024-05-07", None)
    assert data.retention_basis.startswith("15 CFR 762.6(a)")
    assert not has(desk, OLD_SHA)
    row = desk.rows("query retention", f"document={OLD_SHA}")[0]
    assert (row["disposed"], row["kept_until"]) == (desk.size - 1, "2024-05-07")
    earlier = ("--known-at", str(desk.size - 2))
    assert desk.rows("query retention", f"document={OLD_SHA}", *earlier)[0]["disposed"] is None
    rows = [one for one in desk.rows("query documents") if one["sha256"] == OLD_SHA]
    assert [one["disposed"] for one in rows] == [desk.size - 1]
    lines = [line.split() for line in desk.run(f"show {OLD_SHA[:16]}").stdout.splitlines()]
    assert ["bytes", "not", "here"] in lines
    assert ["kept_until", "2024-05-07"] in lines
    last = desk.run("verify").stdout
    assert "1 documents that were disposed of" in last
    assert last.splitlines()[-1].startswith("PASS")
    assert (
        "given up before, by entry"
        in desk.run(f"document dispose {OLD_SHA[:12]} --reason again --dry-run").output
    )


def test_repeating_under_a_key_is_harmless(desk: DeskStory) -> None:
    dispose(desk, OLD_SHA, "--idempotency-key", "D1")
    assert "already recorded" in dispose(desk, OLD_SHA, "--idempotency-key", "D1")


def test_before_its_time_it_is_refused_unless_somebody_ordered_it(desk: DeskStory) -> None:
    line = f"document dispose {NEW_SHA[:16]} --reason room --yes"
    output = desk.refused(line, code="RETENTION")
    assert "kept until 2031-02-20: five years from 2026-02-20" in output
    assert has(desk, NEW_SHA)
    assert "2031-02-20" in desk.run(line, "--ordered-by", "High Court").output
    data = desk.newest().data
    assert (data.ordered_by, data.retained_until) == ("High Court", "2031-02-20")
    assert not has(desk, NEW_SHA)


@pytest.mark.parametrize(
    ("scope", "covers"),
    [
        ("--everything", (OLD_SHA, NEW_SHA)),
        ("--party SWIFT", (OLD_SHA, NEW_SHA)),
        ("--party nvidia", ()),
        ("--site plant", (NEW_SHA,)),
        ("--site NV-WH", ()),
        ("--racks R0001..R0002", (NEW_SHA,)),
        ("--batch B-02", (NEW_SHA,)),
        ("--shipment shp-01", (NEW_SHA,)),
        ("--lease L-9", ()),
        (f"--document {OLD_SHA[:12]}", (OLD_SHA,)),
        (f"--lease L-9 --document {OLD_SHA.upper()}", (OLD_SHA,)),
    ],
)
def test_a_hold_covers_documents_by_what_their_events_name(
    desk: DeskStory, scope: str, covers: tuple[str, ...]
) -> None:
    desk.run(f"hold place H-1 {scope} --reason inquiry --requested-by BIS --as inspector --yes")
    for sha256 in (OLD_SHA, NEW_SHA):
        row = desk.rows("query retention", f"document={sha256}")[0]
        assert row["holds"] == ("H-1" if sha256 in covers else None)
    line = f"document dispose {OLD_SHA} --reason over --yes"
    if OLD_SHA in covers:
        output = desk.refused(line, code="LEGAL-HOLD")
        assert "hold release H-1" in output
        assert "under hold: H-1" in desk.run(line, "--ordered-by", "BIS").output
    else:
        desk.run(line)


def test_a_hold_ends_when_its_party_releases_it_or_an_authority(desk: DeskStory) -> None:
    desk.run("hold place H-1 --everything --reason inquiry --as inspector --on 2026-03-01 --yes")
    line = f"document dispose {OLD_SHA} --reason over --yes"
    output = desk.run("hold release h-1 --reason done --on 2026-03-02 --yes").output
    assert "released by aolani on its own word, it stays in force" in output
    row = desk.rows("query holds")[0]
    assert (row["in_force"], row["ended"]) == (1, None)
    assert row["released_without_effect"] == desk.size - 1
    desk.refused(line, code="LEGAL-HOLD")
    desk.run("hold release H-1 --reason done --as inspector --on 2026-03-03 --yes")
    row = desk.rows("query holds", "hold=h-1")[0]
    assert (row["in_force"], row["ended"], row["released_by"]) == (0, "2026-03-03", "inspector")
    assert desk.rows("query holds", "--as-of", "2026-03-02")[0]["in_force"] == 1
    assert desk.rows("query holds", "--known-at", str(desk.size - 2))[0]["in_force"] == 1
    assert "no hold H-1 is in force" in desk.run("hold release H-1 --reason x --dry-run").output
    desk.run(line)


def test_a_release_of_tomorrow_releases_nothing_today(desk: DeskStory) -> None:
    desk.run("hold place H-1 --everything --reason inquiry --yes")
    desk.run("hold release H-1 --reason done --on 2999-01-01 --yes")
    desk.refused(f"document dispose {OLD_SHA} --reason over --yes", code="LEGAL-HOLD")


def test_two_parties_may_hold_under_one_name(desk: DeskStory) -> None:
    desk.run("hold place H-1 --everything --reason ours --yes")
    desk.run(f"hold place H-1 --document {OLD_SHA} --reason theirs --as inspector --yes")
    desk.run("hold release H-1 --reason done --yes")
    rows = desk.rows("query holds")
    assert [(one["placed_by"], one["in_force"]) for one in rows] == [
        ("inspector", 1),
        ("aolani", 0),
    ]
    shown = [line.split() for line in desk.run("show H-1").stdout.splitlines()]
    assert [line[1] for line in shown if line[:1] == ["in_force"]] == ["1", "0"]
    desk.refused(f"document dispose {OLD_SHA} --reason over --yes", code="LEGAL-HOLD")


def test_a_hold_that_was_only_reported_or_voided_holds_nothing(desk: DeskStory) -> None:
    desk.run("hold place H-1 --everything --reason heard --basis third_party_report --as inspector"
             " --yes")  # fmt: skip
    assert desk.rows("query holds")[0]["in_force"] == 0
    desk.run("hold place H-2 --everything --reason wrong --yes")
    desk.run(f"void {desk.size - 1} --reason mistake --yes")
    assert [one["hold"] for one in desk.rows("query holds")] == ["H-1"]
    dispose(desk, OLD_SHA)


def test_a_hold_says_what_it_covers(desk: DeskStory) -> None:
    desk.refused("hold place H-1 --reason x --yes", code="USAGE")
    desk.refused("hold place H-1 --everything --party swift --reason x --yes", code="USAGE")
    desk.refused("hold place H-1 --document 00 --reason x --yes", code="DIGEST-FORM")
    desk.refused(
        "hold place H-1 --document 0000000000 --reason x --yes",
        code="DOCUMENT-UNKNOWN",
        exit_code=3,
    )
    output = desk.run("hold place H-1 --reason x --yes --document", "0" * 64).output
    assert "no entry names the document 0000000000000000…" in output
    assert (
        "R0003 was never recorded"
        in desk.run("hold place H-2 --racks R0003 --reason x --dry-run").output
    )
    desk.refused("hold place H-9 --everything --reason x --as nvidia --yes", code="ROLE")


def test_an_entry_stands_for_its_only_document_or_for_its_annex(desk: DeskStory) -> None:
    entry = entry_of(desk, OLD_SHA)
    with Ledger.open(str(desk.folder / "ledger.db")) as ledger:
        annex = ledger.event(entry).statement.annex or ""
    output = dispose(desk, str(entry), "--annex")
    assert "Give up annex sealed annex" in output
    assert (desk.newest().data.document, desk.newest().data.retained_until) == (annex, "2024-05-07")
    assert "  sealed         not here" in desk.run(f"show {entry}").stdout
    dispose(desk, str(entry))
    assert desk.newest().data.document == OLD_SHA
    desk.refused("document dispose 3 --reason x --yes", code="DOCUMENT-WHICH")
    desk.refused("document dispose 3 --annex --reason x --yes", code="DOCUMENT-WHICH")
    desk.refused("document dispose 9999 --reason x --yes", code="ENTRY-UNKNOWN", exit_code=3)
    desk.refused("document dispose 12ab --reason x --yes", code="DIGEST-FORM")
    assert desk.run("verify").stdout.splitlines()[-1].startswith("PASS")


def test_a_hold_keeps_an_annex_too(desk: DeskStory) -> None:
    entry = entry_of(desk, OLD_SHA)
    desk.run("hold place H-1 --party swift --reason inquiry --yes")
    desk.refused(f"document dispose {entry} --annex --reason over --yes", code="LEGAL-HOLD")


def test_only_the_ledger_operator_gives_up_documents(desk: DeskStory) -> None:
    desk.refused(f"document dispose {OLD_SHA} --reason x --as nvidia --yes", code="ROLE")
    assert has(desk, OLD_SHA)


def test_what_has_not_ended_is_kept(desk: DeskStory) -> None:
    contract = desk.file("contract.txt", "a lease")
    sha256 = hashlib.sha256(b"a lease").hexdigest()
    desk.run(
        "lease start OLD-1 --to bytedance --model GPU --pool 5 --site JHR-1 --on 2018-01-01 --yes"
        f" --attach {contract}=contract"
    )
    assert "not ended yet: lease OLD-1" in desk.refused(
        f"document dispose {sha256} --reason over --yes", code="RETENTION"
    )
    desk.run("lease end OLD-1 --reason over --on 2019-01 --yes")
    row = desk.rows("query retention", f"document={sha256}")[0]
    assert (row["unfinished"], row["latest"], row["kept_until"]) == (
        None, "2019-01-31", "2024-01-31"
    )  # fmt: skip
    dispose(desk, sha256)


def test_what_is_on_the_way_is_kept(desk: DeskStory) -> None:
    bill = desk.file("bill.txt", "a bill")
    sha256 = hashlib.sha256(b"a bill").hexdigest()
    desk.run(
        "shipment dispatch OLD-S --batch B-02 --quantity 4 --to nvidia --as aivres --carrier swift"
        f" --on 2017-03-05 --yes --attach {bill}=bol"
    )
    assert "not ended yet: shipment OLD-S" in desk.refused(
        f"document dispose {sha256} --reason over --yes", code="RETENTION"
    )


def test_papers_of_a_rack_are_kept_while_it_is_shipped(desk: DeskStory) -> None:
    rows = desk.rows("query retention")
    assert [one["kind"] for one in rows] == ["invoice", "packing_list"]
    path = desk.file("built.txt", "as built")
    sha256 = hashlib.sha256(b"as built").hexdigest()
    built = entries(desk, "R0001", "RackAssembled")[0]
    desk.run(f"attach {built} {path} --remark paper --on 2026-01-11 --yes")
    row = desk.rows("query retention", f"document={sha256}")[0]
    assert row["latest"] == "2026-02-11"
    assert row["kept_until"] == "2031-02-11"
    row = desk.rows("query retention", f"document={sha256}", "--as-of", "2026-01-31")[0]
    assert row["latest"] == "2026-01-11"


def test_a_voided_event_prolongs_nothing(desk: DeskStory) -> None:
    desk.run("shipment receive SHP-01 --line GPU/B-02/1 --from swift --on 2026-09-01 --yes")
    row = desk.rows("query retention", f"document={NEW_SHA}")[0]
    assert row["latest"] == "2026-09-01"
    desk.run(f"void {desk.size - 1} --reason mistake --on 2026-09-02 --yes")
    row = desk.rows("query retention", f"document={NEW_SHA}")[0]
    assert row["latest"] == "2026-02-20"


def test_a_document_that_comes_back_is_kept_again(desk: DeskStory) -> None:
    dispose(desk, OLD_SHA)
    invoice = desk.file("invoice.txt", OLD)
    desk.run(f"party check swift --result clear --on 2020-02-29 --yes --attach {invoice}=invoice")
    row = desk.rows("query retention", f"document={OLD_SHA}")[0]
    assert (row["disposed"], row["kept_until"], row["named_by"]) == (None, "2025-03-01", 2)
    assert has(desk, OLD_SHA)


def test_what_came_back_is_held_also_against_a_correction(desk: DeskStory) -> None:
    dispose(desk, OLD_SHA)
    corrects = f"--corrects {desk.size - 1}"
    invoice = desk.file("invoice.txt", OLD)
    line = f"document dispose {OLD_SHA} --reason otherwise --yes {corrects}"
    desk.run("hold place H-1 --everything --reason inquiry --yes")
    desk.run(f"party check swift --result clear --yes --attach {invoice}=invoice")
    desk.refused(line, code="LEGAL-HOLD")
    assert has(desk, OLD_SHA)


def test_a_correction_of_a_disposal_gives_nothing_up_and_is_not_held(desk: DeskStory) -> None:
    dispose(desk, OLD_SHA)
    entry = desk.size - 1
    desk.run("hold place H-1 --everything --reason inquiry --yes")
    desk.run(f"document dispose {OLD_SHA} --reason otherwise --yes --corrects {entry}")


def test_a_draft_gives_nothing_up_that_is_held_by_now(desk: DeskStory, tmp_path: Path) -> None:
    entry = entry_of(desk, OLD_SHA)
    papers = {"a": OLD_SHA, "b": f"{entry} --annex", "c": f"{NEW_SHA} --ordered-by BIS"}
    for name, what in papers.items():
        desk.run(f"document dispose {what} --reason over --draft {tmp_path / name} --yes")
    desk.run("hold place H-1 --everything --reason inquiry --yes")
    assert "under hold: H-1" in desk.refused(f"submit {tmp_path / 'a'} --yes", code="LEGAL-HOLD")
    desk.refused(f"submit {tmp_path / 'b'} --yes", code="LEGAL-HOLD")
    assert has(desk, OLD_SHA)
    desk.run(f"submit {tmp_path / 'c'} --yes")
    desk.run("hold release H-1 --reason done --yes")
    desk.run(f"submit {tmp_path / 'a'} --yes")
    desk.run(f"submit {tmp_path / 'b'} --yes")
    assert not has(desk, OLD_SHA)


def test_what_an_inventory_said_goes_with_it(desk: DeskStory) -> None:
    path = desk.file("inventory.csv", "rack,serial\nR0900,SN-900\n")
    desk.run(f"import inventory {path} --site JHR-1 --model NVL72 --chip GPU --batch OLD-1 --yes")
    assert "SN-900" in desk.run("show SN-900").stdout
    (listed,) = (one for one in desk.rows("query documents") if one["kind"] == "inventory")
    dispose(desk, str(listed["sha256"]), "--ordered-by", "High Court")
    desk.refused("show SN-900", code="REF-UNKNOWN", exit_code=3)
    assert "read models equal a fresh projection" in desk.run("verify --projection").output
