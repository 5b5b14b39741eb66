"""Single proofs at the command line: made in the ledger's folder, judged anywhere."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from commands.main import main
from ledger.application import Ledger
from ledger.log.checkpoint import Checkpoint, sign_checkpoint
from ledger.log.note import verifier_key
from ledger.signing.keyfile import read_key
from tests.office import ORIGIN, Office


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office.begun(tmp_path / "ledger", integrator="aivres")


def verify(office: Office, *given: str) -> tuple[int, str]:
    known = ["--fingerprint", office.audit().fingerprint or ""]
    result = CliRunner().invoke(main, ["verify", *given, *known])
    return result.exit_code, result.stdout


def test_one_file_proves_one_entry(office: Office, tmp_path: Path) -> None:
    proof = str(tmp_path / "entry.tlog-proof")
    printed = office.run("prove", "1", "--out", proof)
    assert printed.startswith("DEMONSTRATION")
    assert f"wrote {proof}: it shows that the log holds entry 1" in printed
    assert Path(proof).read_bytes().startswith(b"c2sp.org/tlog-proof@v1\nextra ")
    code, told = verify(office, proof)
    assert code == 0
    assert "\nthe entry says\n  type           PartyRegistered.v1\n" in told
    assert "PASS, scope entry 1 of 4; integrity only" in told
    event = office.json("show", "1")
    assert office.run("prove", event["statement"]["id"]).encode() == Path(proof).read_bytes()
    office.fail("FILE-EXISTS", "prove", "1", "--out", proof)


def test_a_checkpoint_of_the_proof_is_kept(office: Office, tmp_path: Path) -> None:
    proof, note = str(tmp_path / "proof"), str(tmp_path / "note")
    office.run("prove", "1", "--out", proof)
    verify(office, proof, "--keep-checkpoint", note)
    office.record("party", "headquarters", "aivres", "US")
    office.run("prove", "--consistency", note, "--out", str(tmp_path / "continued"))
    code, told = verify(office, str(tmp_path / "continued"), "--checkpoint", note)
    assert (code, "PASS, scope consistency of 4 with 5" in told) == (0, True)
    assert verify(office, str(tmp_path / "continued"), "--keep-checkpoint", f"{note}.2")[0] == 0
    assert verify(office, "--checkpoint", f"{note}.2", proof)[0] == 3


def test_a_damaged_proof_is_fail(office: Office, tmp_path: Path) -> None:
    proof = tmp_path / "proof"
    office.run("prove", "1", "--out", str(proof))
    proof.write_bytes(proof.read_bytes()[:-3])
    assert verify(office, str(proof))[0] == 1
    proof.write_bytes(b"c2sp.org/tlog-proof@v1")
    assert verify(office, str(proof))[0] == 1
    proof.write_bytes(b'{"format":"chipledger-consistency-v1"}')
    assert verify(office, str(proof))[0] == 1


def test_what_is_asked_for_is_one_thing(office: Office, tmp_path: Path) -> None:
    note = str(tmp_path / "note")
    office.run("ledger", "checkpoint", "--out", note)
    office.fail("USAGE", "prove")
    office.fail("USAGE", "prove", "1", "--consistency", note)
    office.fail("ENTRY-UNKNOWN", "prove", "99", exit_code=3)
    office.fail("USAGE", "verify", "--fork", note, note)
    office.fail("USAGE", "verify", "--ledger-key", "x")
    office.fail("USAGE", "verify", note, "--fork", note, note, "--ledger-key", "x")
    proof = str(tmp_path / "proof")
    office.run("prove", "0", "--out", proof)
    office.fail("USAGE", "verify", proof, "--extends", str(office.folder / "ledger.db"))
    office.fail("VERIFIER-KEY", "verify", "--fork", note, note, "--ledger-key", "x")


def test_two_checkpoints_that_contradict_prove_a_fork(office: Office, tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    office.run("ledger", "checkpoint", "--out", str(ours))
    signer = read_key(office.folder / "ledger.key", lambda: b"")
    theirs.write_bytes(sign_checkpoint(Checkpoint(ORIGIN, 4, bytes(32)), [signer]))
    key = ("--ledger-key", verifier_key(ORIGIN, signer.public_key))
    printed = office.run("verify", "--fork", str(ours), str(theirs), *key, exit_code=1)
    assert "both signed by the ledger's key, differ (FORKED)" in printed
    assert (
        office.run("verify", "--fork", str(ours), str(ours), *key)
        .splitlines()[-1]
        .startswith("PASS")
    )
    proof = str(tmp_path / "proof")
    office.run("prove", "0", "--out", proof)
    code, told = verify(office, proof, "--checkpoint", str(theirs))
    assert (code, "(FORKED)" in told) == (1, True)


def test_the_ledger_that_is_proved_is_read_only(office: Office, tmp_path: Path) -> None:
    before = (office.folder / "ledger.db").read_bytes()
    office.run("prove", "0", "--out", str(tmp_path / "proof"))
    assert (office.folder / "ledger.db").read_bytes() == before
    with Ledger.open(str(office.folder / "ledger.db")) as ledger:
        assert ledger.size == 4
