"""Authorizations to export, filings with customs, statements of end use."""

from typing import Annotated, Literal

from msgspec import Meta

from ledger.canonical import Canonical
from ledger.events.base import (
    AuthorizationId,
    Code,
    Count,
    Country,
    EventData,
    FilingId,
    ModelId,
    Name,
    PartyId,
    Quantity,
    ShipmentId,
    Text,
)
from ledger.occurred import Occurred


class AuthorizedItem(Canonical, frozen=True, kw_only=True):
    """What an authorization covers: a model, its ECCN, and how many GPUs (None: no limit named)."""

    model: ModelId
    eccn: Code
    quantity: Quantity | None = None


class AuthorizationRecorded(EventData, frozen=True, kw_only=True):
    """A licence, exception, NLR determination, permit or VEU that a party rests on.

    Attributes:
        declarant: the acting party: the exporter that claims it, or the authority that gave it.
        authorization: identifier.
        kind: what it is.
        activity: what it allows.
        authority: name of the authority, such as BIS; free text, as it need not be a party.
        number: number on the paper, or None.
        items: what it covers.
        value_limit_usd: limit in whole US dollars, or None.
        consignees: parties that may receive.
        destination: country.
        end_use: end use that it names, or None.
        valid_from: first day, or None.
        valid_to: last day, or None.
        rule_pack: name and date of the rules that the declarant rests on, or None.
    """

    declarant: PartyId | None = None
    authorization: AuthorizationId
    kind: Literal["licence", "exception", "nlr", "permit", "veu"]
    activity: Literal["export", "reexport", "in_country_transfer", "transit"]
    authority: Name
    number: Code | None = None
    items: tuple[AuthorizedItem, ...] = ()
    value_limit_usd: Count | None = None
    consignees: tuple[PartyId, ...] = ()
    destination: Country
    end_use: Name | None = None
    valid_from: Occurred | None = None
    valid_to: Occurred | None = None
    rule_pack: Name | None = None


class AuthorizationChanged(EventData, frozen=True, kw_only=True):
    """An authorization is suspended, revoked or reinstated, or its terms are altered.

    Attributes:
        declarant: the acting party: who recorded it, or the authority.
        authorization: which one.
        status: new status, or None where only terms change.
        items: new items, all of them; empty where they stay.
        value_limit_usd: new limit in whole US dollars, or None where it stays.
        consignees: new consignees, all of them; empty where they stay.
        destination: new destination, or None where it stays.
        end_use: new end use, or None where it stays.
        valid_from: new first day, or None where it stays.
        valid_to: new last day, or None where it stays.
        reason: why, in a sentence.
    """

    declarant: PartyId | None = None
    authorization: AuthorizationId
    status: Literal["suspended", "revoked", "reinstated"] | None = None
    items: tuple[AuthorizedItem, ...] = ()
    value_limit_usd: Count | None = None
    consignees: tuple[PartyId, ...] = ()
    destination: Country | None = None
    end_use: Name | None = None
    valid_from: Occurred | None = None
    valid_to: Occurred | None = None
    reason: Name


class FiledLine(Canonical, frozen=True, kw_only=True):
    """One line of an export filing (15 CFR 30.6).

    Attributes:
        hts: tariff number.
        eccn: classification.
        quantity: in `unit`.
        unit: unit of quantity of the tariff, such as NO.
        gpus: GPUs in the line.
        value_usd: value at the port of export, whole US dollars, or None where sealed.
        licence_code: code of the licence or NLR, or None.
    """

    hts: Annotated[str, Meta(pattern=r"^[0-9]{4}\.[0-9.]{2,8}\Z")]
    eccn: Code
    quantity: Quantity
    unit: Code
    gpus: Count
    value_usd: Count | None = None
    licence_code: Code | None = None


class ExportFiled(EventData, frozen=True, kw_only=True):
    """Electronic export information was filed.

    Attributes:
        filer: the acting party.
        filing: identifier.
        itn: internal transaction number: X and 14 digits.
        export_date: day of export.
        port: port of export, UN/LOCODE or name.
        lines: what is exported.
        consignee: intermediate or ultimate consignee.
        ultimate_consignee: who receives in the end, or None.
        destination: country of ultimate destination.
        shipment: the shipment that it is for, or None.
    """

    filer: PartyId | None = None
    filing: FilingId
    itn: Annotated[str, Meta(pattern=r"^X[0-9]{14}\Z")]
    export_date: Occurred
    port: Name
    lines: Annotated[tuple[FiledLine, ...], Meta(min_length=1)]
    consignee: PartyId
    ultimate_consignee: PartyId | None = None
    destination: Country
    shipment: ShipmentId | None = None


class EndUseStated(EventData, frozen=True, kw_only=True):
    """The end user says what the hardware will be used for, and by whom.

    Attributes:
        end_user: the acting party.
        end_use: the use.
        end_users: parties that will use it.
        no_military: whether it states that there is no military or WMD end use.
        valid_from: first day, or None.
        valid_to: last day, or None.
    """

    end_user: PartyId | None = None
    end_use: Text
    end_users: tuple[PartyId, ...] = ()
    no_military: bool
    valid_from: Occurred | None = None
    valid_to: Occurred | None = None
