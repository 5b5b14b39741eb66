"""The table of what a report contains: one row a section, in the order in which it is read.

A section is a question and, for each kind of scope, the parameter that narrows it. Where a scope
has no parameter, the question cannot be narrowed so, and the section is left out and named.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from projections.reports.judged import DETERMINATIONS, FINDINGS

Picture = Literal["possession", "places", "path", "service", "capacity", "certifications"]
SCOPES: Final = ("site", "party", "batch", "shipment", "lease")
"""What a report may be of, beside everything."""


@dataclass(frozen=True, slots=True)
class Section:
    """One section.

    Attributes:
        name: of the section, and of its sheet in a workbook.
        question: in `projections/queries`, or one of `judged.JUDGED`.
        scopes: kind of scope to the parameter that takes its name.
        whole: whether it belongs in a report of everything.
        picture: drawn of its table, or None.
        page: whether a page shows its rows; a workbook always does.
    """

    name: str
    question: str
    scopes: Mapping[str, str]
    whole: bool = True
    picture: Picture | None = None
    page: bool = True


def _by(**scopes: str) -> Mapping[str, str]:
    return MappingProxyType(scopes)


_SAME: Final = _by(**{one: one for one in SCOPES})

SECTIONS: Final = (
    Section(
        "where",
        "where",
        _by(site="site", party="holder", batch="batch", shipment="shipment"),
        picture="places",
    ),
    Section(
        "possession",
        "possession-over-time",
        _by(site="site", party="holder", batch="batch"),
        picture="possession",
    ),
    Section(
        "path",
        "possession-path",
        _by(party="party", batch="batch", shipment="shipment"),
        picture="path",
    ),
    Section("service", "use", _by(site="site", party="lessee", lease="lease"), picture="service"),
    Section("capacity", "running-over-time", _by(site="site"), picture="capacity"),
    Section("leases", "lease-book", _by(site="site", party="lessee", lease="lease")),
    Section("leases given", "lease-book", _by(party="lessor"), whole=False),
    Section("lease changes", "lease-timeline", _by(party="lessee", lease="lease")),
    Section(
        "certifications", "certification-timeline", _by(party="party"), picture="certifications"
    ),
    Section("owners", "title", _by(party="owner", batch="batch")),
    Section("roles", "roles-at-site", _by(site="site"), whole=False),
    Section("on the way", "in-transit", _by(party="holder", shipment="shipment")),
    Section("shipment", "shipment", _by(shipment="shipment"), whole=False),
    Section("filings", "exports", _by(shipment="shipment")),
    Section("authorizations", "authorization-timeline", _by(party="party")),
    Section("batches", "batches", _by(party="party", batch="batch")),
    Section("racks", "racks", _by(site="site", party="holder", batch="batch", shipment="shipment")),
    Section("units", "units", _by(batch="batch"), page=False),
    Section(
        "movements",
        "moves",
        _by(site="site", party="party", batch="batch", shipment="shipment"),
    ),
    Section("custody", "custody", _by(batch="batch"), whole=False),
    Section("inspections", "inspections", _by(site="site")),
    Section("incidents", "incidents", _by(site="site", party="party")),
    Section(FINDINGS, FINDINGS, _SAME),
    Section(DETERMINATIONS, DETERMINATIONS, _SAME),
    Section("answers to findings", "answers", _by()),
    Section("changes", "corrections", _by(party="party")),
    Section("below zero", "balances", _by(party="party")),
    Section("agreement", "reconcile", _by()),
    Section("whose word", "whose-word", _by(site="site", party="party", batch="batch")),
    Section("parties", "parties", _by(party="party")),
    Section("signatures", "signatures", _by(party="party")),
    Section("keys", "keys", _by(party="party")),
)
