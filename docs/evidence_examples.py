"""The example ledger as evidence: a full file, a selection, and the record of an audit."""

import io
from collections.abc import Iterable, Iterator
from functools import cache
from hashlib import sha256

from msgspec import structs

from docs.format_examples import KEYS, ORIGIN, annex, example_ledger
from docs.published_examples import LEAVES, ExampleProver
from ledger.evidence.index import EvidenceRow
from ledger.evidence.reader import EvidenceSource
from ledger.evidence.selection import Part
from ledger.evidence.writer import Choice, write_evidence
from ledger.log.checkpoint import ledger_fingerprint
from ledger.log.merkle import EMPTY_FRONTIER
from ledger.source import Anchor
from ledger.trust import Trust
from ledger.trust.audit_record import AuditRecord, sign_record
from ledger.verify.audit import audit_to_record

AUDITOR = KEYS["auditor"]
VERIFIER = "example 1"
FINGERPRINT = ledger_fingerprint(ORIGIN, KEYS["ledger"].public_key)


class ExampleSource:
    """The example ledger as something to audit."""

    name = "example"
    scope = "full"

    def checkpoint(self) -> bytes:
        """Return the checkpoint of both entries."""
        return example_ledger().note

    def size(self) -> int:
        """Return their number."""
        return len(LEAVES)

    def anchors(self) -> list[Anchor]:
        """Return nothing: no checkpoint was shown outside."""
        return []

    def rows(self, start: int, stop: int) -> Iterator[EvidenceRow]:
        """Yield entries."""
        for index in range(start, stop):
            yield EvidenceRow(index, None, example_ledger().entries[index], LEAVES[index])

    def document(self, sha256: str) -> bytes | None:
        """Return the annex under its name."""
        return annex() if sha256 in self.document_names() else None

    def document_names(self) -> Iterator[str]:
        """Yield the name of the annex."""
        return iter([sha256(annex()).hexdigest()])

    def left_out(self) -> frozenset[str]:
        """Return nothing."""
        return frozenset()


class _Prover(ExampleProver):
    """What a selection's proofs are made by."""

    def prove_many(self, indexes: Iterable[int], size: int) -> list[tuple[bytes, ...]]:
        """Return inclusion proofs."""
        return [self.prove(index, size) for index in indexes]

    def root_at(self, size: int) -> bytes:
        """Return the root over the first entries."""
        return EMPTY_FRONTIER.extend(LEAVES[:size]).root()


@cache
def full_file() -> bytes:
    """Return the file of both entries, without the annex."""
    out = io.BytesIO()
    write_evidence(ExampleSource(), out)
    return out.getvalue()


@cache
def selection_file() -> bytes:
    """Return a selection with a consistency proof from the first entry, and the annex."""
    out = io.BytesIO()
    choice = Choice(annexes=[sha256(annex()).hexdigest()])
    part = Part(["entry:1", "since:1"], [0, 1], [1], _Prover())
    write_evidence(ExampleSource(), out, choice, part)
    return out.getvalue()


@cache
def audit_record() -> AuditRecord:
    """Return what an audit of the full file found."""
    with EvidenceSource.of_stream(io.BytesIO(full_file())) as source:
        report, record = audit_to_record(source, Trust(fingerprint=FINGERPRINT))
    if record is None:
        raise ValueError(f"the example does not pass: {report.marks}")
    return structs.replace(record, verifier=VERIFIER)


@cache
def record_file() -> bytes:
    """Return the record, signed by the auditor."""
    return sign_record(audit_record(), AUDITOR)
