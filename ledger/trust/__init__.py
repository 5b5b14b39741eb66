"""What an auditor brings: nothing of it comes from the place that is audited."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ledger.authority import EnrolledKey
from ledger.errors import Malformed
from ledger.events.base import check_identifier
from ledger.signing.fingerprint import parse_fingerprint
from ledger.source import Source
from ledger.trust.audit_record import AuditRecord
from ledger.trust.policy import Policy


@dataclass(frozen=True, slots=True)
class Trust:
    """What an audit rests on. Parties are compared without regard to case.

    Attributes:
        fingerprint: SHA-256(origin LF 0x01 key) of the ledger's first checkpoint key, 32 bytes.
        fingerprint_from: who gave it, for the report.
        pins: party to the key id that was got outside the ledger.
        required_pins: parties without whose pin the verdict is UNDECIDED.
        checkpoints: signed notes that were seen earlier; the log must extend each.
        extends: a file or folder that was audited earlier, which this one must continue.
        record: an audit that is gone on from, its signature verified.
        high_water: (size, root) that the ledger's own file of answers given ends with.
        policy: which logs and witnesses are known, and how many must have cosigned; None asks none.
        tsa_roots: certificates (DER) of time-stamp authorities; with any, a time stamp is needed.
    """

    fingerprint: bytes | None = None
    fingerprint_from: str = "given by you"
    pins: Mapping[str, str] = field(default_factory=dict)
    required_pins: tuple[str, ...] = ()
    checkpoints: tuple[bytes, ...] = ()
    high_water: tuple[int, bytes] | None = None
    extends: Source | None = None
    record: AuditRecord | None = None
    policy: Policy | None = None
    tsa_roots: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        pins = {party.lower(): key.lower() for party, key in self.pins.items()}
        object.__setattr__(self, "pins", pins)
        required = sorted({party.lower() for party in self.required_pins})
        object.__setattr__(self, "required_pins", tuple(required))


def pinned_keys(own: Iterable[EnrolledKey], pin: str) -> frozenset[str]:
    """Return the ids of a party's keys that hang together with the pinned one.

    Two keys hang together when one signed the other's enrolment. The result is empty when the
    pinned key itself is not among them.

    Args:
        own: the keys enrolled for the party.
        pin: id of the key that the auditor knows.
    """
    links: dict[str, set[str]] = {}
    for key in own:
        links.setdefault(key.id, set()).update(key.previous)
        for previous in key.previous:
            links.setdefault(previous, set()).add(key.id)
    reached: set[str] = set()
    waiting = [pin] if pin in links else []
    while waiting:
        key_id = waiting.pop()
        if key_id not in reached:
            reached.add(key_id)
            waiting += links[key_id]
    return frozenset(reached)


def parse_pins(given: Iterable[str]) -> dict[str, str]:
    """Return party to key id of `PARTY=FINGERPRINT` texts.

    Raises:
        Malformed: PIN, IDENTIFIER, or as `parse_fingerprint`.
    """
    pins: dict[str, str] = {}
    for text in given:
        party, equals, fingerprint = text.partition("=")
        if not equals or party.lower() in pins:
            raise Malformed(
                "PIN",
                f"{text[:80]!r} is no pin, or its party is pinned twice",
                where="--pin",
                hint="write PARTY=FINGERPRINT, as `chipledger key fingerprint PARTY` prints it",
            )
        pins[check_identifier(party).lower()] = parse_fingerprint(fingerprint).hex()
    return pins
