"""Whose keys the verdict rests on, and who vouches for each."""

from collections.abc import Iterator

from ledger.authority import Authority, EnrolledKey
from ledger.canonical import ordered
from ledger.trust import Trust, pinned_keys
from ledger.verify.report import KeyOut, Mark, TrustOut


def pin_marks(authority: Authority, trust: Trust) -> Iterator[Mark]:
    """Compare each party's keys with the pin that the auditor got outside the ledger."""
    for party, pin in sorted(trust.pins.items()):
        linked = pinned_keys(authority, party, pin)
        for key in authority.keys.values():
            if key.party.lower() == party and key.id not in linked:
                yield Mark("PIN-DIFFERS", key.enrolled, f"{party} {pin}", key.id)
        if not linked and not any(key.party.lower() == party for key in authority.keys.values()):
            yield Mark("PIN-DIFFERS", None, f"{party} {pin}", "no key of this party")
    for party in trust.required_pins:
        if party not in trust.pins:
            yield Mark("PIN-MISSING", None, f"a pin for {party}", "none")


def key_rows(authority: Authority, trust: Trust) -> tuple[KeyOut, ...]:
    """Return every party's keys with who vouches for them, in canonical order."""
    return ordered(*(_row(key, authority, trust) for key in authority.keys.values()))


def _row(key: EnrolledKey, authority: Authority, trust: Trust) -> KeyOut:
    pin = trust.pins.get(key.party.lower())
    pinned = pin is not None and key.id in pinned_keys(authority, key.party, pin)
    voucher = "pinned by you" if pinned else key.voucher
    by = "itself, at the opening" if key.voucher == "opening" else ", ".join(key.vouched_by)
    words = f"key {key.id[:8]}…, enrolled for {key.party} by {by}"
    return KeyOut(
        party=key.party,
        key=key.id,
        holder=key.holder,
        enrolled=key.enrolled,
        revoked=key.revoked,
        doubted_since=key.doubted_since,
        reset=key.reset,
        voucher=voucher,
        words=f"{words} ({voucher})",
    )


def trust_row(trust: Trust) -> TrustOut:
    """Return what the auditor brought, as the report states it."""
    return TrustOut(
        fingerprint=None if trust.fingerprint is None else trust.fingerprint.hex(),
        fingerprint_from=None if trust.fingerprint is None else trust.fingerprint_from,
        pins=ordered(*(f"{party} {pin}" for party, pin in trust.pins.items())),
        old_checkpoints=ordered(*(_size(note) for note in trust.checkpoints)),
        high_water=None if trust.high_water is None else trust.high_water[0],
    )


def _size(note: bytes) -> int:
    """Return the size that a note claims, or -1 where it is no note; step 1 judges it."""
    lines = note.split(b"\n", 2)
    digits = lines[1] if len(lines) > 1 else b""
    return int(digits) if digits.isdigit() and len(digits) < 17 else -1  # noqa: PLR2004  2^53
