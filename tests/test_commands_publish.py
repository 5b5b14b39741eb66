"""Publishing at the command line, and verifying what was published, from folder and URL."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner

from commands.main import main
from tests.office import Office


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office.begun(tmp_path / "ledger", integrator="aivres")


def verify(office: Office, *source: str) -> tuple[int, list[str]]:
    known = ["--fingerprint", office.audit().fingerprint or ""]
    result = CliRunner().invoke(main, ["verify", *source, *known])
    return result.exit_code, result.stdout.splitlines()


def test_what_was_published_is_verified_and_grows(office: Office, tmp_path: Path) -> None:
    folder = tmp_path / "public"
    printed = office.run("publish", str(folder))
    assert f"published 4 entries more, 4 in all in {folder}: 4 files written" in printed
    assert f"next: chipledger verify {folder} --fingerprint " in printed
    assert f"{folder} has these 4 entries already" in office.run("publish", str(folder))
    paper = tmp_path / "paper.txt"
    paper.write_text("a licence")
    office.record("party", "headquarters", "aivres", "US", "--attach", str(paper))
    assert "published 1 entries more, 5 in all" in office.run("publish", str(folder))
    code, lines = verify(office, str(folder))
    assert (code, lines[1], lines[-1][:4]) == (0, "audit of published log public", "PASS")
    assert (folder / "document").is_dir()


def test_documents_stay_at_home_where_asked(office: Office, tmp_path: Path) -> None:
    paper = tmp_path / "paper.txt"
    paper.write_text("a licence")
    [index] = office.record("party", "headquarters", "aivres", "US", "--attach", str(paper))
    office.run("publish", str(tmp_path / "public"), "--no-documents")
    assert not (tmp_path / "public" / "document").exists()
    code, lines = verify(office, str(tmp_path / "public"))
    assert (code, "  1 documents that the file leaves out" in lines) == (0, True)
    [name] = [one["sha256"] for one in office.json("show", str(index))["statement"]["documents"]]
    office.run("publish", str(tmp_path / "public"))
    assert (tmp_path / "public" / "document" / name).read_text() == "a licence"
    office.record("document", "dispose", name, "--reason", "over", "--ordered-by", "High Court")
    assert f"took away the document {name}" in office.run("publish", str(tmp_path / "public"))
    assert list((tmp_path / "public" / "document").iterdir()) == []


def test_an_older_copy_is_not_written_to_once_the_log_is_published(
    office: Office, tmp_path: Path
) -> None:
    assert "published nowhere" in office.run("doctor")
    office.fail("USAGE", "publish")
    office.run("config", "published", "../public")
    assert "holds no published log" in office.run("doctor", exit_code=3)
    old = (office.folder / "ledger.db").read_bytes()
    office.record("party", "headquarters", "aivres", "US")
    assert "5 in all in" in office.run("publish")
    assert (tmp_path / "public" / "checkpoint").is_file()
    assert "continues the 5 entries published in" in office.run("doctor")
    (office.folder / "ledger.db").write_bytes(old)
    (office.folder / "high-water").unlink()
    line = ("party", "headquarters", "aivres", "SG", "--yes")
    office.fail("PUBLISHED-AHEAD", *line, exit_code=3)
    assert "PUBLISHED-AHEAD" in office.run("doctor", exit_code=3)
    office.run("config", "published", "--unset")


def test_a_folder_of_something_else_is_refused(office: Office, tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "todo").write_text("")
    office.fail("PUBLISHED-FOREIGN", "publish", str(tmp_path / "notes"))
    office.fail("PUBLISHED-MISSING", "verify", str(tmp_path / "notes"), exit_code=3)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its name there
        del format, args


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    served = partial(Quiet, directory=str(tmp_path / "public"))
    with ThreadingHTTPServer(("127.0.0.1", 0), served) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_a_log_on_a_web_server_is_verified_with_a_cache_or_without(
    office: Office, tmp_path: Path, url: str
) -> None:
    office.run("publish", str(tmp_path / "public"))
    for more in ((), ("--cache", str(tmp_path / "cache"))):
        code, lines = verify(office, url, *more)
        assert (code, lines[1], lines[-1][:4]) == (0, f"audit of published log {url}", "PASS")
    assert list((tmp_path / "cache").iterdir())
    office.fail("SITE-URL", "verify", "http://ledger.example/log")


def test_questions_are_answered_from_what_was_published(
    office: Office, tmp_path: Path, url: str
) -> None:
    office.run("publish", str(tmp_path / "public"))
    shown = office.run("show", "1")
    known = ["--fingerprint", office.audit().fingerprint or ""]
    for place in (str(tmp_path / "public"), url):
        result = CliRunner().invoke(main, ["show", "1", "--from", place, *known])
        assert result.exit_code == 0, result.output
        assert f"verified published log {place.rpartition('/')[2] if place != url else url}" in (
            result.stderr
        )
        assert result.stdout == shown
