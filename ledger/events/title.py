"""Title: who owns."""

from ledger.events.base import AuthorizationId, Code, EventData, PartyId, TitleId
from ledger.events.product import Lines


class TitleTransferred(EventData, frozen=True, kw_only=True):
    """Ownership passes from seller to buyer; price and terms go into the sealed annex.

    Attributes:
        seller: the acting party.
        buyer: who owns from here on.
        title: identifier of the transfer.
        lines: the units.
        contract: number of the contract or invoice, or None.
        authorization: the authorization that an in-country transfer rests on, or None.
    """

    seller: PartyId | None = None
    buyer: PartyId
    title: TitleId
    lines: Lines
    contract: Code | None = None
    authorization: AuthorizationId | None = None
