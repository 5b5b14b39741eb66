"""Authorizations as they were claimed, export filings, statements of end use."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from ledger.entry import Event
from ledger.events import authorization as noun
from projections.subjects.row import Row, dated, row, table

SCHEMA = (
    *table(
        "authorization",
        "declarant! authorization! kind activity authority number value_limit_usd# destination!"
        " end_use valid_from@ valid_to@ rule_pack",
        "authorization",
    ),
    *table(
        "authorization_change",
        "declarant! authorization! status value_limit_usd# destination! end_use valid_from@"
        " valid_to@ items# consignees# reason",
        "authorization",
    ),
    *table("authorization_item", "authorization! model! eccn quantity#", "authorization"),
    *table("authorization_consignee", "authorization! party!", "authorization"),
    *table(
        "filing",
        "filer! filing! itn! export_date@ port consignee! ultimate_consignee! destination!"
        " shipment!",
        "filing",
        "shipment",
    ),
    *table("filing_line", "filing! hts eccn quantity# unit gpus# value_usd# licence_code"),
    *table("end_use", "end_user! end_use no_military# valid_from@ valid_to@", "end_user"),
    *table("end_use_user", "end_user! party!", "party"),
)
_RECORDED = (
    "declarant authorization kind activity authority number value_limit_usd destination end_use"
    " rule_pack"
)
_CHANGED = "declarant authorization status value_limit_usd destination end_use reason"
_FILED = "filer filing itn port consignee ultimate_consignee destination shipment"


def recorded(event: Event, data: noun.AuthorizationRecorded, zone: ZoneInfo) -> Iterator[Row]:
    """Yield an authorization, the items that it covers, and who may receive."""
    validity = dated(zone, valid_from=data.valid_from, valid_to=data.valid_to)
    yield row("authorization", event, data, _RECORDED, **validity)
    yield from _covered(event, data)


def changed(event: Event, data: noun.AuthorizationChanged, zone: ZoneInfo) -> Iterator[Row]:
    """Yield a change; `items` and `consignees` say how many it puts in place of the old ones."""
    validity = dated(zone, valid_from=data.valid_from, valid_to=data.valid_to)
    numbers = {"items": len(data.items), "consignees": len(data.consignees)}
    yield row("authorization_change", event, data, _CHANGED, **validity, **numbers)
    yield from _covered(event, data)


def _covered(
    event: Event, data: noun.AuthorizationRecorded | noun.AuthorizationChanged
) -> Iterator[Row]:
    named = {"authorization": data.authorization}
    for item in data.items:
        yield row("authorization_item", event, item, "model eccn quantity", **named)
    for party in data.consignees:
        yield row("authorization_consignee", event, data, party=party, **named)


def filed(event: Event, data: noun.ExportFiled, zone: ZoneInfo) -> Iterator[Row]:
    """Yield an export filing and its lines."""
    yield row("filing", event, data, _FILED, **dated(zone, export_date=data.export_date))
    fields = "hts eccn quantity unit gpus value_usd licence_code"
    for line in data.lines:
        yield row("filing_line", event, line, fields, filing=data.filing)


def stated(event: Event, data: noun.EndUseStated, zone: ZoneInfo) -> Iterator[Row]:
    """Yield a statement of end use and the users that it names."""
    validity = dated(zone, valid_from=data.valid_from, valid_to=data.valid_to)
    yield row("end_use", event, data, "end_user end_use no_military", **validity)
    for party in data.end_users:
        yield row("end_use_user", event, data, "end_user", party=party)


ROWS = {
    noun.AuthorizationRecorded: recorded,
    noun.AuthorizationChanged: changed,
    noun.ExportFiled: filed,
    noun.EndUseStated: stated,
}
