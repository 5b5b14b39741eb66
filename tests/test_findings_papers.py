"""Rules about authorizations, filings, parties, certifications: hit, near miss, clearing."""

from typing import Any

import pytest

from ledger.events import authorization, certification, party, shipment
from tests.finding_table import Row, check
from tests.memory_log import CHIP, line
from tests.tale import HALL, RACK_GPUS, WAREHOUSE, Tale, found

ITEM = authorization.AuthorizedItem(model=CHIP, eccn="3A090.a", quantity=RACK_GPUS)
HALF = authorization.AuthorizedItem(model=CHIP, eccn="3A090.a", quantity=RACK_GPUS - 1)
OTHER = authorization.AuthorizedItem(model=CHIP, eccn="5A992.c")


def left(authorized: dict[str, Any] | None = None, *, filed: bool = True, **fields: Any) -> Tale:
    """One rack leaves the country."""
    tale = Tale().built()
    if authorized is not None:
        tale.authorize(**authorized)
    if filed:
        tale.file()
    tale.dispatch(**fields)
    return tale


def filed(**fields: Any) -> Tale:
    tale = left({}, filed=False)
    tale.file(**fields)
    return tale


def changed(on: str, **fields: Any) -> Tale:
    tale = Tale().built()
    tale.authorize()
    tale.reauthorize(on=on, **fields)
    tale.dispatch()
    return tale


def valued(limit: int, value: int | None) -> Tale:
    tale = Tale().built()
    tale.authorize(value_limit_usd=limit)
    tale.file(value=value)
    tale.dispatch()
    return tale


def screened(on: str) -> Tale:
    tale = Tale().built()
    tale.check("aolani", on=on, by="aivres")
    tale.dispatch()
    return tale


def checked(*results: str) -> Tale:
    tale = Tale()
    for day, result in enumerate(results):
        tale.check("bytedance", result, on=f"2026-01-{10 + day}")
    return tale


def founded(when: str, gpus: int = 1000) -> Tale:
    tale = Tale()
    tale.person("newco", founded=when)
    tale.batch(quantity=gpus)
    tale.dispatch(lines=[line("B1", gpus)], consignee="newco")
    return tale


def owned(*shares: tuple[str, str, str], kind: str = "holding") -> Tale:
    """The hall's operator receives; shares are (who says so, owner, owned)."""
    tale = Tale().running()
    registered = tale.person("topco", kind, "KY")
    tale.countersign("nvidia", registered, on="2026-01-02")
    for who, owner, below in shares:
        told = party.OwnershipDeclared(owner=owner, owned=below, percent="100")
        tale.say(who, told, "2026-01-03")
    return tale


def certified(sold_on: str = "2026-02-01", **fields: Any) -> Tale:
    tale = Tale().built()
    tale.certify(**fields)
    tale.dispatch(on=sold_on)
    return tale


def two_certifications(*countries: str) -> Tale:
    """One for each country; the last is granted last."""
    tale = Tale().built()
    for country in countries:
        tale.certify(f"C-{country}", scope=certification.Scope(countries=(country,)))
    tale.dispatch()
    return tale


def suspended(on: str, back: str = "") -> Tale:
    tale = Tale().built()
    tale.certify()
    tale.recertify("suspended", on)
    if back:
        tale.recertify("reinstated", back)
    tale.dispatch()
    return tale


def leased(on: str) -> Tale:
    tale = Tale().running()
    tale.certify()
    tale.recertify("suspended", on)
    tale.let()
    return tale


def group(certifier: str) -> Tale:
    tale = Tale()
    tale.person("sister", "private", "US", "certifier")
    for below in ("aolani", "sister"):
        told = party.OwnershipDeclared(owner="topco", owned=below)
        tale.say("nvidia", told, "2026-01-02")
    tale.certify(certifier=certifier)
    return tale


