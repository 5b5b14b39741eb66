"""The page of worked examples of every byte format."""

import hashlib
from collections.abc import Iterator

from docs.evidence_reference import evidence_sections
from docs.format_examples import (
    ENCRYPTED_KEY,
    KEYS,
    ORIGIN,
    PASSPHRASE,
    RECORDED,
    WITNESS,
    WITNESSED,
    ZONE,
    annex,
    content_preimage,
    example_ledger,
)
from docs.published_examples import FILES, consistency_proof_file, entry_proof
from ledger import canonical
from ledger.draft import Document
from ledger.entry import content_digest, tags_of
from ledger.events.assurance import SamplePlan
from ledger.events.base import Line
from ledger.log.checkpoint import ledger_fingerprint
from ledger.log.cosignature import Cosigner, cosign, cosigned_message
from ledger.log.merkle import EMPTY_ROOT, leaf_hash
from ledger.log.note import ED25519, format_line, key_hash, parse_note
from ledger.log.tiles import entry_bundle_path, filled_tiles, partial_tiles, tile_path
from ledger.log.tlog_proof import parse_tlog_proof
from ledger.occurred import interval, load_zone, utc_text
from ledger.sampling import draw, plan_digest
from ledger.signing.envelope import pae
from ledger.signing.fingerprint import speakable
from ledger.signing.pkcs8 import encode_private, encode_public
from ledger.signing.signer import key_id
from ledger.trust.timestamps import request

INTRODUCTION = f"""# Worked examples of the formats

Every figure here is computed by the code; the rules are in
[formats](../explanation/formats.md). A program that writes the same bytes from the same inputs
writes this format.

The ledger is `{ORIGIN}`, its zone {ZONE}. It has two entries.
Five keys are made from seeds of 32 equal bytes: the registrar's from `01`, the recovery key from
`02`, the ledger's own from `03`, that of the witness `{WITNESS}` from `04`, an
auditor's from `05`. The random part of each id is `00 01 02 … 09`, the salt of the annex
`00 01 02 … 1f`. JSON stands here as one line, as it is stored.
"""


def format_examples_page() -> str:
    """Return the page of worked examples."""
    parts = [INTRODUCTION]
    for sections in (
        _values(),
        _signed(),
        _stored(),
        _log(),
        evidence_sections(),
        _published(),
        _files(),
    ):
        for title, rows in sections:
            parts.append(f"## {title}\n")
            parts += [f"{label}:\n\n```text\n{value}\n```\n" for label, value in rows]
    return "\n".join(parts)


Section = tuple[str, list[tuple[str, str]]]


def _values() -> Iterator[Section]:
    line = Line(model="B200", batch="B-01", quantity=72, racks=("R0001", "R0002"))
    yield (
        "Canonical JSON",
        [("A line of two racks", canonical.encode(line).decode())],
    )
    yield (
        "Identifiers and ids",
        [
            (f"UUIDv7 of {RECORDED[0]}", example_ledger().statements[0].id),
        ],
    )
    dates = (
        "2026-03-02T14:00:00+08:00",
        "2026-03-02",
        "2026-03",
        "2026",
        "../2025-01",
    )
    spans = [interval(text, load_zone(ZONE)) for text in dates]
    rows = [
        f"{text:<27}{'open' if span.start is None else utc_text(span.start):<22}"
        f"{utc_text(span.end):<22}{utc_text(span.posts_at)}"
        for text, span in zip(dates, spans, strict=True)
    ]
    head = f"{'occurred':<27}{'from':<22}{'until (exclusive)':<22}posts at"
    yield "Dates", [("In the example's zone, UTC", "\n".join([head, *rows]))]


def _signed() -> Iterator[Section]:
    example = example_ledger()
    first, second = example.statements
    payload = canonical.encode(second)
    signature = example.envelopes[1].signatures[0]
    yield (
        "Keys",
        [
            ("The registrar's seed", KEYS["registrar"].seed.hex()),
            ("Its raw public key", KEYS["registrar"].public_key.hex()),
            ("Its id, the SHA-256 of that", key_id(KEYS["registrar"].public_key)),
        ],
    )
    yield (
        "Statement",
        [
            ("Entry 0's statement", canonical.encode(first).decode()),
            (f"Entry 1's statement, {len(payload)} bytes", payload.decode()),
            ("Its SHA-256, by which a later event names it", hashlib.sha256(payload).hexdigest()),
        ],
    )
    yield (
        "Signed message",
        [
            ("What is signed for entry 1 (the pre-authentication encoding)", pae(payload).decode()),
            ("The signature, in hex", signature.raw().hex()),
        ],
    )
    yield "Envelope", [("Entry 1's envelope", canonical.encode(example.envelopes[1]).decode())]
    yield (
        "Sealed annex",
        [
            ("Its bytes", annex().decode()),
            ("Its SHA-256, which the statement carries", hashlib.sha256(annex()).hexdigest()),
        ],
    )
    yield (
        "Content digest",
        [
            ("What is hashed for entry 1", content_preimage(second).decode()),
            ("The content digest", content_digest(second)),
        ],
    )


