"""What an auditor goes on from: an earlier file, and the signed record of an earlier audit.

Not every verifier reads those; the index says with `extends` and `record` which files need them.
"""

from collections.abc import Callable

from msgspec import structs

from ledger.evidence.lines import encode_line
from ledger.trust import Trust
from ledger.trust.audit_record import AuditRecord
from ledger.verify.audit import audit_to_record
from tests.harness import signer_of
from tests.told import dispatched
from tests.vectors.log import FINGERPRINT, MAKER_GRANTED, Log, makers, opened
from tests.vectors.table import Made, Vector, add, made, vector

VERIFIER = "chipledger vectors"
"""Stands for whatever version audits."""
AUDITOR = signer_of("auditor")
"""Signs the records."""
ZERO = "0" * 64


def recorded(log: Log) -> AuditRecord:
    """Return the record of an audit of a log that passes."""
    report, record = audit_to_record(log.source(), Trust(fingerprint=FINGERPRINT))
    assert record is not None, report.marks
    return structs.replace(record, verifier=VERIFIER)


def grown() -> Log:
    """Return a log that has gone on since it was audited."""
    log = makers()
    log.say(dispatched("SHP-1"), "maker")
    return log


def _bent(**changes: object) -> Callable[[], Made]:
    return lambda: made(grown(), record=structs.replace(recorded(makers()), **changes))


BENT: dict[str, tuple[str, str, dict[str, object]]] = {
    "another-ledger": (
        "RECORD-LEDGER",
        "The audit that is gone on from was of a ledger of another name",
        {"origin": "ledger.other.invalid/x"},
    ),
    "another-fingerprint": (
        "RECORD-LEDGER",
        "The audit that is gone on from was of a ledger with another fingerprint",
        {"fingerprint": ZERO},
    ),
    "more-entries": (
        "RECORD-AHEAD",
        "The audit that is gone on from was of more entries than the file holds",
        {"size": 9},
    ),
    "another-root": (
        "RECORD-DIFFERS",
        "The audit that is gone on from was of another history",
        {"root": ZERO},
    ),
    "a-later-rights-table": (
        "RECORD-RIGHTS",
        "The audit that is gone on from judged by a rights table that this verifier lacks",
        {"rights": ZERO},
    ),
    "other-keys-and-roles": (
        "RECORD-AUTHORITY",
        "The audit that is gone on from had folded other keys and roles",
        {"authority": ZERO},
    ),
    "other-ids": (
        "RECORD-IDS",
        "The audit that is gone on from had found other ids and identifiers",
        {"ids": ZERO},
    ),
}
for _name, (_code, _what, _changes) in BENT.items():
    add(Vector(f"record-of-{_name}", "audit record", f"{_what}.", (_code,), _bent(**_changes)))


@vector("audit record", "RECORD-DIFFERS")
def record_of_a_history_that_was_rewritten() -> Made:
    """The operator rewrote an entry that had been audited."""
    return made(_otherwise(), record=recorded(makers()))


def _otherwise() -> Log:
    """Return a log that is another than that of `makers` from the last entry on."""
    log = makers().copy(MAKER_GRANTED)
    log.say(dispatched("SHP-9"), "maker")
    return log


@vector("audit record", "RECORD-PREFIX")
def record_of_an_entry_that_nobody_can_read() -> Made:
    """The record's signer says that an entry passed, and it is none."""
    whole, log = makers(), opened()
    log.write_bytes(b"{}" + b" " * 512)
    for index in range(2, whole.size):
        log.write(whole.event(index).entry.envelope)
    root = log.root.hex()
    record = structs.replace(recorded(makers()), root=root)
    log.say(dispatched("SHP-1"), "maker")
    return made(log, record=record)


@vector("audit record", "IDENTIFIER-USED")
def record_of_an_identifier_that_is_opened_again() -> Made:
    """Behind what was audited, the maker opens an identifier that it had opened before."""
    log = grown()
    record = recorded(log)
    log.say(dispatched("SHP-1"), "maker")
    return made(log, record=record)


def _file(log: Log) -> bytes:
    return b"".join(map(encode_line, log.full()))


@vector("audit record", "EXTENDS-DIFFERS", "CHECKPOINT-OLD-DIFFERS")
def extends_a_file_with_another_entry() -> Made:
    """An entry has other bytes than in the file that the auditor kept."""
    return made(_otherwise(), extends=_file(makers()), checkpoints=[makers().note()])


@vector("good")
def good_since_an_audit() -> Made:
    """A file that goes on from an earlier audit, of which a signed record was kept."""
    return made(grown(), record=recorded(makers()))


@vector("good")
def good_that_extends_a_file() -> Made:
    """A file that continues one that the auditor kept."""
    return made(grown(), extends=_file(makers()), checkpoints=[makers().note()])
