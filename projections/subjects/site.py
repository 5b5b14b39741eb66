"""Sites: where they are, who runs them, what power they are said to have."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from ledger.entry import Event
from ledger.events import site as noun
from projections.subjects.row import Row, dated, row, table

SCHEMA = (
    *table(
        "site",
        "registrant! site! name country! locode address latitude longitude kind operator!",
        "site",
        "country",
    ),
    *table("site_capacity", "operator! site! it_megawatts metered_mwh period@", "site"),
)
_REGISTERED = "registrant site name country locode address latitude longitude kind operator"


def registered(event: Event, data: noun.SiteRegistered, _zone: ZoneInfo) -> Iterator[Row]:
    """Yield a registration; the newest that counts is what is known of the site."""
    yield row("site", event, data, _REGISTERED)


def attested(event: Event, data: noun.SiteCapacityAttested, zone: ZoneInfo) -> Iterator[Row]:
    """Yield what power a site is said to have for IT."""
    fields = "operator site it_megawatts metered_mwh"
    yield row("site_capacity", event, data, fields, **dated(zone, period=data.period))


ROWS = {noun.SiteRegistered: registered, noun.SiteCapacityAttested: attested}
