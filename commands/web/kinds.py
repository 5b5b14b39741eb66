"""What has a page of its own, and which questions that page asks: one row a kind."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from projections.reports.sections import Picture


@dataclass(frozen=True, slots=True)
class Part:
    """A question on the page of a thing.

    Attributes:
        question: in `projections/queries`.
        parameter: what of it takes the thing's name.
        picture: drawn of its answer, or None.
        title: in place of the question's own, or None.
        asked: sentence in place of the question's own, or None.
        quick: question about everything with the same sums and less beside them, asked in its
            place where a ledger is long; or None.
    """

    question: str
    parameter: str
    picture: Picture | None = None
    title: str | None = None
    asked: str | None = None
    quick: str | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of thing with a page.

    Attributes:
        name: as `named` in the read models has it.
        plural: for people.
        parts: what its page asks, in the order in which it is read.
        listing: question that lists all of the kind, or None.
        facts: file in `commands/web/sql` whose newest row describes it, or None.
    """

    name: str
    plural: str
    parts: tuple[Part, ...]
    listing: str | None = None
    facts: str | None = None


def _what(question: str, parameter: str, asked: str) -> Part:
    """Return the part that comes first on the page of a thing."""
    return Part(question, parameter, title="What it is", asked=asked)


_KINDS: Final = (
    Kind(
        "batch",
        "batches",
        (
            _what("batches", "batch", "Who made it, and how much of it somebody holds."),
            Part("where", "batch", "places"),
            Part("possession-over-time", "batch", "possession"),
            Part("title", "batch"),
            Part("racks", "batch"),
            Part("custody", "batch"),
            Part("whose-word", "batch"),
        ),
        "batches",
    ),
    Kind(
        "rack",
        "racks",
        (
            _what("racks", "rack", "What is in it, who holds it, where and in which state."),
            Part("custody", "rack"),
            Part("units", "rack"),
        ),
        "racks",
    ),
    Kind(
        "serial",
        "serial numbers",
        (
            _what("units", "serial", "Its batch, rack and tray, as its newest list says."),
            Part("custody", "serial"),
        ),
    ),
    Kind(
        "shipment",
        "shipments",
        (
            _what("movements", "shipment", "Its dispatch, and what it was said to rest on."),
            Part("shipment", "shipment"),
            Part("three-way", "shipment"),
            Part("usual-papers", "shipment"),
            Part("exports", "shipment"),
        ),
        "movements",
    ),
    Kind(
        "party",
        "parties",
        (
            Part("keys", "party"),
            Part("where", "holder", "places", "What it holds"),
            Part("title", "owner", title="What it owns"),
            Part("lease-book", "lessee", title="What it uses under leases"),
            Part("lease-book", "lessor", title="What it leases out"),
            Part("certification-timeline", "party", "certifications"),
            Part("ownership", "party"),
            Part("authorization-timeline", "party"),
            Part("signatures", "party", title="How often it signed"),
        ),
        "parties",
        "party.sql",
    ),
    Kind(
        "site",
        "sites",
        (
            Part("where", "site", "places", "What is here"),
            Part("running-over-time", "site", "capacity"),
            Part("possession-over-time", "site", "possession"),
            Part("site-capacity", "site"),
            Part("lease-book", "site"),
            Part("roles-at-site", "site"),
            Part("assurance", "site"),
            Part("inspections", "site"),
            Part("racks", "site"),
        ),
        "site-capacity",
        "site.sql",
    ),
    Kind(
        "lease",
        "leases",
        (
            _what("lease-book", "lease", "What is leased, between whom, and on whose word."),
            Part("use", "lease", "service"),
            Part("lease-timeline", "lease"),
        ),
        "lease-book",
    ),
    Kind(
        "certification",
        "certifications",
        (Part("certification-timeline", "certification", "certifications"),),
        "certification-timeline",
    ),
    Kind(
        "authorization",
        "authorizations",
        (
            Part("authorization-timeline", "authorization"),
            Part("authorization-usage", "authorization"),
            Part("exports", "authorization"),
        ),
        "authorization-timeline",
    ),
    Kind("plan", "plans", (_what("plans", "plan", "What is planned, and how far."),), "plans"),
    Kind("hold", "holds", (_what("holds", "hold", "What is to be kept, and why."),), "holds"),
    Kind(
        "incident",
        "incidents",
        (_what("incidents", "incident", "What is reported to have happened, and by whom."),),
        "incidents",
    ),
    Kind("inspection", "inspections", (Part("as-found", "inspection"),), "inspections"),
    Kind("model", "models", (), None, "model.sql"),
    Kind("filing", "filings", (), "exports"),
)  # fmt: skip
KINDS: Final[Mapping[str, Kind]] = MappingProxyType({one.name: one for one in _KINDS})

_PARTIES: Final = (
    "asserted_by", "by", "carrier", "certifier", "consignee", "consignor", "enrolled_by",
    "registered_by",
    "exporter", "from_party", "giver", "holder", "integrator", "lessee", "lessor", "maker",
    "not_signed_by", "operator", "owned", "owner", "party", "receiver", "seller", "signed_by",
    "to_party", "ultimate_consignee", "buyer",
)  # fmt: skip
_ENTRIES: Final = (
    "entry", "dispatch_entry", "enrolled_entry", "first_entry", "newest_entry", "receipt_entries",
    "revoked_entry", "by_entry", "via_entry",
)  # fmt: skip
LINKS: Final[Mapping[str, str]] = MappingProxyType(
    {name: name for name in KINDS}
    | dict.fromkeys(_PARTIES, "party")
    | dict.fromkeys(_ENTRIES, "entry")
    | {"batches": "batch", "from_site": "site", "to_site": "site", "model": "model",
       "sha256": "document"}
)  # fmt: skip
"""Column of an answer to the kind of page that its cells name."""
UNLINKED: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({"keys": ("holder",)})
"""Question to columns whose cells name nothing that has a page, whatever they are called."""
