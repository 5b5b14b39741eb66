"""What an auditor brings: nothing of it comes from the place that is audited."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ledger.authority import Authority, EnrolledKey


@dataclass(frozen=True, slots=True)
class Trust:
    """What an audit rests on.

    Attributes:
        fingerprint: SHA-256(origin LF 0x01 key) of the ledger's first checkpoint key, 32 bytes.
        fingerprint_from: who gave it, for the report.
        pins: party (lower case) to the key id that was got outside the ledger.
        required_pins: parties (lower case) without whose pin the verdict is UNDECIDED.
        checkpoints: signed notes that were seen earlier; the log must extend each.
        high_water: (size, root) that the ledger's own file of answers given ends with.
    """

    fingerprint: bytes | None = None
    fingerprint_from: str = "given by you"
    pins: Mapping[str, str] = field(default_factory=dict)
    required_pins: tuple[str, ...] = ()
    checkpoints: tuple[bytes, ...] = ()
    high_water: tuple[int, bytes] | None = None


def pinned_keys(authority: Authority, party: str, pin: str) -> frozenset[str]:
    """Return the ids of a party's keys that hang together with the pinned one.

    Two keys hang together when one signed the other's enrolment. The pinned key itself must be
    enrolled for the party, else the result is empty.
    """
    own = {key.id: key for key in authority.keys.values() if key.party.lower() == party.lower()}
    if pin not in own:
        return frozenset()
    reached = {pin}
    grown = True
    while grown:
        more = {key.id for key in own.values() if _linked(key, reached)}
        more |= {one for key in reached for one in own[key].previous if one in own}
        grown = not more <= reached
        reached |= more
    return frozenset(reached)


def _linked(key: EnrolledKey, reached: set[str]) -> bool:
    return bool(reached & set(key.previous))
