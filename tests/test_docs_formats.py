"""The worked examples are what an independent program computes, and make a ledger that passes."""

import base64
import hashlib
import io
import json
import re

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from docs import format_examples as examples
from docs.format_reference import format_examples_page
from ledger.entry import Event, content_digest, is_control, read_event, tags_of
from ledger.evidence.reader import EvidenceSource
from ledger.log.checkpoint import ledger_fingerprint
from ledger.signing.fingerprint import parse_fingerprint
from ledger.signing.pkcs8 import decode_private
from ledger.store.source import StoreSource
from ledger.store.sqlite import SQLiteRecorder
from ledger.store.transaction import NewEntry, Transaction
from ledger.trust import Trust
from ledger.trust.audit_record import RECORD_TYPE, open_record
from ledger.verify.audit import audit
from ledger.verify.single import judge_proof


def shown(title: str) -> list[str]:
    """Return the values that the page shows under a title."""
    section = format_examples_page().split(f"## {title}\n")[1].split("\n## ")[0]
    found: list[str] = re.findall(r"```text\n(.*?)\n```", section, re.DOTALL)
    return found


def events() -> list[Event]:
    return [read_event(*one) for one in enumerate(examples.example_ledger().entries)]


def test_the_example_ledger_passes_an_audit() -> None:
    example = examples.example_ledger()
    recorder = SQLiteRecorder.create(":memory:")

    def write(transaction: Transaction) -> None:
        for event, data in zip(events(), example.entries, strict=True):
            assert is_control(event.statement)
            new = NewEntry(event.statement.type, data, tags_of(event.statement))
            annex = event.statement.annex
            transaction.append(
                [new],
                recorded_at=event.entry.recorded_at,
                control=event.index,
                documents={annex: examples.annex()} if annex else {},
            )
        transaction.seal(lambda _size, _root: example.note)

    recorder.transact(write)
    fingerprint = ledger_fingerprint(examples.ORIGIN, examples.KEYS["ledger"].public_key)
    report = audit(StoreSource(recorder, None), Trust(fingerprint=fingerprint))
    assert (report.verdict, report.marks) == ("PASS", ())
    recorder.close()


def test_the_signature_verifies_over_the_message_shown() -> None:
    message, signature = shown("Signed message")
    [_, public_key, key_id] = shown("Keys")
    Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key)).verify(
        bytes.fromhex(signature), message.encode()
    )
    assert hashlib.sha256(bytes.fromhex(public_key)).hexdigest() == key_id
    _, statement, digest = shown("Statement")
    head = f"DSSEv1 41 application/vnd.chipledger.statement+json {len(statement)} "
    assert message == head + statement
    assert hashlib.sha256(statement.encode()).hexdigest() == digest


def test_the_tree_is_that_of_the_entries_shown() -> None:
    [entry] = shown("Entry")
    empty, leaves, root, frontiers = shown("Tree")
    first, second = map(bytes.fromhex, leaves.split())
    assert empty == hashlib.sha256(b"").hexdigest()
    assert second == hashlib.sha256(b"\0" + entry.encode()).digest()
    assert root == hashlib.sha256(b"\1" + first + second).hexdigest()
    assert frontiers == f"{first.hex()}\n{root}"
    assert shown("High-water file") == [f"2 {root}"]
    note, key_hash = shown("Checkpoint")
    origin, size, root64, blank, line = note.split("\n")
    assert (origin, size, blank) == (examples.ORIGIN, "2", "")
    assert base64.b64decode(root64).hex() == root
    signed = base64.b64decode(line.split()[2])
    assert signed[:4].hex() == key_hash
    ledger = Ed25519PublicKey.from_public_bytes(examples.KEYS["ledger"].public_key)
    ledger.verify(signed[4:], f"{origin}\n{size}\n{root64}\n".encode())


def test_the_fingerprint_binds_origin_and_key_and_reads_back() -> None:
    digits, spoken = shown("Fingerprint")
    key = examples.KEYS["ledger"].public_key
    assert digits == hashlib.sha256(f"{examples.ORIGIN}\n\x01".encode() + key).hexdigest()
    assert parse_fingerprint(spoken).hex() == digits


def times_x(value: int) -> int:
    """Multiply by x in the field of 32 elements, polynomials modulo x^5 + x^2 + 1."""
    return (value << 1) ^ (0b100101 if value & 16 else 0)


def test_each_group_of_the_fingerprint_solves_the_equation_of_the_page() -> None:
    _, spoken = shown("Fingerprint")
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    for number, group in enumerate(spoken.split("-"), 1):
        total = number
        for letter in group:
            total = times_x(total) ^ alphabet.index(letter)
        assert total == 0, group


def test_the_digests_are_of_the_bytes_shown() -> None:
    preimage, digest = shown("Content digest")
    assert hashlib.sha256(preimage.encode()).hexdigest() == digest
    assert digest == content_digest(events()[1].statement)
    annex, digest = shown("Sealed annex")
    assert hashlib.sha256(annex.encode()).hexdigest() == digest == events()[1].statement.annex
    plan, digest, _ = shown("Sample plan")
    assert hashlib.sha256(plan.encode()).hexdigest() == digest


