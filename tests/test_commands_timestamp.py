"""Time stamps at the command line: asked for, taken in from a file, verified, and shown."""

import json
import sqlite3
from contextlib import closing
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from ledger.application import Ledger
from ledger.log.note import parse_note
from tests.authority import NAME, authority, serving
from tests.office import Office

ROOT_PEM = str(authority().root_pem)
TRUSTED = ("--tsa-root", ROOT_PEM)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    office = Office.begun(tmp_path / "ledger")
    office.record("party", "headquarters", "operator", "MY")
    return office


def kept(office: Office) -> list[tuple[int, bool]]:
    with Ledger.open(str(office.folder / "ledger.db")) as ledger:
        return [(one.size, one.token is not None) for one in ledger.source().anchors()]


def test_a_checkpoint_is_dated_and_the_audit_says_so(office: Office) -> None:
    with authority().serving() as tsa:
        told = office.run("timestamp", "request", "--tsa", tsa, *TRUSTED)
    assert told.startswith("time stamp of the first 2 entries: by 20")
    assert NAME in told
    assert kept(office) == [(2, True)]
    report = office.json("verify", *TRUSTED)
    assert (report["verdict"], report["stamped"]) == ("PASS", 2)
    printed = office.run("verify", *TRUSTED)
    assert "  stamped      up to entry 1, by an authority under your roots" in printed
    assert f"({NAME}, over 2 entries)" in printed
    assert "1 time-stamp tokens" in office.run("verify")
    other = ("--tsa-root", str(authority("other").root_pem))
    assert "TIMESTAMP-MISSING" in office.run("verify", *other, exit_code=3)


def test_without_a_root_it_is_kept_and_not_checked(office: Office) -> None:
    with authority().serving() as tsa:
        told = office.run("timestamp", "request", "--tsa", tsa)
    assert "kept; who made it is not checked without --tsa-root" in told
    assert office.json("verify", *TRUSTED)["stamped"] == 2


def test_a_stamp_of_an_authority_that_is_not_trusted_is_not_kept(office: Office) -> None:
    other = ("--tsa-root", str(authority("other").root_pem))
    with authority().serving() as tsa:
        office.fail("TIMESTAMP-AUTHORITY", "timestamp", "request", "--tsa", tsa, *other)
    assert kept(office) == []


def test_a_request_goes_by_file_and_the_ledger_may_grow_meanwhile(
    office: Office, tmp_path: Path
) -> None:
    query, answer = tmp_path / "a.tsq", tmp_path / "a.tsr"
    told = office.run("timestamp", "request", "--request-out", str(query))
    assert "a request for the first 2 entries" in told
    office.record("party", "headquarters", "operator", "ID")
    answer.write_bytes(authority().reply(query.read_bytes()))
    told = office.run("timestamp", "request", "--response", str(answer), *TRUSTED)
    assert told.startswith("time stamp of the first 2 entries: by 20")
    assert kept(office) == [(2, False), (2, True)]
    report = office.json("verify", *TRUSTED)
    assert (report["verdict"], report["stamped"], report["size"]) == ("PASS", 2, 3)
    office.run("timestamp", "request", "--response", str(answer))
    assert kept(office) == [(2, False), (2, True)]


def test_a_response_for_something_else_is_not_taken(office: Office, tmp_path: Path) -> None:
    answer = tmp_path / "a.tsr"
    answer.write_bytes(authority().token("another text\n"))
    office.fail("TIMESTAMP-OF-WHAT", "timestamp", "request", "--response", str(answer))
    for content in (b"", b"junk", authority().root_pem.read_bytes()):
        answer.write_bytes(content)
        office.fail("TIME-STAMP", "timestamp", "request", "--response", str(answer))
    answer.write_bytes(b"0" * 1_100_000)
    office.fail("TOO-LARGE", "timestamp", "request", "--response", str(answer))


def test_one_way_at_a_time(office: Office, tmp_path: Path) -> None:
    office.fail("USAGE", "timestamp", "request")
    both = ("--tsa", "http://a.example", "--request-out", str(tmp_path / "q"))
    office.fail("USAGE", "timestamp", "request", *both)
    office.fail("URL-FORM", "timestamp", "request", "--tsa", "a.example")
    office.fail(
        "TSA-ROOT", "timestamp", "request", "--tsa", "http://a.example", "--tsa-root", __file__
    )


class Liar(BaseHTTPRequestHandler):
    """Answers what it is told to."""

    status = 200
    body = b""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_: object) -> None:
        pass


