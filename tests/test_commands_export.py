"""Evidence at the command line: written, verified elsewhere, and asked."""

import json
import shutil
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner

from commands.main import main
from ledger.evidence.reader import EvidenceSource
from ledger.signing.fingerprint import speakable
from tests.office import Office


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """A ledger with two batches, racks, a shipment, serial numbers and sealed terms."""
    top = tmp_path_factory.mktemp("export")
    office = Office.make(top / "ledger")
    office.party("maker", "maker", "integrator")
    office.party("buyer", "owner")
    for site, country, kind, party in (
        ("FAB", "TW", "factory", "maker"), ("DC", "MY", "data_center", "buyer"),
    ):  # fmt: skip
        words = f"site add {site} --name {site} --country {country} --kind {kind}"
        office.record(*words.split(), "--operator", party, "--as", "operator")
    for batch in ("B-01", "B-02"):
        serials = top / f"{batch}.csv"
        rows = "".join(f"{batch}-{number:03}\n" for number in range(72))
        serials.write_text(f"serial\n{rows}")
        words = f"batch commission {batch} --model B200 --site FAB --as maker --serials {serials}"
        office.record(*words.split())
    words = "shipment dispatch SHP-1 --batch B-01 --quantity 72 --to buyer --to-site DC --as maker"
    office.record(*words.split(), "--ref", "bol:BL-2291", "--sealed", "price=USD 5,000,000")
    return office


@pytest.fixture(autouse=True)
def elsewhere(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work where there is no ledger, unless a command names one's folder."""
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))


def fingerprint(office: Office) -> str:
    return speakable(bytes.fromhex(office.audit().fingerprint or ""))


def judged(path: Path, office: Office, exit_code: int = 0) -> str:
    """Verify a file where there is no ledger, as a stranger does."""
    arguments = ["verify", str(path), "--fingerprint", fingerprint(office)]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == exit_code, result.output
    return result.stdout.splitlines()[-1]


def entries(path: Path) -> int:
    return sum(b'"kind":"selected"' in line for line in path.read_bytes().splitlines())


def test_all_of_the_ledger_in_one_file(made: Office, tmp_path: Path) -> None:
    path = tmp_path / "all"
    result = made.invoke("-C", str(made.folder), "export", str(path))
    assert f"all {made.size:,} of {made.size:,} entries" in result.stderr
    assert sha256(path.read_bytes()).hexdigest() in result.stderr
    assert path.stat().st_mode & 0o777 == 0o600
    assert judged(path, made).startswith("PASS, scope full")
    assert b"5,000,000" not in path.read_bytes()
    again = made.invoke("-C", str(made.folder), "export", "-")
    assert again.stdout_bytes == path.read_bytes()
    assert "FILE-EXISTS" in made.fail("FILE-EXISTS", "export", str(path))


def test_it_goes_through_a_pipe_both_ways(made: Office) -> None:
    data = made.invoke("-C", str(made.folder), "export", "-").stdout_bytes
    given = ["verify", "-", "--fingerprint", fingerprint(made)]
    result = CliRunner().invoke(main, given, input=data)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[0:2][-1].startswith("audit of evidence file -")
    result = CliRunner().invoke(main, given, input=data[:-20])
    assert (result.exit_code, "EVIDENCE-TRUNCATED" in result.stdout) == (3, True)


@pytest.mark.parametrize(
    "asked",
    [
        "--batch B-01", "--batch b-02", "--shipment SHP-1", "--party buyer", "--entry 9",
        "--reference bol:BL-2291", "--serial B-02-007", "--batch B-01 --batch B-02",
    ],
)  # fmt: skip
def test_a_selection_passes_where_there_is_no_ledger(
    made: Office, tmp_path: Path, asked: str
) -> None:
    path = tmp_path / "some"
    made.run("export", str(path), *asked.split())
    held = entries(path)
    assert 5 < held <= made.size
    assert judged(path, made).startswith(f"PASS, scope selection {held} of {made.size}")


