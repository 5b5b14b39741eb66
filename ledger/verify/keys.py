"""Whose keys the verdict rests on, and who vouches for each."""

from collections.abc import Iterator
from hashlib import sha256

from ledger.authority import Authority, EnrolledKey
from ledger.canonical import INTEGER_MAX, ordered
from ledger.errors import LedgerError
from ledger.source import Source
from ledger.trust import Trust, pinned_keys
from ledger.trust.audit_record import AuditRecord
from ledger.verify.report import KeyOut, Mark, TrustOut

_DIGITS_MAX = 16
"""Of a tree size, which is below 2**53."""


def pin_marks(authority: Authority, trust: Trust) -> Iterator[Mark]:
    """Compare each party's keys with the pin that the auditor got outside the ledger."""
    for party, pin in sorted(trust.pins.items()):
        own = [key for key in authority.keys.values() if key.party.lower() == party]
        linked = pinned_keys(own, pin)
        for key in own:
            if key.id not in linked:
                yield Mark("PIN-DIFFERS", key.enrolled, f"{party} {pin}", key.id)
        if not own:
            yield Mark("PIN-MISSING", None, f"{party} {pin}", "no key of this party")
    for party in trust.required_pins:
        if party not in trust.pins:
            yield Mark("PIN-MISSING", None, f"a pin for {party}", "none")


def key_rows(authority: Authority, trust: Trust) -> tuple[KeyOut, ...]:
    """Return every party's keys with who vouches for them, in canonical order."""
    return ordered(*(_row(key, trust) for key in authority.keys.values()))


def _row(key: EnrolledKey, trust: Trust) -> KeyOut:
    pinned = trust.pins.get(key.party.lower()) == key.id
    return KeyOut(
        party=key.party,
        key=key.id,
        holder=key.holder,
        enrolled=key.enrolled,
        revoked=key.revoked,
        doubted_since=key.doubted_since,
        reset=key.reset,
        voucher="pinned by you" if pinned else key.voucher,
        words=f"key {key.id[:8]}…, {'pinned by you for ' + key.party if pinned else _words(key)}",
    )


def _words(key: EnrolledKey) -> str:
    vouchers = ", ".join(key.vouched_by)
    match key.voucher:
        case "opening":
            return f"of {key.party}, by its own word at the opening"
        case "registrar only":
            return f"enrolled for {key.party} by {vouchers} (registrar only)"
        case "own previous key":
            return f"enrolled for {key.party}, signed for by its own previous key"
        case _:
            return f"enrolled for {key.party}, signed for by {vouchers} (another party)"


def trust_row(trust: Trust) -> TrustOut:
    """Return what the auditor brought, as the report states it."""
    return TrustOut(
        fingerprint=None if trust.fingerprint is None else trust.fingerprint.hex(),
        fingerprint_from=None if trust.fingerprint is None else trust.fingerprint_from,
        pins=ordered(*(f"{party} {pin}" for party, pin in trust.pins.items())),
        old_checkpoints=tuple(sorted({_size(note) for note in trust.checkpoints})),
        extends=None if trust.extends is None else _held_by(trust.extends),
        high_water=None if trust.high_water is None else trust.high_water[0],
        record=None if trust.record is None else _words_of(trust.record),
        policy=None if trust.policy is None else trust.policy.sha256,
        tsa_roots=ordered(*(sha256(root).hexdigest() for root in set(trust.tsa_roots))),
    )


def _size(note: bytes) -> int:
    """Return the size that a note claims, or -1 where it is no note; step 1 judges it."""
    lines = note.split(b"\n", 2)
    digits = lines[1] if len(lines) > 1 else b""
    size = int(digits) if digits.isdigit() and len(digits) <= _DIGITS_MAX else -1
    return size if size <= INTEGER_MAX else -1


def _held_by(old: Source) -> str:
    """Return what a file that was audited earlier holds, as far as it can be read."""
    try:
        size = old.size()
    except LedgerError:
        return "unreadable"
    return f"all {size:,} entries" if old.scope == "full" else old.scope


def _words_of(record: AuditRecord) -> str:
    return (
        f"an audit of {record.size:,} entries by {record.verifier}, with {record.signatures:,}"
        " signatures verified, signed by the auditor's key"
    )
