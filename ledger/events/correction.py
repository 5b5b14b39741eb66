"""Voids and counter-signatures. A correction has no type: any statement may carry `corrects`."""

from typing import Literal

from ledger.events.base import EventData, Target, Text


class EventVoided(EventData, frozen=True, kw_only=True):
    """An event did not occur: it and its whole chain of corrections are reversed, for good.

    Attributes:
        target: the newest event of the chain.
        reason: why.
    """

    target: Target
    reason: Text


class Countersigned(EventData, frozen=True, kw_only=True):
    """A party named in an event signs it later, or takes a stance on it.

    Attributes:
        target: the event, by id and digest.
        stance: `accepts`, `accepts_except` or `disputes`.
        text: what is excepted or disputed; None with `accepts`.
    """

    target: Target
    stance: Literal["accepts", "accepts_except", "disputes"]
    text: Text | None = None