def _stored() -> Iterator[Section]:
    example = example_ledger()
    yield (
        "Entry",
        [
            (f"Entry 1, {len(example.entries[1])} bytes", example.entries[1].decode()),
        ],
    )
    yield "Tags", [("Of entry 1", "\n".join(tags_of(example.statements[1])))]
    document = Document(b"serial\n1654000003999\n", "serial_manifest", "Serials", "text/csv")
    yield (
        "Documents",
        [
            ("A manifest's bytes, as a Python literal", repr(document.data)),
            ("How a statement names it", canonical.encode(document.reference()).decode()),
        ],
    )
    seed = hashlib.sha256(b"seed").hexdigest()
    plan = SamplePlan(seed=seed, size=2, root=example.frontier.root().hex(), site="JHR-1", count=2)
    names = [f"S{number}" for number in range(1, 7)]
    yield (
        "Sample plan",
        [
            ("The plan; its seed is the SHA-256 of `seed`", canonical.encode(plan).decode()),
            ("What the auditor commits to", plan_digest(plan)),
            (f"Drawn from {', '.join(names)}", ", ".join(draw(plan, names))),
        ],
    )


def _log() -> Iterator[Section]:
    example = example_ledger()
    ledger = KEYS["ledger"].public_key
    leaves = [leaf_hash(one).hex() for one in example.entries]
    fingerprint = ledger_fingerprint(ORIGIN, ledger)
    yield (
        "Tree",
        [
            ("Root of no entries", EMPTY_ROOT.hex()),
            ("Leaf hashes of entry 0 and entry 1", "\n".join(leaves)),
            ("Root of both", example.frontier.root().hex()),
            ("Frontier of sizes 1 and 2", f"{leaves[0]}\n{example.frontier.to_bytes().hex()}"),
        ],
    )
    partial = [tile_path(*one) for one in partial_tiles(70_000)]
    yield (
        "Tiles",
        [
            ("Level 0, tile 1,234,067; the same with 112 hashes", _paths(0, 1_234_067)),
            ("The entries under it", entry_bundle_path(1_234_067)),
            (
                "A tree of 70,000 entries has so many full tiles, and these partial ones",
                "\n".join([str(len(filled_tiles(0, 70_000))), *partial]),
            ),
        ],
    )
    yield (
        "Checkpoint",
        [
            ("The note, with its final line feed", example.note.decode().removesuffix("\n")),
            ("The key hash in its signature line", key_hash(ORIGIN, ED25519, ledger).hex()),
        ],
    )
    yield from _outside(example.note)
    yield (
        "Fingerprint",
        [
            ("SHA-256 of origin, line feed, 01 and the ledger's key", fingerprint.hex()),
            ("The same for the telephone", speakable(fingerprint)),
        ],
    )


def _outside(note: bytes) -> Iterator[Section]:
    text, witness = parse_note(note).text, KEYS["witness"]
    line = cosign(text, WITNESS, witness, WITNESSED)
    yield (
        "Cosignature",
        [
            ("The witness's verifier key", Cosigner(WITNESS, witness.public_key).verifier_key),
            ("What it signs", cosigned_message(text, WITNESSED).decode().removesuffix("\n")),
            ("Timestamp and signature, in hex", line.signature.hex()),
            ("Its line in the note", format_line(line).removesuffix("\n")),
        ],
    )
    query, _ = request(text, nonce=False)
    yield (
        "Time stamp",
        [
            ("SHA-256 of the checkpoint's text", hashlib.sha256(text.encode()).hexdigest()),
            ("A request without nonce (DER, in hex)", query.hex()),
        ],
    )


def _published() -> Iterator[Section]:
    bundle = FILES["tile/entries/000.p/2"]
    sizes = [len(one) for one in example_ledger().entries]
    told = f"`tile/entries/000.p/2` has {len(bundle)} bytes: 2, {sizes[0]}, 2 and {sizes[1]}"
    yield (
        "Published log",
        [
            ("Its files", "\n".join(FILES)),
            ("`tile/0/000.p/2`, in hex", FILES["tile/0/000.p/2"].hex()),
            (f"{told}. The first 24, in hex", bundle[:24].hex()),
            ("The length before entry 1, in hex", bundle[2 + sizes[0] :][:2].hex()),
            ("`chipledger/2.jsonl`", FILES["chipledger/2.jsonl"].decode().strip()),
        ],
    )
    proof = parse_tlog_proof(entry_proof())
    yield (
        "Proof of one entry",
        [
            ("The file that proves entry 1", entry_proof().decode().strip()),
            ("Its extra data", (proof.extra or b"").decode()),
        ],
    )
    continued = consistency_proof_file(KEYS["ledger"]).decode().strip()
    yield "Proof of consistency", [("That both entries continue the first", continued)]


def _paths(level: int, n: int) -> str:
    return f"{tile_path(level, n)}\n{tile_path(level, n, 112)}"


def _files() -> Iterator[Section]:
    example = example_ledger()
    signer = KEYS["registrar"]
    yield (
        "Key files",
        [
            ("The registrar's public key", encode_public(signer.public_key).decode().strip()),
            ("Its private key, plain", encode_private(signer, None).decode().strip()),
            (f"The same under the passphrase `{PASSPHRASE.decode()}`", ENCRYPTED_KEY.strip()),
        ],
    )
    shown = f"{example.frontier.size} {example.frontier.root().hex()}"
    yield "High-water file", [("Its line after entry 1", shown)]