def test_a_lease_and_a_rack_that_nobody_named_give_no_file(made: Office, tmp_path: Path) -> None:
    path = tmp_path / "none"
    for asked in ("--lease L-1", "--rack R0001", "--serial X", "--reference bol:X"):
        made.fail("SELECTION-EMPTY", "export", str(path), *asked.split(), exit_code=3)
    made.fail("ENTRY-UNKNOWN", "export", str(path), "--entry", "9999", exit_code=3)
    made.fail("IDENTIFIER", "export", str(path), "--batch", "a b")
    made.fail("REFERENCE", "export", str(path), "--reference", "bol")
    assert not path.exists()


def test_documents_and_annexes_go_along_as_they_are_named(made: Office, tmp_path: Path) -> None:
    [shipment] = [one["entry"] for one in made.json("show", "SHP-1")["entries"]][:1]
    annex = made.json("show", str(shipment))["annex"]["sha256"]
    for name, given in (("entry", str(shipment)), ("digest", annex)):
        path = tmp_path / name
        made.run("export", str(path), "--shipment", "SHP-1", "--annexes", given)
        with EvidenceSource(path) as source:
            assert source.document(annex) is not None
        assert judged(path, made).startswith("PASS")
    bare = tmp_path / "bare"
    made.run("export", str(bare), "--documents", "none")
    assert b'"kind":"document"' not in bare.read_bytes()
    [batch] = [one["entry"] for one in made.json("show", "B-02")["entries"]][:1]
    [paper] = made.json("show", str(batch))["statement"]["documents"]
    one = tmp_path / "one"
    made.run("export", str(one), "--documents", paper["sha256"])
    with EvidenceSource(one) as source:
        assert list(source.document_names()) == [paper["sha256"]]
    none = tmp_path / "no"
    made.fail("DIGEST-FORM", "export", str(none), "--documents", "manifest")
    made.fail("ANNEX-ABSENT", "export", str(none), "--annexes", "0", exit_code=3)
    assert not none.exists()


def test_what_came_after_a_checkpoint(made: Office, tmp_path: Path) -> None:
    office = made.copy(tmp_path / "ledger")
    note, path = tmp_path / "note", tmp_path / "since"
    office.run("ledger", "checkpoint", "--out", str(note))
    size = office.size
    office.record("party", "headquarters", "maker", "US")
    office.run("export", str(path), "--since", str(note))
    arguments = ["verify", str(path), "--fingerprint", fingerprint(office)]
    result = CliRunner().invoke(main, [*arguments, "--checkpoint", str(note)])
    assert result.exit_code == 0, result.output
    assert f"a checkpoint of {size:,} entries, seen earlier" in result.stdout
    later = tmp_path / "later"
    office.run("ledger", "checkpoint", "--out", str(later))
    beyond = ("export", str(tmp_path / "x"), "--since", str(later))
    made.fail("CHECKPOINT-DIFFERS", *beyond, exit_code=3)
    other = Office.make(tmp_path / "other")
    other.run("ledger", "checkpoint", "--out", str(tmp_path / "foreign"))
    made.fail("NOTE-UNSIGNED", "export", str(tmp_path / "x"), "--since", str(tmp_path / "foreign"))


def test_an_audit_goes_on_from_a_record(made: Office, tmp_path: Path) -> None:
    office = made.copy(tmp_path / "ledger")
    key, record, old = tmp_path / "me.key", tmp_path / "record", tmp_path / "old"
    office.run("key", "generate", "me", "--no-passphrase", "--out", str(key))
    office.run("export", str(old))
    told = ("verify", "--fingerprint", fingerprint(office))
    given = ("--record", str(record), "--auditor-key", str(key))
    first = office.invoke("-C", str(office.folder), *told, *given)
    assert f"recorded the audit of {office.size:,} entries" in first.stderr
    size = office.size
    office.record("party", "headquarters", "maker", "US")
    on = ("--from-record", str(record), "--auditor", f"{key}.pub", "--extends", str(old))
    printed = office.run(*told, *on)
    assert printed.splitlines()[-1].startswith(f"PASS, scope since {size}; integrity only")
    new = tmp_path / "new"
    office.run("export", str(new))
    assert (
        office.invoke(*told[:1], str(new), *told[1:], *on)
        .stdout.splitlines()[-1]
        .startswith(f"PASS, scope since {size}")
    )
    again = ("--record", str(tmp_path / "x"), "--auditor-key", str(key))
    office.fail("RECORD-NONE", *told, *on, *again, exit_code=3)
    office.fail("FILE-EXISTS", *told, *given)
    office.fail("RECORD-FORM", *told, "--from-record", str(old), "--auditor", f"{key}.pub")
    other = tmp_path / "other.key"
    office.run("key", "generate", "you", "--no-passphrase", "--out", str(other))
    stranger = ("--from-record", str(record), "--auditor", str(other))
    office.fail("RECORD-SIGNATURE", *told, *stranger)
    for half in (on[:2], on[2:4], again[:2], again[2:]):
        office.run(*told, *half, exit_code=2)


