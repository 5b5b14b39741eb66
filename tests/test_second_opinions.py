"""What is written here, judged by other people's programs: signatures, proofs, published logs."""

import base64
import hashlib
import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import (  # type: ignore[attr-defined]  # as its documentation does
    Key,
    SSlibKey,
)
from tlog_scales import tlog
from tlog_scales.backend import make_backend
from tlog_scales.reader import TilesReader
from tlog_scales.signing import Vkey, VkeySet
from tlog_scales.tiles import leaf_hash

from ledger.errors import LedgerError
from ledger.evidence.publishing import publish
from ledger.evidence.single import decode_extra, prove_entry
from ledger.log.note import verifier_key
from ledger.log.tlog_proof import parse_tlog_proof
from tests.forgeries import tiled, witness
from tests.golden.generate import FOLDER as GOLDEN
from tests.harness import signer_of
from tests.told import told
from tests.two_hundred import two_hundred
from tests.vectors import stamps
from tests.vectors.generate import FOLDER as VECTORS

Property = Any
"""Takes a name and a value."""


def ssl_key(raw: bytes) -> SSlibKey:
    """Return a key as securesystemslib has it, under the id that our envelopes name it by."""
    public = Ed25519PublicKey.from_public_bytes(raw)
    return SSlibKey.from_crypto(public, hashlib.sha256(raw).hexdigest())


# --- DSSE: securesystemslib, of in-toto and TUF -----------------------------------------------


def test_securesystemslib_verifies_every_envelope(record_property: Property) -> None:
    count = 0
    ledger = two_hundred().ledger
    keys = {key.id: ssl_key(key.public_key) for key in ledger.authority.keys.values()}
    for event in ledger.read():
        ours = event.entry.envelope
        theirs = Envelope.from_dict(json.loads(json.dumps(_as_dict(ours))))
        assert theirs.payload == ours.statement_bytes()
        signers: list[Key] = [keys[one.keyid] for one in ours.signatures]
        assert theirs.verify(signers, len(signers)).keys() == {one.keyid for one in ours.signatures}
        assert theirs.to_dict() == _as_dict(ours)
        count += len(signers)
    record_property("counted", f"signatures verified by securesystemslib: {count}")


def _as_dict(envelope: Any) -> dict[str, Any]:
    return {
        "payload": envelope.payload,
        "payloadType": envelope.payloadType,
        "signatures": [{"keyid": one.keyid, "sig": one.sig} for one in envelope.signatures],
    }


def test_securesystemslib_refuses_a_statement_that_was_changed() -> None:
    ledger = told().ledger
    event = ledger.event(ledger.size - 1)
    changed = _as_dict(event.entry.envelope)
    payload = event.entry.envelope.statement_bytes().replace(b'"accepts"', b'"accepts" ')
    changed["payload"] = base64.b64encode(payload).decode()
    [signature] = event.entry.envelope.signatures
    key = ssl_key(ledger.authority.keys[signature.keyid].public_key)
    with pytest.raises(VerificationError):
        Envelope.from_dict(changed).verify([key], 1)


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.v1.txt")), ids=lambda path: path.stem)
def test_securesystemslib_has_the_same_signed_message(path: Path) -> None:
    """One example of every event type."""
    sections = dict(
        part.partition("\n")[::2]
        for part in path.read_text("utf-8").removeprefix("# ").split("\n# ")
    )
    theirs = Envelope.from_dict(json.loads(sections["envelope"]))
    assert theirs.pae() == sections["pae"].strip("\n").encode()


# --- C2SP: tlog-scales ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> TilesReader:
    """A published log of more than one tile, as tlog-scales reads it."""
    folder = tmp_path_factory.mktemp("published")
    publish(tiled().ledger.source(), folder)
    reader = TilesReader(make_backend(str(folder)))
    reader.get_checkpoint()
    return reader


