"""The worked examples of evidence files and audit records."""

from collections.abc import Iterator

from docs.evidence_examples import (
    FINGERPRINT,
    ExampleSource,
    audit_record,
    full_file,
    record_file,
    selection_file,
)
from docs.published_examples import ExampleProver
from ledger import canonical
from ledger.signing.envelope import pae_of
from ledger.trust import Trust
from ledger.trust.audit_record import RECORD_TYPE
from ledger.verify.continued import authority_text
from ledger.verify.keys import trust_row
from ledger.verify.prefix import covered
from ledger.verify.reduce import Reducer


def evidence_sections() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Yield each title with labels and values."""
    full, part = (one().decode().removesuffix("\n") for one in (full_file, selection_file))
    yield (
        "Evidence file",
        [
            ("All of both entries; the annex is left out", full),
            ("A part: entry 1, what leads from the first entry to both, and the annex", part),
        ],
    )
    record = audit_record()
    reducer = Reducer(ExampleProver().event)
    for row in ExampleSource().rows(0, ExampleSource().size()):
        reducer.cover(row.index, covered(row))
    brought = canonical.encode(trust_row(Trust(fingerprint=FINGERPRINT)))
    authority = authority_text(ExampleProver().authority)
    yield (
        "Audit record",
        [
            ("What `authority` is the SHA-256 of", authority.decode()),
            ("What `ids` is the SHA-256 of, with a line feed behind each line", _lines(reducer)),
            ("What `trust` is the SHA-256 of", brought.decode()),
            ("The record", canonical.encode(record).decode()),
            ("What the auditor signs", pae_of(RECORD_TYPE, canonical.encode(record)).decode()),
            ("The file", record_file().decode().removesuffix("\n")),
        ],
    )


def _lines(reducer: Reducer) -> str:
    return "".join(reducer.ids_lines()).removesuffix("\n")
