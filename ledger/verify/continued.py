"""Going on from an audit record: what is compared with it, and what a new one says."""

import hashlib
from collections.abc import Callable, Sequence

import msgspec

from ledger import canonical
from ledger.authority import Authority
from ledger.entry import read_event
from ledger.log.checkpoint import ledger_fingerprint
from ledger.rights import RIGHTS_SHA256
from ledger.trust import Trust
from ledger.trust.audit_record import AuditRecord
from ledger.verify.control import ReadEntry
from ledger.verify.keys import trust_row
from ledger.verify.report import Mark, Report
from ledger.version import __version__

VERIFIER = f"chipledger {__version__}"


def record_of(
    report: Report, trust: Trust, authority: Authority, ids: Callable[[], str]
) -> AuditRecord | None:
    """Return what may be gone on from: a PASS over a whole log, None for any other report.

    Args:
        report: of the audit.
        trust: what the auditor brought.
        authority: folded over the whole control chain.
        ids: returns the digest of what later entries may not repeat.
    """
    if (report.verdict, report.scope) != ("PASS", "full"):
        return None
    assert report.root is not None and report.origin is not None  # noqa: S101, PT018  of a PASS
    assert report.fingerprint is not None  # noqa: S101  as above
    return AuditRecord(
        authority=authority_digest(authority),
        fingerprint=report.fingerprint,
        ids=ids(),
        origin=report.origin,
        rights=RIGHTS_SHA256,
        root=report.root,
        signatures=next(one.checked for one in report.steps if one.number == 6),  # noqa: PLR2004  signatures
        size=report.size,
        trust=hashlib.sha256(canonical.encode(trust_row(trust))).hexdigest(),
        verifier=VERIFIER,
    )


def authority_text(authority: Authority) -> bytes:
    """Return all keys, roles and agencies as they are folded, in JSON without spaces.

    A list of: parties and where they were registered; keys by id; roles and agencies by party, each
    with its intervals; the ledger's keys, and the rights tables, each from where on.
    """
    return msgspec.json.encode(
        [
            sorted(authority.parties.items()),
            [authority.keys[name] for name in sorted(authority.keys)],
            sorted(authority.roles.items(), key=_name),
            sorted(authority.agencies.items(), key=_name),
            authority.checkpoint_keys,
            authority.rights,
        ]
    )


def authority_digest(authority: Authority) -> str:
    """Return the SHA-256 over that text, in hex."""
    return hashlib.sha256(authority_text(authority)).hexdigest()


def _name(item: tuple[tuple[str, str], object]) -> tuple[str, str]:
    return item[0]


def authority_at(read: ReadEntry, chain: Sequence[int], size: int) -> Authority:
    """Return authority as it was when the log had `size` entries."""
    authority = Authority()
    for index in chain:
        if index < size:
            authority.apply(index, read_event(index, read(index)).statement)
    return authority


def record_marks(
    record: AuditRecord,
    now: Authority,
    then: Callable[[], Authority],
    size: int,
    roots: Callable[[int], bytes],
) -> Sequence[Mark]:
    """Compare an audit record with the log that is there.

    Args:
        record: what was found earlier, its signature verified.
        now: authority folded over the whole chain.
        then: returns authority as it was at the record's size.
        size: entries in the log.
        roots: returns the log's root at a size up to that.
    """
    key = now.checkpoint_keys[0][1]
    fingerprint = ledger_fingerprint(now.opened.origin, key).hex()
    if (record.origin, record.fingerprint) != (now.opened.origin, fingerprint):
        return [Mark("RECORD-LEDGER", None, f"{now.opened.origin} {fingerprint}", record.origin)]
    if record.size > size:
        return [Mark("RECORD-AHEAD", None, f"{record.size} entries", f"{size} entries")]
    root = roots(record.size).hex()
    if root != record.root:
        return [Mark("RECORD-DIFFERS", None, f"{record.root} at {record.size}", root)]
    if record.rights != RIGHTS_SHA256:
        return [Mark("RECORD-RIGHTS", None, RIGHTS_SHA256, record.rights)]
    digest = authority_digest(then())
    if digest != record.authority:
        return [Mark("RECORD-AUTHORITY", None, record.authority, digest)]
    return []
