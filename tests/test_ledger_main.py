"""`python -m ledger`: audits that go on, as `chipledger verify` does it, with little installed."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from commands.main import main as chipledger
from ledger.__main__ import main
from ledger.signing.pkcs8 import encode_public
from ledger.trust.audit_record import sign_record
from tests.evidence_lines import with_digest
from tests.harness import Story
from tests.selections import selected
from tests.test_architecture import NEEDED_TO_AUDIT, ONLY_THESE, ROOT
from tests.test_audit_records import AUDITOR, recorded
from tests.test_evidence_file import evidence
from tests.told import commissioned, dispatched

RUN = """
import runpy
sys.argv = sys.argv[3:]
runpy.run_module("ledger", run_name="__main__")
"""


class Kept:
    """A ledger that went on since it was audited, and what the auditor kept."""

    def __init__(self, folder: Path) -> None:
        with Story() as story:
            story.party("maker", "maker")
            story.record(commissioned(), "maker")
            story.record(dispatched("SHP-0"), "maker")
            self.key = story.ledger.fingerprint.hex()
            self.old = self.put(folder / "old.jsonl", evidence(story.ledger.source()))
            self.record = self.put(folder / "record", sign_record(recorded(story), AUDITOR))
            story.record(dispatched("SHP-1"), "maker")
            self.new = self.put(folder / "new.jsonl", evidence(story.ledger.source()))
            part = selected(story.ledger, [6], earlier=[6])
            self.part = self.put(folder / "part.jsonl", part)
        with Story() as story:
            story.party("maker", "maker")
            story.record(commissioned("B-99"), "maker")
            self.other = self.put(folder / "other.jsonl", evidence(story.ledger.source()))
        self.auditor = self.put(folder / "auditor.pub", encode_public(AUDITOR.public_key))
        self.damaged = self.put(
            folder / "damaged.jsonl", with_digest(Path(self.old).read_bytes(), b"0" * 64)
        )
        self.proof = self.put(folder / "proof", b"c2sp.org/tlog-proof@v1\n")

    @staticmethod
    def put(path: Path, data: bytes) -> str:
        path.write_bytes(data)
        return str(path)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    return Kept(tmp_path_factory.mktemp("kept"))


def both(
    kept: Kept, *options: str, capsys: pytest.CaptureFixture[str], file: str | None = None
) -> tuple[int, str]:
    """Return what both programs end with and print, which must be the same."""
    capsys.readouterr()
    code = main([file or kept.new, "--key", kept.key, "--workers", "1", *options])
    ours = capsys.readouterr().out
    line = ["verify", file or kept.new, "--fingerprint", kept.key, "--workers", "1", *options]
    theirs = CliRunner().invoke(chipledger, line)
    not_told = "the read models that `where` and `query` answer from: --projection compares them"
    assert not_told not in ours
    assert (theirs.exit_code, theirs.stdout) == (code, ours)
    return code, ours


def test_an_audit_goes_on_from_a_record(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    options = ("--from-record", kept.record, "--auditor", kept.auditor)
    code, told = both(kept, *options, capsys=capsys)
    assert (code, told.splitlines()[-1].split(";")[0]) == (0, "PASS, scope since 6")
    key = kept.auditor.removesuffix(".pub")
    Path(key).write_text("the private half, which nobody reads")
    assert both(kept, *options[:-1], key, capsys=capsys) == (code, told)


def test_a_file_audited_earlier_is_continued(
    kept: Kept, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = both(kept, "--extends", kept.old, capsys=capsys)
    line = "  a file audited earlier (all 6 entries), which must be here unchanged\n"
    assert (code, line in told, "entries, seen earlier" in told) == (0, True, True)


def test_a_selection_tells_how_much_of_the_earlier_file_it_does_not_hold(
    kept: Kept, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = both(kept, "--extends", kept.old, capsys=capsys, file=kept.part)
    line = "  1 entries of the file audited earlier that are not here\n"
    assert (code, line in told) == (0, True)


def test_a_file_audited_earlier_with_another_entry_fails(
    kept: Kept, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = both(kept, "--extends", kept.other, capsys=capsys)
    assert (code, "EXTENDS-DIFFERS" in told, "CHECKPOINT-OLD-DIFFERS" in told) == (1, True, True)


def test_a_file_audited_earlier_that_was_damaged_shows_nothing(
    kept: Kept, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = both(kept, "--extends", kept.damaged, capsys=capsys)
    assert (code, "EXTENDS-DAMAGED" in told, "DIFFERS" in told) == (3, True, False)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--from-record", "x"], "--from-record FILE and --auditor KEY.pub go together"),
        (["--auditor", "x"], "--from-record FILE and --auditor KEY.pub go together"),
    ],
)
def test_a_record_needs_its_signer(
    kept: Kept, options: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([kept.new, *options])
    assert (ended.value.code, told in capsys.readouterr().err) == (2, True)


def test_a_proof_of_one_entry_goes_on_from_nothing(
    kept: Kept, capsys: pytest.CaptureFixture[str]
) -> None:
    for options in (["--from-record", kept.record, "--auditor", kept.auditor], ["--extends", "x"]):
        with pytest.raises(SystemExit) as ended:
            main([kept.proof, *options])
        assert ended.value.code == 2
        assert "are for what holds a log" in capsys.readouterr().err


def test_what_the_auditor_brings_and_cannot_be_read_is_a_mistake_in_the_call(
    kept: Kept, capsys: pytest.CaptureFixture[str]
) -> None:
    cases = {
        "TRUST-UNREADABLE": ["--from-record", "none", "--auditor", kept.auditor],
        "KEY-FILE-UNREADABLE": ["--from-record", kept.record, "--auditor", "none"],
        "RECORD-FORM": ["--from-record", kept.old, "--auditor", kept.auditor],
        "EVIDENCE-UNREADABLE": ["--extends", "none"],
        "EVIDENCE-MALFORMED": ["--extends", kept.record],
        "IDENTIFIER": ["--require-pin", "no party"],
    }
    for code, options in cases.items():
        assert main([kept.new, "--key", kept.key, *options]) == 2
        assert f"error: {code}: " in capsys.readouterr().err


def test_it_all_runs_where_nothing_else_is_installed(kept: Kept) -> None:
    options = ["--from-record", kept.record, "--auditor", kept.auditor, "--extends", kept.old]
    line = ["python -m ledger", kept.new, "--key", kept.key, "--workers", "1", *options]
    done = subprocess.run(
        [
            *(sys.executable, "-I", "-c", ONLY_THESE.partition("for name")[0] + RUN),
            *(str(ROOT), ",".join(NEEDED_TO_AUDIT), *line),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1].startswith("PASS, scope since 6")