def test_the_encrypted_key_opens_with_the_passphrase_shown() -> None:
    *_, encrypted = shown("Key files")
    signer = decode_private(f"{encrypted}\n".encode(), lambda: examples.PASSPHRASE, "the page")
    assert [signer.seed.hex(), signer.public_key.hex()] == shown("Keys")[:2]


def test_the_published_files_are_the_tree_and_the_entries_shown() -> None:
    names, tile, bundle, length, listing = shown("Published log")
    [entry] = shown("Entry")
    _, leaves, *_ = shown("Tree")
    assert names.splitlines()[1] == "tile/0/000.p/2"
    assert tile == leaves.replace("\n", "")
    first = examples.example_ledger().entries[0]
    assert bundle == len(first).to_bytes(2, "big").hex() + first[:22].hex()
    assert int(length, 16) == len(entry.encode())
    assert listing == '{"format":"chipledger-published-v1","kind":"listing","size":2}'


def test_the_proof_shown_is_judged_by_plain_python() -> None:
    """As the page's reader would: header, extra, index, hashes, checkpoint."""
    file, extra = shown("Proof of one entry")
    head, note = file.split("\n\n", 1)
    header, extra_line, index, sibling = head.split("\n")
    assert (header, index) == ("c2sp.org/tlog-proof@v1", "index 1")
    assert base64.b64decode(extra_line.removeprefix("extra ")) == extra.encode()
    leaf = hashlib.sha256(b"\0" + json.loads(extra)["entry"].encode()).digest()
    root = hashlib.sha256(b"\1" + base64.b64decode(sibling) + leaf).digest()
    assert base64.b64decode(note.split("\n")[2]) == root
    assert note == shown("Checkpoint")[0]


def test_the_proofs_shown_pass() -> None:
    fingerprint = ledger_fingerprint(examples.ORIGIN, examples.KEYS["ledger"].public_key)
    trust = Trust(fingerprint=fingerprint)
    file, _ = shown("Proof of one entry")
    assert judge_proof(f"{file}\n".encode(), trust, "the page").report.verdict == "PASS"
    [continued] = shown("Proof of consistency")
    assert judge_proof(f"{continued}\n".encode(), trust, "the page").report.verdict == "PASS"


def test_the_evidence_files_shown_pass_and_hold_what_they_say() -> None:
    fingerprint = ledger_fingerprint(examples.ORIGIN, examples.KEYS["ledger"].public_key)
    full, part = shown("Evidence file")
    for file, scope in ((full, "full"), (part, "selection 2 of 2")):
        with EvidenceSource.of_stream(io.BytesIO(f"{file}\n".encode())) as source:
            report = audit(source, Trust(fingerprint=fingerprint))
        assert (report.verdict, report.scope) == ("PASS", scope)
    _, leaves, root, _ = shown("Tree")
    head, tile, *entries, absent, end = map(json.loads, full.split("\n"))
    assert base64.b64decode(tile["hashes"]).hex() == leaves.replace("\n", "")
    assert [one["entry"].encode() for one in entries] == [*examples.example_ledger().entries]
    assert absent["sha256"] == shown("Sealed annex")[1]
    assert (head["checkpoint"], end["lines"]) == (shown("Checkpoint")[0] + "\n", 5)
    _, earlier, _, selected, document, _ = map(json.loads, part.split("\n"))
    first, second = map(bytes.fromhex, leaves.split())
    assert (earlier["root"], base64.b64decode(earlier["proof"])) == (first.hex(), second)
    over = hashlib.sha256(b"\1" + base64.b64decode(selected["proof"]) + second).hexdigest()
    assert over == root
    assert base64.b64decode(document["data"]).decode() == shown("Sealed annex")[0]


def test_the_audit_record_shown_is_of_the_bytes_shown() -> None:
    authority, ids, trust, record, message, file = shown("Audit record")
    found = json.loads(record)
    for name, text in (("authority", authority), ("ids", f"{ids}\n"), ("trust", trust)):
        assert hashlib.sha256(text.encode()).hexdigest() == found[name]
    assert (found["root"], found["size"]) == (shown("Tree")[2], 2)
    assert message == f"DSSEv1 44 {RECORD_TYPE} {len(record)} {record}"
    envelope = json.loads(file)
    assert base64.b64decode(envelope["payload"]).decode() == record
    key = examples.KEYS["auditor"].public_key
    raw = base64.b64decode(envelope["signatures"][0]["sig"])
    Ed25519PublicKey.from_public_bytes(key).verify(raw, message.encode())
    opened = open_record(f"{file}\n".encode(), key)
    brought = Trust(fingerprint=bytes.fromhex(found["fingerprint"]), record=opened)
    full, _ = shown("Evidence file")
    with EvidenceSource.of_stream(io.BytesIO(f"{full}\n".encode())) as source:
        report = audit(source, brought)
    assert (report.verdict, report.scope) == ("PASS", "since 2")
