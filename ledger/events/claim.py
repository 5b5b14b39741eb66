"""Claims: what somebody is reported to have said."""

from ledger.events.base import ClaimId, EventData, Name, PartyId, Text
from ledger.occurred import Occurred


class ClaimReported(EventData, frozen=True, kw_only=True):
    """A statement by somebody, as reported; evidence of having been said, and of nothing else.

    Attributes:
        claim: identifier.
        speaker: who said it: a party, or None where it is the publisher's own statement.
        subject: parties that it is about.
        quotation: the statement, in the reporter's words unless quoted.
        publisher: who published it.
        published_on: date, or None.
        retrieved_on: date, or None.
    """

    claim: ClaimId
    speaker: PartyId | None = None
    subject: tuple[PartyId, ...] = ()
    quotation: Text
    publisher: Name
    published_on: Occurred | None = None
    retrieved_on: Occurred | None = None