def text_of(office: Office) -> str:
    with Ledger.open(str(office.folder / "ledger.db")) as ledger:
        return parse_note(ledger.checkpoint()).text


def test_whatever_an_authority_answers_ends_in_a_code(office: Office) -> None:
    good = authority().token(text_of(office))  # with a nonce, as openssl asks
    for status, body, code, exit_code in (
        (200, b"", "TSA-ANSWER", 3),
        (200, b"<html>", "TSA-ANSWER", 3),
        (500, good, "TSA-ANSWER", 3),
        (301, b"", "TSA-ANSWER", 3),
        (200, good, "TIMESTAMP-NONCE", 2),
        (200, authority().token("another\n"), "TIMESTAMP-DIFFERS", 2),
        (200, b"\x30\x03\x06\x01\x00", "TIMESTAMP-FORM", 2),
        (200, b"0" * 1_100_000, "ANSWER-TOO-LARGE", 3),
    ):
        with serving(type("Told", (Liar,), {"status": status, "body": body})) as url:
            office.fail(code, "timestamp", "request", "--tsa", f"{url}tsa?a=1", exit_code=exit_code)
    assert kept(office) == []


def test_an_entry_is_shown_between_what_outsiders_say(office: Office, tmp_path: Path) -> None:
    note, token = tmp_path / "n.note", tmp_path / "t.tst"
    office.run("ledger", "checkpoint", "--out", str(note))
    with authority().serving() as tsa:
        office.run("timestamp", "request", "--tsa", tsa, "--token-out", str(token))
    [anchored] = office.record("ledger", "anchor", str(note), "--token", str(token))
    first = office.run("show", "0", *TRUSTED)
    assert "  not before     nobody says\n" in first
    assert f"({NAME}, over 2 entries)\n" in first
    later = office.run("show", str(anchored), *TRUSTED)
    assert "  not after      nobody says\n" in later
    assert later.count(NAME) == 1
    dated = office.json("show", "1", *TRUSTED)["dated"]
    assert dated["not_before"] is None
    assert dated["not_after"]["by"] == f"{NAME}, over 2 entries"
    assert office.json("show", "1")["dated"] == {"not_before": None, "not_after": None}
    assert "not before" not in office.run("show", "1")
    report = office.json("verify", *TRUSTED)
    assert report["dated"][1]["entry"] == anchored
    assert report["dated"][1]["not_before_by"] == f"{NAME}, over 2 entries"


def test_anchors_that_are_not_the_ledgers_date_nothing(office: Office, tmp_path: Path) -> None:
    twin = Office.make(tmp_path / "twin")
    twin.record("party", "headquarters", "operator", "SG")
    with authority().serving() as tsa:
        twin.run("timestamp", "request", "--tsa", tsa)
    with closing(sqlite3.connect(office.folder / "ledger.db", isolation_level=None)) as store:
        store.execute("ATTACH ? AS twin", (str(twin.folder / "ledger.db"),))
        store.execute("INSERT INTO anchor SELECT * FROM twin.anchor")
    assert office.json("show", "0", *TRUSTED)["dated"]["not_after"] is None
    assert "FAIL" in office.run("verify", *TRUSTED, exit_code=1)


def test_what_was_handed_over_is_dated_as_well(office: Office, tmp_path: Path) -> None:
    note, token = tmp_path / "n.note", tmp_path / "t.tst"
    office.run("ledger", "checkpoint", "--out", str(note))
    with authority().serving() as tsa:
        office.run("timestamp", "request", "--tsa", tsa, "--token-out", str(token))
    [anchored] = office.record("ledger", "anchor", str(note), "--token", str(token))
    office.record("party", "headquarters", "operator", "ID")
    with Ledger.open(str(office.folder / "ledger.db")) as ledger:
        trusted = ("--fingerprint", ledger.fingerprint.hex(), *TRUSTED)
    for what, chosen in (("full", ()), ("selection", ("--party", "operator"))):
        file = str(tmp_path / what)
        office.run("export", file, *chosen)
        result = office.invoke("verify", file, *trusted, "--json")
        report = json.loads(result.stdout)
        assert report["scope"].startswith(what)
        assert (report["verdict"], report["stamped"]) == ("PASS", 2)
        assert [one["entry"] for one in report["dated"]] == [0, office.size - 1]
        assert report["dated"][1]["not_before_by"] == f"{NAME}, over 2 entries"
        shown = office.invoke("show", str(anchored), "--from", file, *trusted).stdout
        assert f"({NAME}, over 2 entries)\n  not after      nobody says\n" in shown
