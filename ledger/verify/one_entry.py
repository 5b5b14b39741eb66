"""What can be judged of one entry without the log around it: spelling, signatures, pins."""

from collections.abc import Iterator, Sequence

from ledger.entry import Event, read_event
from ledger.errors import Malformed, Unavailable
from ledger.signing.ed25519 import check_public_key, verify
from ledger.signing.envelope import pae
from ledger.signing.signer import key_id
from ledger.trust import Trust
from ledger.verify.report import Mark


def read_entry(index: int, data: bytes, origin: str) -> tuple[Event | None, list[Mark]]:
    """Return the event that an entry's bytes are, or why they are none that can be judged."""
    try:
        event = read_event(index, data)
    except Malformed as error:
        return None, [Mark("ENTRY-MALFORMED", index, "its one canonical spelling", str(error))]
    except Unavailable as error:
        return None, [Mark("TYPE-UNKNOWN", index, "a known type", error.message)]
    named = event.statement.ledger
    return event, [] if named == origin else [Mark("OTHER-LEDGER", index, origin, named)]


def signature_marks(event: Event, raw_keys: Sequence[bytes]) -> Iterator[Mark]:
    """Judge each signature under the key whose digest the statement names."""
    statement, envelope = event.statement, event.entry.envelope
    named = [one.key for one in statement.signatories]
    found = [one.keyid for one in envelope.signatures]
    if named != found:
        expected = ", ".join(f"{one[:8]}…" for one in named)
        got = ", ".join(f"{one[:8]}…" for one in found)
        yield Mark("SIGNATURE-COUNT", event.index, expected, got or "none")
    keys = {key_id(raw): raw for raw in raw_keys}
    message = pae(envelope.statement_bytes())
    for one in envelope.signatures:
        raw = keys.get(one.keyid)
        if raw is None:
            yield Mark("SIGNER-ABSENT", event.index, f"key {one.keyid[:8]}…", "none")
            continue
        try:
            check_public_key(raw)
        except Malformed as error:
            yield Mark(error.code, event.index, "a public key", error.message)
            continue
        if not verify(raw, message, one.raw()):
            yield Mark("SIGNATURE", event.index, "a signature that verifies", "it does not")


def pin_marks(event: Event, trust: Trust) -> Iterator[Mark]:
    """Compare the keys that signed with those that the auditor got outside the ledger."""
    signed: dict[str, set[str]] = {}
    for one in event.statement.signatories:
        signed.setdefault(one.party.lower(), set()).add(one.key)
    for party, pin in sorted(trust.pins.items()):
        if party not in signed:
            yield Mark("PIN-MISSING", None, f"{party} {pin}", "no key of this party")
        elif pin not in signed[party]:
            found = ", ".join(sorted(signed[party]))
            yield Mark("PIN-UNLINKED", event.index, f"{party} {pin}", found)
    for party in trust.required_pins:
        if party not in trust.pins:
            yield Mark("PIN-MISSING", None, f"a pin for {party}", "none")


def unpinned(event: Event, trust: Trust) -> Iterator[str]:
    """Yield whose keys rest on the ledger's word alone."""
    for one in event.statement.signatories:
        if trust.pins.get(one.party.lower()) != one.key:
            yield f"whether key {one.key[:8]}… is {one.party}'s: it was not pinned"
