"""Documents that come later than the event they belong to."""

from ledger.events.base import EventData, Name, Target


class DocumentAttached(EventData, frozen=True, kw_only=True):
    """Documents are added to an earlier event.

    Attributes:
        target: the event they belong to.
        remark: what they show, in a sentence.
    """

    target: Target
    remark: Name
