"""Documents that come later than the event they belong to, and documents disposed of."""

from ledger.canonical import Sha256Hex
from ledger.events.base import EventData, Name, Target
from ledger.occurred import Occurred


class DocumentAttached(EventData, frozen=True, kw_only=True):
    """Documents are added to an earlier event.

    Attributes:
        target: the event they belong to.
        remark: what they show, in a sentence.
    """

    target: Target
    remark: Name


class DocumentDisposed(EventData, frozen=True, kw_only=True):
    """The ledger operator gives up its copy of a document or annex; the digest stays in the log.

    Attributes:
        document: SHA-256 of the bytes.
        reason: why, in a sentence.
        retention_basis: the rule by which it may go, such as 15 CFR 762.6(a).
        retained_until: last day on which it had to be kept, or None where nothing was due.
        ordered_by: who ordered it against that rule or a hold, or None.
    """

    document: Sha256Hex
    reason: Name
    retention_basis: Name
    retained_until: Occurred | None = None
    ordered_by: Name | None = None
