"""Told once through: two companies' witnesses and a clock, from the ledger to a stranger's verdict.

The ledger's operator asks; what comes back travels in the evidence file; the stranger has the file,
a policy and a root of their own, and nothing of the operator's but the fingerprint.
"""

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from commands.witness.server import WitnessServer
from commands.witness.state import WitnessState
from commands.witness.witness import Witness
from ledger.__main__ import main as judge
from ledger.application import Ledger
from ledger.evidence.reader import EvidenceSource
from ledger.evidence.writer import write_evidence
from ledger.log.cosignature import Cosigner
from ledger.log.note import parse_verifier_key
from ledger.signing.signer import MemorySigner
from tests.authority import NAME, authority
from tests.office import Office


@contextmanager
def witness(folder: Path, name: str, log: tuple[str, bytes]) -> Iterator[str]:
    """Run a witness of one log; yield its line for policies."""
    signer = MemorySigner.generate()
    state = WitnessState.create(folder / name, Cosigner(f"{name}.example/w", signer.public_key))
    server = WitnessServer(Witness(state, signer, [log]), ("127.0.0.1", 0))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"witness {name} {state.witness.verifier_key} {server.url}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Stranger:
    """Somebody with an evidence file, who judges it alone."""

    def __init__(self, folder: Path, ledger: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.key = ledger.fingerprint.hex()
        self.capsys = capsys
        self.file = folder / "evidence"
        with self.file.open("wb") as out:
            write_evidence(ledger.source(), out)

    def verdict(self, *trust: str) -> dict[str, Any]:
        """Judge the file as `python -m ledger` does, and return the report."""
        code = judge([str(self.file), "--key", self.key, "--workers", "1", "--json", *trust])
        report: dict[str, Any] = json.loads(self.capsys.readouterr().out)
        assert {0: "PASS", 1: "FAIL", 3: "UNDECIDED"}[code] == report["verdict"]
        return report


def test_a_stranger_knows_who_saw_the_ledger_and_when(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    office = Office.make(tmp_path / "ledger")
    office.record("party", "headquarters", "operator", "MY")
    log = parse_verifier_key(office.run("ledger", "verifier-key").strip())
    policy = tmp_path / "policy"
    vkey = office.run("ledger", "verifier-key")
    with (
        witness(tmp_path, "buyer", log) as buyer,
        witness(tmp_path, "maker", log) as maker,
        witness(tmp_path, "nobody", log) as nobody,
        authority().serving() as tsa,
    ):
        lines = [f"log {vkey.strip()}", buyer, maker, "group both all buyer maker", "quorum both"]
        policy.write_text("".join(f"{line}\n" for line in lines))
        office.run("witness", "request", "--policy", str(policy))
        root = str(authority().root_pem)
        office.run("timestamp", "request", "--tsa", tsa, "--tsa-root", root)
    office.record("party", "headquarters", "operator", "ID")
    with Ledger.open(str(office.folder / "ledger.db")) as ledger:
        stranger = Stranger(tmp_path, ledger, capsys)

    asked = ("--policy", str(policy), "--tsa-root", root)
    report = stranger.verdict(*asked)
    assert (report["verdict"], report["cosigned"], report["stamped"]) == ("PASS", 2, 2)
    assert "whether witnesses saw entry 2 and later ones" in report["not_checked"]
    [first, last] = report["dated"]
    assert first["not_after_by"] in {f"{NAME}, over 2 entries", "witnesses, over 2 entries"}
    assert (last["entry"], last["not_after"]) == (2, None)

    # who asks for a witness that never saw it gets no PASS
    other = tmp_path / "other"
    other.write_text(f"{nobody}\nquorum nobody\n")
    assert stranger.verdict("--policy", str(other))["verdict"] == "UNDECIDED"
    # one letter of a known witness's line, and the whole is FAIL
    data = stranger.file.read_bytes()
    at = data.index(b"buyer.example/w ") + 40
    stranger.file.write_bytes(
        data[:at] + (b"B" if data[at : at + 1] == b"A" else b"A") + data[at + 1 :]
    )
    assert stranger.verdict(*asked)["verdict"] == "FAIL"
    stranger.file.write_bytes(data)
    # where the extra is missing, nothing is said of the time
    monkeypatch.setitem(sys.modules, "rfc3161_client", None)
    assert stranger.verdict("--policy", str(policy))["verdict"] == "PASS"
    assert stranger.verdict(*asked)["verdict"] == "UNDECIDED"


def test_what_a_stranger_brings_must_be_readable(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad"
    bad.write_text("nonsense\n")
    for option, code in (
        (("--policy", "nowhere"), "TRUST-UNREADABLE"),
        (("--tsa-root", "nowhere"), "TRUST-UNREADABLE"),
        (("--policy", str(bad)), "POLICY-LINE"),
        (("--tsa-root", str(bad)), "TSA-ROOT"),
    ):
        assert judge([str(bad), *option]) == 2
        assert code in capsys.readouterr().err
    assert EvidenceSource(bad).name == "evidence file bad"
