"""Sites: where hardware is, and what power it has there."""

from typing import Annotated, Literal

from msgspec import Meta

from ledger.canonical import Decimal
from ledger.events.base import Country, EventData, Name, PartyId, SiteId
from ledger.occurred import Occurred


class SiteRegistered(EventData, frozen=True, kw_only=True):
    """A place is known to this ledger. Again by the same party: an update.

    Attributes:
        registrant: the acting party.
        site: identifier.
        name: name for people.
        country: ISO 3166-1.
        locode: UN/LOCODE, or None.
        address: postal address, or None.
        latitude: degrees north (WGS 84) as a decimal, or None.
        longitude: degrees east, or None.
        kind: `factory`, `warehouse`, `port` or `data_center`.
        operator: who runs it, or None.
    """

    registrant: PartyId | None = None
    site: SiteId
    name: Name
    country: Country
    locode: Annotated[str, Meta(pattern=r"^[A-Z]{2}[A-Z2-9]{3}\Z")] | None = None
    address: Name | None = None
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    kind: Literal["factory", "warehouse", "port", "data_center"]
    operator: PartyId | None = None


class SiteCapacityAttested(EventData, frozen=True, kw_only=True):
    """The operator states what power a site has for IT, and what it metered.

    Attributes:
        operator: the acting party.
        site: which site.
        it_megawatts: power available to IT equipment, MW.
        metered_mwh: energy metered in `period`, MWh, or None.
        period: the month or year of the metering, or None.
    """

    operator: PartyId | None = None
    site: SiteId
    it_megawatts: Decimal
    metered_mwh: Decimal | None = None
    period: Occurred | None = None
