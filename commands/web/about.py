"""What never changes of the ledger whose pages are shown."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class About:
    """What never changes of the ledger that is served.

    Attributes:
        zone: its time zone.
        fingerprint: in hex.
        purpose: what it says that it is for.
        opened_by: the party that opened it.
        source: what the read models were made from, for people.
        evidence: whether that is evidence that somebody handed over.
    """

    zone: ZoneInfo
    fingerprint: str
    purpose: str
    opened_by: str
    source: str
    evidence: bool

    @property
    def demonstration(self) -> bool:
        """Whether it says that its events are invented."""
        return self.purpose == "demonstration"