SCOPED: dict[str, Any] = {
    "scope": certification.Scope(sites=(HALL,), countries=("MY",), models=("NVL4",))
}
ROWS = (
    Row(
        "NO-AUTH", "shipment:S1",
        hit=lambda: left({}, authorization=None), miss=lambda: left({}),
        clear=lambda tale: tale.again(
            tale.last,
            items=(shipment.ShippedItem(model="NVL4", eccn="4A090.a", authorization="A1"),),
        ),
    ),
    Row(
        "NO-AUTH", "shipment:S1", hit=left, miss=lambda: left(to_site=WAREHOUSE),
        clear=lambda tale: tale.authorize(),
    ),
    Row(
        "NO-AUTH", "shipment:S1",
        hit=lambda: left(to_site=None), miss=lambda: left({}, to_site=None),
        clear=lambda tale: tale.void(tale.last), certainty="not decidable",
    ),
    Row(
        "AUTH-EXPIRED", "shipment:S1",
        hit=lambda: left({"valid_to": "2026-01-31"}), miss=lambda: left({"valid_to": "2026-02-01"}),
        clear=lambda tale: tale.reauthorize(valid_to="2026-03-01"),
    ),
    Row(
        "AUTH-EXPIRED", "shipment:S1",
        hit=lambda: left({"valid_from": "2026-02-02"}),
        miss=lambda: left({"valid_from": "2026-02-01"}),
        clear=lambda tale: tale.void(tale.last),
    ),
    Row(
        "AUTH-EXPIRED", "shipment:S1",
        hit=lambda: left({"valid_to": "2026-01-15"}, on="2026-01"),
        miss=lambda: left({"valid_to": "2026-02-05"}, on="2026-02-01"),
        clear=lambda tale: tale.void(tale.last), certainty="cannot be excluded",
    ),
    Row(
        "AUTH-EXPIRED", "shipment:S1",
        hit=lambda: changed("2026-01-31", status="suspended"),
        miss=lambda: changed("2026-02-02", status="revoked"),
        clear=lambda tale: tale.reauthorize(on="2026-01-31", status="reinstated"),
    ),
    Row(
        "AUTH-QTY", "authorization:A1",
        hit=lambda: left({"items": (HALF,)}), miss=lambda: left({"items": (ITEM,)}),
        clear=lambda tale: tale.reauthorize(items=(ITEM,)),
    ),
    Row(
        "AUTH-VALUE", "authorization:A1",
        hit=lambda: valued(99, 100), miss=lambda: valued(100, 100),
        clear=lambda tale: tale.reauthorize(value_limit_usd=100),
    ),
    Row(
        "AUTH-VALUE", "authorization:A1",
        hit=lambda: valued(99, None), miss=lambda: valued(99, 99),
        clear=lambda tale: tale.void(tale.last), certainty="not decidable",
    ),
    Row(
        "AUTH-SCOPE", "shipment:S1",
        hit=lambda: left({"items": (OTHER,)}), miss=lambda: left({"items": (ITEM,)}),
        clear=lambda tale: tale.reauthorize(items=(ITEM,)),
    ),
    Row(
        "AUTH-SCOPE", "shipment:S1",
        hit=lambda: left({"consignees": ("bytedance",)}),
        miss=lambda: left({"consignees": ("Aolani",)}),
        clear=lambda tale: tale.reauthorize(consignees=("aolani",)),
    ),
    Row(
        "AUTH-SCOPE", "shipment:S1",
        hit=lambda: left({"destination": "SG"}), miss=lambda: left({"destination": "MY"}),
        clear=lambda tale: tale.reauthorize(destination="MY"),
    ),
    Row(
        "EEI-MISSING", "shipment:S1",
        hit=lambda: left({}, filed=False), miss=lambda: left({}, filed=False, to_site=WAREHOUSE),
        clear=lambda tale: tale.file(),
    ),
    Row(
        "EEI-MISMATCH", "shipment:S1",
        hit=lambda: filed(gpus=RACK_GPUS - 1), miss=lambda: filed(gpus=RACK_GPUS),
        clear=lambda tale: tale.void(tale.last),
    ),
    Row(
        "EEI-MISMATCH", "shipment:S1",
        hit=lambda: filed(consignee="bytedance"),
        miss=lambda: filed(consignee="bytedance", ultimate_consignee="aolani"),
        clear=lambda tale: tale.again(tale.last, consignee="aolani"),
    ),
    Row(
        "EEI-MISMATCH", "shipment:S1",
        hit=lambda: filed(destination="SG"), miss=lambda: filed(destination="MY"),
        clear=lambda tale: tale.again(tale.last, destination="MY"),
    ),
    Row(
        "EEI-MISMATCH", "shipment:S1",
        hit=lambda: filed(eccn="5A992.c"), miss=lambda: filed(eccn="3A090.a"),
        clear=lambda tale: tale.void(tale.last),
    ),
    Row(
        "PARTY-LISTED", "party:bytedance",
        hit=lambda: checked("clear", "match"), miss=lambda: checked("match", "clear"),
        clear=lambda tale: tale.check("bytedance", on="2026-02-01"),
    ),
    Row(
        "PARTY-LISTED", "party:bytedance",
        hit=lambda: checked("inconclusive"), miss=lambda: checked("clear"),
        clear=lambda tale: tale.check("bytedance", on="2026-02-01"), certainty="cannot be excluded",
    ),
    Row(
        "SCREENING-STALE", "party:aolani",
        hit=lambda: screened("2026-01-01"), miss=lambda: screened("2026-01-02"),
        clear=lambda tale: tale.check("aolani", on="2026-01-30"),
    ),
    Row(
        "NEW-ENTITY-LARGE-ORDER", "party:newco",
        hit=lambda: founded("2024-03-01"), miss=lambda: founded("2023-06"),
        clear=lambda tale: tale.person("newco", founded="2001", on="2026-03-01"),
    ),
    Row(
        "NEW-ENTITY-LARGE-ORDER", "party:newco",
        hit=lambda: founded("2024-03-01"), miss=lambda: founded("2024-03-01", 999),
        clear=lambda tale: tale.void(tale.last),
    ),
    Row(
        "NEW-ENTITY-LARGE-ORDER", "party:newco",
        hit=lambda: founded("2024"), miss=lambda: founded("2023"),
        clear=lambda tale: tale.void(tale.last), certainty="cannot be excluded",
    ),
    Row(
        "RESELLER-CONSIGNEE", "shipment:S1",
        hit=lambda: left({}, consignee="carrier"),
        miss=lambda: left({}, consignee="carrier", ultimate_consignee="aolani"),
        clear=lambda tale: tale.again(tale.last, ultimate_consignee="aolani"),
    ),
    Row(
        "OWNERSHIP-UNKNOWN", "party:aolani", hit=Tale().running, miss=Tale().built,
        clear=lambda tale: [
            tale.person("topco", "listed", "KY"),
            tale.countersign("nvidia", tale.last),
            tale.say(
                "nvidia",
                party.OwnershipDeclared(owner="topco", owned="aolani", percent="51"),
                "2026-03-01",
            ),
        ],
    ),
    Row(
        "OWNERSHIP-UNKNOWN", "party:topco",
        hit=lambda: owned(("nvidia", "topco", "aolani")),
        miss=lambda: owned(("nvidia", "topco", "aolani"), kind="listed"),
        clear=lambda tale: tale.say(
            "auditor",
            party.OwnershipDeclared(owner="aivres", owned="topco", percent="80"),
            "2026-03-01",
        ),
    ),
    Row(
        "CERT-LAPSED-SHIP", "shipment:S1",
        hit=lambda: certified(valid_to="2026-01-31"), miss=lambda: certified(valid_to="2026-02-01"),
        clear=lambda tale: tale.certify("C2"),
    ),
    Row(
        "CERT-LAPSED-SHIP", "shipment:S1",
        hit=lambda: certified(on="2026-02-02"), miss=lambda: certified(on="2026-02-01"),
        clear=lambda tale: tale.certify("C2"),
    ),
    Row(
        "CERT-LAPSED-SHIP", "shipment:S1",
        hit=lambda: suspended("2026-01-31"), miss=lambda: suspended("2026-01-30", "2026-01-31"),
        clear=lambda tale: tale.recertify("reinstated", "2026-01-31"),
    ),
    Row(
        "CERT-LAPSED-LEASE", "lease:L1",
        hit=lambda: leased("2026-02-19"), miss=lambda: leased("2026-02-21"),
        clear=lambda tale: tale.recertify("reinstated", "2026-02-19"),
    ),
    Row(
        "CERT-SCOPE", "shipment:S1",
        hit=lambda: certified(scope=certification.Scope(countries=("SG",))),
        miss=lambda: certified(**SCOPED),
        clear=lambda tale: tale.recertify(
            None, "2026-01-15", scope=certification.Scope(countries=("MY",))
        ),
    ),
    Row(
        "CERT-SCOPE", "shipment:S1",
        hit=lambda: two_certifications("SG", "ID"), miss=lambda: two_certifications("MY", "SG"),
        clear=lambda tale: tale.void(tale.first("ShipmentDispatched")),
    ),
    Row(
        "CERT-SELF", "certification:C1",
        hit=lambda: group("sister"), miss=lambda: group("nvidia"),
        clear=lambda tale: tale.say(
            "nvidia",
            party.OwnershipDeclared(owner="topco", owned="sister", percent="0"),
            "2026-03-01",
        ),
    ),
    Row(
        "CERT-SELF", "certification:C1",
        hit=lambda: group("aolani"), miss=lambda: group("nvidia"),
        clear=lambda tale: tale.void(tale.last),
    ),
)  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=Row.name)
def test_a_rule_is_raised_just_missed_and_cleared(row: Row) -> None:
    check(row)


def test_owners_who_own_each_other_are_an_end_that_nobody_knows() -> None:
    ring = owned(("nvidia", "topco", "aolani"), ("nvidia", "aolani", "topco"))
    assert {one.about for one in found(ring, "OWNERSHIP-UNKNOWN")} == {
        "party:aolani", "party:topco",
    }  # fmt: skip


def test_a_report_lengthens_the_chain_and_the_own_word_does_not_end_it() -> None:
    tale = owned(("aolani", "topco", "aolani"), kind="listed")
    assert [one.about for one in found(tale, "OWNERSHIP-UNKNOWN")] == ["party:aolani"]
