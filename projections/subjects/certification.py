"""Certifications: granted, then suspended, reinstated, revoked or altered."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from ledger.entry import Event
from ledger.events import certification as noun
from projections.subjects.row import Row, dated, row, table

SCHEMA = (
    *table(
        "certification",
        "certifier! certification! party! scheme level valid_from@ valid_to@",
        "party",
        "certification",
    ),
    *table(
        "certification_change",
        "certifier! certification! party! status valid_to@ rescoped# reason",
        "certification",
    ),
    *table("certification_scope", "certification! kind value!", "certification"),
    *table("certification_check", "certification! name"),
)


def granted(event: Event, data: noun.CertificationGranted, zone: ZoneInfo) -> Iterator[Row]:
    """Yield a certification, its scope, and the checks that were passed."""
    validity = dated(zone, valid_from=data.valid_from, valid_to=data.valid_to)
    fields = "certifier certification party scheme level"
    yield row("certification", event, data, fields, **validity)
    yield from _scope(event, data, data.scope)
    for name in data.checks:
        yield row("certification_check", event, data, "certification", name=name)


def changed(event: Event, data: noun.CertificationChanged, zone: ZoneInfo) -> Iterator[Row]:
    """Yield a change; `rescoped` says that its scope, even an empty one, replaces the old."""
    fields = "certifier certification party status reason"
    more = dated(zone, valid_to=data.valid_to) | {"rescoped": data.scope is not None}
    yield row("certification_change", event, data, fields, **more)
    if data.scope is not None:
        yield from _scope(event, data, data.scope)


def _scope(
    event: Event, data: noun.CertificationGranted | noun.CertificationChanged, scope: noun.Scope
) -> Iterator[Row]:
    kinds = (("model", scope.models), ("country", scope.countries), ("site", scope.sites))
    for kind, values in kinds:
        for value in values:
            more = {"kind": kind, "value": value}
            yield row("certification_scope", event, data, "certification", **more)


ROWS = {noun.CertificationGranted: granted, noun.CertificationChanged: changed}