def test_tlog_scales_reads_a_published_log(published: TilesReader) -> None:
    ledger = tiled().ledger
    shown = published.get_checkpoint()
    assert (shown.origin, shown.size) == (ledger.origin, ledger.size)
    assert shown.serialize().encode() == ledger.checkpoint()
    assert published.calculate_root_hash() == shown.root_hash == ledger.root_at(ledger.size)
    shown.verify(Vkey.from_string(verifier_key(ledger.origin, signer_of("ledger").public_key)))
    with pytest.raises(InvalidSignature):
        replace(shown, size=shown.size - 1).verify(
            Vkey.from_string(verifier_key(ledger.origin, signer_of("ledger").public_key))
        )


def test_tlog_scales_makes_and_checks_the_same_proofs(published: TilesReader) -> None:
    ledger = tiled().ledger
    size, root = ledger.size, ledger.root_at(ledger.size)
    for index in (0, 1, 127, 128, 254, 255, 256, 257, size - 1):
        theirs = published.get_inclusion_proof(index, size)
        entry = published.get_entry(index)
        theirs.check(leaf_hash(entry), root)
        assert entry == ledger.entry_bytes(index)
        assert tuple(theirs.node_hashes) == ledger.prove(index, size)
        ours = tlog.InclusionProof(index, size, list(prove_entry(ledger, index).proof))
        ours.check(leaf_hash(entry), root)
        with pytest.raises(tlog.InclusionProofInvalid):
            ours.check(leaf_hash(entry + b" "), root)
    for old in (1, 2, 255, 256, 257, size - 1):
        between = published.get_consistency_proof(old, size)
        between.check(ledger.root_at(old), root)
        assert tuple(between.node_hashes) == ledger.prove_consistency(old, size)


def vectors_of(kind: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads((VECTORS / "index.json").read_bytes())["vectors"]
    return [row for row in rows if row["kind"] == kind]


@pytest.mark.parametrize("row", vectors_of("proof"), ids=lambda row: row["file"])
def test_tlog_scales_takes_the_proofs_that_are_sound(row: dict[str, Any]) -> None:
    """It looks at the path alone: the good ones hold, those with another path do not."""
    data = (VECTORS / row["file"]).read_bytes()
    try:
        proof = parse_tlog_proof(data)
        extra = decode_extra(proof.extra or b"")
    except LedgerError:
        assert "PROOF-MALFORMED" in {one["code"] for one in row["conditions"]}
        return
    shown = tlog.Checkpoint.from_text(proof.checkpoint.decode())
    theirs = tlog.InclusionProof(proof.index, shown.size, list(proof.proof))
    differs = "INCLUSION-DIFFERS" in {one["code"] for one in row["conditions"]}
    if differs:
        with pytest.raises(tlog.InclusionProofInvalid):
            theirs.check(leaf_hash(extra.entry.encode()), shown.root_hash)
    else:
        theirs.check(leaf_hash(extra.entry.encode()), shown.root_hash)


def test_tlog_scales_verifies_a_cosignature() -> None:
    """Two of three witnesses have cosigned the checkpoint of this file."""
    [line, *_] = (VECTORS / "good/witnessed.jsonl").read_text("utf-8").splitlines()
    note = tlog.Checkpoint.from_text(json.loads(line)["checkpoint"])
    known = [Vkey.from_string(witness(name).verifier_key) for name in ("w1", "w2", "w3")]
    valid = {vkey.name for vkey, _ in VkeySet(*known).verify(note.signatures, note)}
    assert valid == {witness(name).name for name in ("w1", "w3")}


# --- RFC 3161: openssl ------------------------------------------------------------------------


def test_openssl_verifies_the_time_stamp_of_the_vectors(tmp_path: Path) -> None:
    shown, command = tmp_path / "text", ["openssl", "ts", "-verify", "-token_in", "-data"]
    given = ["-in", str(stamps.TOKEN), "-CAfile", str(stamps.ROOT)]
    for text, code in ((stamps.text(), 0), (stamps.text() + "\n", 1)):
        shown.write_text(text)
        done = subprocess.run([*command, str(shown), *given], capture_output=True, check=False)
        assert done.returncode == code, done.stderr
