"""For the conditions of audits that go on from a record, or extend an earlier file."""

from dataclasses import replace

from msgspec import structs

from ledger.source import Source
from ledger.trust.audit_record import AuditRecord
from ledger.verify.audit import audit_to_record
from tests.evidence_lines import with_digest
from tests.forger import Forger
from tests.forgeries import Case, case
from tests.selections import opened, selected
from tests.told import BATCH, commissioned, told

ZERO = "00" * 32


def record() -> AuditRecord:
    """Return the record of the told ledger's audit."""
    _, made = audit_to_record(told().ledger.source(), told().trust())
    assert made is not None
    return made


def bent(source: Source | None = None, **given: object) -> Case:
    """Return the case of an auditor whose record says otherwise."""
    trust = replace(told().trust(), record=structs.replace(record(), **given))
    return Case(source or told().ledger.source(), trust)


@case("RECORD-LEDGER")
def a_record_of_another_ledger() -> Case:
    return bent(origin="ledger.other.invalid/other")


@case("RECORD-AHEAD")
def a_record_of_more_entries_than_there_are() -> Case:
    return bent(size=told().ledger.size + 1)


@case("RECORD-DIFFERS")
def a_record_of_another_history() -> Case:
    return bent(root=ZERO)


@case("RECORD-RIGHTS")
def a_record_by_rights_that_nobody_here_knows() -> Case:
    return bent(rights=ZERO)


@case("RECORD-AUTHORITY")
def a_record_of_other_keys_and_roles() -> Case:
    return bent(authority=ZERO)


@case("RECORD-IDS")
def a_record_of_other_ids() -> Case:
    return bent(ids=ZERO)


@case("RECORD-PREFIX")
def a_covered_entry_that_is_none() -> Case:
    forger = Forger(told())
    forger.write_bytes(b"no entry", "EventVoided.v1")
    return bent(forger.source(), size=forger.size)


@case("EXTENDS-DAMAGED")
def a_file_audited_earlier_that_was_damaged_since() -> Case:
    old = opened(with_digest(selected(told().ledger, [BATCH]), b"0" * 64))
    return Case(told().ledger.source(), replace(told().trust(), extends=old))


@case("EXTENDS-DIFFERS")
def another_entry_than_in_the_file_audited_earlier() -> Case:
    forger = Forger(told(), told().ledger.size - 1)
    forger.say(commissioned("B-99"), "maker")
    return Case(told().ledger.source(), replace(told().trust(), extends=forger.source()))