# --- asked of the file ------------------------------------------------------------------------


def asked(office: Office, path: Path, *arguments: str, exit_code: int = 0) -> str:
    """Ask a file where there is no ledger."""
    given = [*arguments, "--from", str(path), "--fingerprint", fingerprint(office)]
    result = CliRunner().invoke(main, given)
    assert result.exit_code == exit_code, f"{result.output}{result.exception!r}"
    return result.stdout if exit_code == 0 else result.stderr


def test_the_whole_file_answers_what_the_ledger_answers(made: Office, tmp_path: Path) -> None:
    path = tmp_path / "all"
    made.run("export", str(path))
    for question in (
        "where --json", "query title --json", "query custody batch=B-01 --json", "show 9 --json",
        "show SHP-1 --json", "show maker --json", "show B-02-007 --json", "show 3 --raw",
    ):  # fmt: skip
        theirs = made.run(*question.split())
        ours = asked(made, path, *question.split())
        assert ours == theirs, question


def test_a_selection_answers_of_what_it_holds(made: Office, tmp_path: Path) -> None:
    path = tmp_path / "some"
    made.run("export", str(path), "--shipment", "SHP-1", "--batch", "B-01")
    found = json.loads(asked(made, path, "where", "--json"))["rows"]
    assert [(row["holder"], row["quantity"]) for row in found] == [("maker", 72)]
    everything = made.json("where")["rows"]
    assert sum(row["quantity"] for row in everything) == 144
    error = asked(made, path, "show", "B-02", exit_code=3)
    assert "REF-UNKNOWN" in error
    [absent] = [one["entry"] for one in made.json("show", "B-02")["entries"]][:1]
    assert "ENTRY-ABSENT" in asked(made, path, "show", str(absent), exit_code=3)


def test_what_is_no_pass_is_not_asked(made: Office, tmp_path: Path) -> None:
    path = tmp_path / "bent"
    made.run("export", str(path))
    data = path.read_bytes()
    at = data.index(b'"entry":"') + 400
    path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
    assert "FAIL, scope" in asked(made, path, "where", exit_code=1)
    made.run("export", str(tmp_path / "good"))
    result = CliRunner().invoke(main, ["where", "--from", str(tmp_path / "good")])
    assert (result.exit_code, result.stdout) == (3, "")
    assert "FINGERPRINT-ABSENT" in result.stderr
    inside = made.invoke("-C", str(made.folder), "where", "--from", str(tmp_path / "good"))
    assert "verified evidence file good: PASS, scope full; integrity only" in inside.stderr
    made.fail("EVIDENCE-FORM", "where", "--from", str(made.folder / "ledger.db"))
    made.run("where", "--fingerprint", "0" * 64, exit_code=2)


def test_the_file_is_all_that_is_needed(made: Office, tmp_path: Path) -> None:
    """Nothing is written beside it, and the folder need not be writable."""
    folder = tmp_path / "handed"
    folder.mkdir()
    made.run("export", str(folder / "all"))
    folder.chmod(0o500)
    try:
        asked(made, folder / "all", "where")
        assert [one.name for one in folder.iterdir()] == ["all"]
    finally:
        folder.chmod(0o700)
    shutil.rmtree(folder)
