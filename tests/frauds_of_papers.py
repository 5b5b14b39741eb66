"""More frauds: false papers, hidden owners, phantom capacity, and histories that were tidied."""

from datetime import timedelta
from typing import Any

from ledger.events import (
    authorization,
    certification,
    document,
    lease,
    party,
    product,
    rack,
    shipment,
    site,
)
from ledger.events import plan as plan_noun
from ledger.events.base import Amount, Line
from ledger.events.title import TitleTransferred
from tests.honest import Honest
from tests.memory_log import CHIP, line
from tests.tale import DEPOT, HALL, HALL2, PLANT, RACK_GPUS, WAREHOUSE


def made(honest: Honest, count: int = 2) -> list[str]:
    """Return a new batch, and new racks that are built of it at the plant."""
    tale, batch = honest.tale, honest.name("B")
    honest.day += timedelta(days=3)
    serials = [f"{batch}-{number:03}" for number in range(count * RACK_GPUS)]
    tale.batch(batch, len(serials), str(honest.day), serials=serials)
    names = [honest.name("R") for _ in range(count)]
    for number, name in enumerate(names):
        part = serials[number * RACK_GPUS : (number + 1) * RACK_GPUS]
        tale.build(name, line(batch, RACK_GPUS), on=str(honest.day), serials=part, batch=batch)
    honest.day += timedelta(days=1)
    honest.when()
    return [batch, *names]


def sent(honest: Honest, *, filed: bool = True, **fields: Any) -> tuple[str, str, list[str]]:
    """Dispatch two new racks; return the shipment, their batch, and their names."""
    batch, *names = made(honest)
    shipment_id = honest.name("S")
    usual: dict[str, Any] = {"authorization": f"A-{HALL}", "lines": [line(batch, 4, *names)]}
    usual |= fields
    if filed:
        honest.tale.file(shipment_id, str(honest.day), gpus=8)
    honest.tale.dispatch(shipment_id, on=str(honest.day), **usual)
    honest.day += timedelta(days=4)
    honest.when()
    return shipment_id, batch, names


def arrived(honest: Honest, **fields: Any) -> tuple[str, list[Line], list[str]]:
    """Two new racks are sent to the hall and received."""
    name, batch, racks = sent(honest, **fields)
    lines = [line(batch, RACK_GPUS, *racks)]
    honest.tale.receive(name, lines, str(honest.day))
    return name, lines, racks


def running(honest: Honest) -> tuple[list[Line], list[str]]:
    """Two new racks run in the hall, and are the operator's."""
    _, lines, racks = arrived(honest)
    honest.tale.sell(*lines, on=str(honest.day))
    honest.tale.put(*lines, on=str(honest.day))
    batch = lines[0].batch or ""
    return [line(batch, RACK_GPUS, *racks, state="operational")], racks


# ---- custody


def more_than_was_sent(honest: Honest) -> str:
    name, batch, racks = sent(honest)
    lines = [line(batch, RACK_GPUS + 1, *racks)]
    honest.tale.receive(name, lines, str(honest.day))
    return f"QTY-OVER shipment:{name}"


def another_model(honest: Honest) -> str:
    name, _, _ = sent(honest)
    other = Line(model="H20", batch="B-OTHER", quantity=8)
    honest.tale.receive(name, [other], str(honest.day))
    return f"CLASS-MISMATCH shipment:{name}"


def declared_as_harmless(honest: Honest) -> str:
    item = shipment.ShippedItem(model=CHIP, eccn="EAR99", authorization=f"A-{HALL}")
    return f"CLASS-MISMATCH shipment:{sent(honest, items=(item,))[0]}"


def by_way_of_a_third_country(honest: Honest) -> str:
    name, _, _ = sent(honest)
    honest.tale.leg(name, str(honest.day), place="a hub", country="AE")
    return f"ROUTE-DEVIATION shipment:{name}"


def kept_in_boxes(honest: Honest) -> str:
    return f"STAGED-BOXED shipment:{arrived(honest)[0]}"


def sold_from_an_empty_shelf(honest: Honest) -> str:
    batch, first, _ = made(honest)
    name = honest.name("S")
    honest.tale.dispatch(
        name, [line(batch, RACK_GPUS, first)], str(honest.day), authorization=f"A-{HALL}",
        who="aolani", consignor="aolani", from_site=DEPOT,
    )  # fmt: skip
    return f"NEG-BALANCE batch:{batch}"


def enrolled_twice(honest: Honest) -> str:
    batch, *_ = made(honest)
    again = honest.name("B")
    honest.tale.batch(again, 1, str(honest.day), serials=[f"{batch}-000"])
    return f"DUP-SERIAL-IN-ENROLMENT serial:{batch}-000"


def scrapped_and_seen_again(honest: Honest) -> str:
    _, lines, racks = arrived(honest)
    batch = lines[0].batch or ""
    honest.tale.change("destroyed", line(batch, RACK_GPUS, racks[0]), on=str(honest.day))
    honest.day += timedelta(days=5)
    honest.when()
    honest.tale.inspect(str(honest.day), HALL, seen=[f"{batch}-000"])
    return f"SERIAL-REAPPEARS serial:{batch}-000"


def scrapped_and_built_again(honest: Honest) -> str:
    batch, first, _ = made(honest)
    change = product.UnitsStateChanged(
        holder="aivres", change=honest.name("C"), site=PLANT, to_state="destroyed",
        owner="aivres", lines=(line(batch, RACK_GPUS, first),),
    )  # fmt: skip
    honest.tale.say("aivres", change, str(honest.day))
    honest.day += timedelta(days=5)
    honest.when()
    other, name = honest.name("B"), honest.name("R")
    honest.tale.batch(other, RACK_GPUS, str(honest.day))
    honest.tale.build(
        name, line(other, RACK_GPUS), on=str(honest.day), serials=[f"{batch}-000"], batch=other
    )
    return f"SERIAL-REAPPEARS serial:{batch}-000"


def repaired_and_kept(honest: Honest) -> str:
    lines, racks = running(honest)
    spare = honest.name("Z")
    data = product.StockOpened(
        holder="aolani", stock=honest.name("K"), site=HALL, owner="aolani", lines=(line(spare, 1),)
    )
    honest.tale.say("aolani", data, str(honest.day))
    swapped = rack.ComponentReplaced(
        holder="aolani", replacement=honest.name("X"), rack=racks[0], site=HALL,
        state="operational", title="kept",
        out=(rack.Part(model=CHIP, batch=lines[0].batch or "", quantity=1),),
        into=(rack.Part(model=CHIP, batch=spare, quantity=1),),
    )  # fmt: skip
    honest.tale.say("aolani", swapped, str(honest.day))
    return f"RMA-NO-RETURN rack:{racks[0]}"


# ---- papers


def more_than_the_licence(honest: Honest) -> str:
    paper = honest.name("LIC")
    item = authorization.AuthorizedItem(model=CHIP, eccn="3A090.a", quantity=7)
    honest.tale.authorize(paper, str(honest.day), kind="licence", items=(item,))
    sent(honest, authorization=paper)
    return f"AUTH-QTY authorization:{paper}"


def dearer_than_the_licence(honest: Honest) -> str:
    paper, name = honest.name("LIC"), honest.name("S")
    honest.tale.authorize(paper, str(honest.day), kind="licence", value_limit_usd=99)
    batch, *racks = made(honest)
    honest.tale.file(name, str(honest.day), gpus=8, value=100)
    lines = [line(batch, RACK_GPUS, *racks)]
    honest.tale.dispatch(name, lines, str(honest.day), authorization=paper)
    return f"AUTH-VALUE authorization:{paper}"


def another_item_than_licensed(honest: Honest) -> str:
    paper = honest.name("LIC")
    item = authorization.AuthorizedItem(model=CHIP, eccn="5A992.z")
    honest.tale.authorize(paper, str(honest.day), kind="licence", items=(item,))
    return f"AUTH-SCOPE shipment:{sent(honest, authorization=paper)[0]}"


def never_filed(honest: Honest) -> str:
    return f"EEI-MISSING shipment:{sent(honest, filed=False)[0]}"


def filed_for_fewer(honest: Honest) -> str:
    name, _, _ = sent(honest, filed=False)
    honest.tale.file(name, str(honest.day), gpus=1)
    return f"EEI-MISMATCH shipment:{name}"


def no_licence_to_china(honest: Honest) -> str:
    place, paper = honest.name("CN"), honest.name("NLR")
    honest.tale.place(place, "CN", "data_center", "aolani")
    honest.tale.authorize(paper, str(honest.day), destination="CN")
    return f"NLR-WRONG shipment:{sent(honest, to_site=place, authorization=paper)[0]}"


def out_of_the_window(honest: Honest) -> str:
    place, paper = honest.name("CN"), honest.name("LIC")
    honest.tale.place(place, "CN", "data_center", "aolani")
    honest.tale.authorize(paper, str(honest.day), kind="licence", destination="CN")
    return f"H200-WINDOW shipment:{sent(honest, to_site=place, authorization=paper)[0]}"


def out_of_malaysia_unpermitted(honest: Honest) -> str:
    _, lines, _ = arrived(honest)
    name = honest.name("S")
    honest.tale.dispatch(
        name, lines, str(honest.day), authorization=f"A-{HALL2}", who="aolani",
        consignor="aolani", from_site=HALL, to_site=HALL2,
    )  # fmt: skip
    return f"PERMIT-MY shipment:{name}"


# ---- parties


def buyer_of_a_listed_country(honest: Honest) -> str:
    buyer, paper = honest.name("shop"), honest.name("NLR")
    honest.tale.person(buyer, "listed", "SG")
    told = party.HeadquartersDeclared(party=buyer, country="SG", parent_country="CN")
    honest.tale.say("nvidia", told, str(honest.day))
    honest.tale.authorize(paper, str(honest.day))
    return f"HQ-D5-RECIPIENT shipment:{sent(honest, consignee=buyer, authorization=paper)[0]}"


def owned_by_a_listed_party(honest: Honest) -> str:
    owner, buyer = honest.name("bad"), honest.name("shop")
    for name in (owner, buyer):
        honest.tale.person(name, "private", "SG")
    share = party.OwnershipDeclared(owner=owner, owned=buyer, percent="51")
    honest.tale.say("nvidia", share, str(honest.day))
    honest.tale.check(owner, "match", str(honest.day), "nvidia")
    return f"OWNERSHIP-50 party:{buyer}"


def a_forwarder_at_the_end(honest: Honest) -> str:
    return f"RESELLER-CONSIGNEE shipment:{sent(honest, consignee='carrier')[0]}"


def a_company_of_yesterday(honest: Honest) -> str:
    name, batch = honest.name("new"), honest.name("B")
    honest.tale.person(name, founded=f"{honest.day:%Y-%m}")
    honest.tale.batch(batch, 1_000, str(honest.day))
    honest.tale.dispatch(
        honest.name("S"), [line(batch, 1_000)], str(honest.day), consignee=name,
        authorization=f"A-{HALL}",
    )  # fmt: skip
    return f"NEW-ENTITY-LARGE-ORDER party:{name}"


def sent_while_suspended(honest: Honest) -> str:
    day = honest.day
    honest.tale.recertify("suspended", str(day))
    honest.day += timedelta(days=1)
    return f"CERT-LAPSED-SHIP shipment:{sent(honest)[0]}"


def beyond_the_certificate(honest: Honest) -> str:
    scope = certification.Scope(countries=("ID",))
    honest.tale.recertify(None, str(honest.day), scope=scope)
    honest.day += timedelta(days=1)
    return f"CERT-SCOPE shipment:{sent(honest)[0]}"


# ---- use


def let_by_one_who_has_nothing(honest: Honest) -> str:
    lines, _ = running(honest)
    name = honest.name("L")
    honest.tale.let(name, *lines, on=str(honest.day), who="nvidia")
    return f"LEASE-NO-CUSTODY lease:{name}"


def a_lease_that_is_a_sale(honest: Honest) -> str:
    lines, _ = running(honest)
    name = honest.name("L")
    honest.tale.let(name, *lines, on=str(honest.day), purchase_option=True, physical_access=True)
    return f"LEASE-AS-TRANSFER lease:{name}"


def used_by_another(honest: Honest) -> str:
    lines, _ = running(honest)
    name = honest.name("L")
    honest.tale.let(name, *lines, on=str(honest.day))
    told = authorization.EndUseStated(
        end_user="bytedance", end_use="models", end_users=("carrier",), no_military=True
    )
    honest.tale.say("bytedance", told, str(honest.day))
    return f"SUBLEASE-UNDECLARED lease:{name}"


def let_to_a_lessee_nobody_asked(honest: Honest) -> str:
    lines, _ = running(honest)
    lessee, name = honest.name("lab"), honest.name("L")
    honest.tale.person(lessee, "private", "SG", "lessee")
    told = party.HeadquartersDeclared(party=lessee, country="CN")
    honest.tale.say("nvidia", told, str(honest.day))
    honest.tale.let(name, *lines, on=str(honest.day), lessee=lessee)
    return f"LESSEE-D5-PARENT lease:{name}"


def leased_beyond_its_end(honest: Honest) -> str:
    lines, _ = running(honest)
    name, until = honest.name("L"), honest.day + timedelta(days=9)
    honest.tale.let(name, *lines, on=str(honest.day), until=str(until))
    return f"LEASE-OVERRUN lease:{name}"


def never_used(honest: Honest) -> str:
    lines, _ = running(honest)
    name = honest.name("L")
    honest.tale.let(name, *lines, on=str(honest.day))
    return f"IDLE-OWNED lease:{name}"


def no_power_for_it(honest: Honest) -> str:
    place = honest.name("SHED")
    honest.tale.place(place, "MY", "data_center", "aolani")
    batch = honest.name("B")
    names = [honest.name("R") for _ in range(18)]
    lines = (line(batch, RACK_GPUS, *names),)
    data = product.StockOpened(
        holder="aolani", stock=honest.name("K"), site=place, owner="aolani", lines=lines
    )
    honest.tale.say("aolani", data, str(honest.day))
    honest.tale.put(*lines, on=str(honest.day), at=place)
    told = site.SiteCapacityAttested(operator="aolani", site=place, it_megawatts="0.01")
    honest.tale.say("aolani", told, str(honest.day))
    return f"POWER-IMPLAUSIBLE site:{place}"


def a_plan_that_grew(honest: Honest) -> str:
    _, racks = running(honest)
    name = honest.name("PL")
    told = plan_noun.DeploymentPlanned(
        planner="aolani", plan=name, stage="planned", model=CHIP, country="MY",
        quantity=Amount(qualifier="exact", value=1),
    )  # fmt: skip
    honest.tale.say("aolani", told, str(honest.day))
    done = plan_noun.DeploymentFulfilled(operator="aolani", plan=name, racks=(racks[0],))
    honest.tale.say("aolani", done, str(honest.day))
    return f"PLAN-DRIFT plan:{name}"


# ---- the record


def told_weeks_later(honest: Honest) -> str:
    name, batch, racks = sent(honest)
    day = str(honest.day)
    honest.day += timedelta(days=30)
    honest.when()
    event = honest.tale.receive(name, [line(batch, RACK_GPUS, *racks)], day)
    return f"BACKDATED entry:{event.index}"


def told_before_it_was(honest: Honest) -> str:
    ahead = honest.day + timedelta(days=60)
    honest.when()
    _, first, _ = made(honest)
    event = honest.tale.leg(first, str(ahead), place="a port", country="MY")
    return f"FUTURE-DATED entry:{event.index}"


def sold_with_one_signature(honest: Honest) -> str:
    _, lines, _ = arrived(honest)
    data = TitleTransferred(
        seller="aivres", buyer="aolani", title=honest.name("T"), lines=tuple(lines)
    )
    event = honest.tale.say("aivres", data, str(honest.day))
    return f"COSIGN-MISSING entry:{event.index}"


def a_manifest_of_doubles(honest: Honest) -> str:
    batch = honest.name("B")
    event = honest.tale.batch(batch, 2, str(honest.day), serials=[f"{batch}-0", f"{batch}-0"])
    return f"EVIDENCE-HASH entry:{event.index}"


def a_key_out_of_nowhere(honest: Honest) -> str:
    for number in range(2):
        seed = honest.name("key")
        honest.tale.key("helios", seed, f"helios:{seed}{number}", on=str(honest.day))
    return "KEY-RESET party:helios"


def a_licence_thrown_away(honest: Honest) -> str:
    paper = honest.paper(honest.name("licence").lower())
    honest.tale.authorize(honest.name("LIC"), str(honest.day), kind="licence", documents=[paper])
    data = document.DocumentDisposed(
        document=paper.sha256, reason="room", retention_basis="none", ordered_by="board"
    )
    event = honest.tale.say("aolani", data, str(honest.day))
    return f"RETENTION entry:{event.index}"


def a_dispatch_voided_behind_its_receipt(honest: Honest) -> str:
    name, lines, _ = arrived(honest)
    tale = honest.tale
    tale.void(
        next(
            one for one in tale.log.read(0, tale.log.size)
            if getattr(one.statement.data, "shipment", "") == name
            and one.statement.type == "ShipmentDispatched.v1"
        ),
        str(honest.day),
    )  # fmt: skip
    del lines
    received = tale.last_of("ShipmentReceived")
    return f"DEPENDS-ON-VOID entry:{received.index}"


def a_party_nobody_registered(honest: Honest) -> str:
    name = honest.name("ghost")
    sent(honest, consignee=name)
    return f"NAME-UNKNOWN party:{name}"


def another_count_of_a_rack(honest: Honest) -> str:
    _, lines, racks = arrived(honest)
    batch = lines[0].batch or ""
    honest.tale.put(line(batch, RACK_GPUS - 1, racks[0]), on=str(honest.day))
    return f"RACK-LINES-DIFFER rack:{racks[0]}"


def sent_through_the_depot_abroad(honest: Honest) -> str:
    """Title goes on to a buyer of a listed country while the goods stay."""
    lines, _ = running(honest)
    buyer = honest.name("shop")
    honest.tale.person(buyer, "listed", "SG", "owner")
    told = party.HeadquartersDeclared(party=buyer, country="CN")
    honest.tale.say("nvidia", told, str(honest.day))
    data = TitleTransferred(
        seller="aolani", buyer=buyer, title=honest.name("T"), lines=tuple(lines)
    )
    honest.tale.say("aolani", data, str(honest.day), also=[buyer])
    return f"HQ-D5-RECIPIENT party:{buyer}"


def a_rush_before_the_rule(honest: Honest) -> str:
    """Steady orders of another year, and a peak before a rule of that year."""
    buyer, batch = honest.name("shop"), honest.name("B")
    honest.tale.person(buyer, "listed", "SG")
    honest.tale.batch(batch, 2_000, str(honest.day))
    for day, quantity in (("2025-02-01", 100), ("2025-04-01", 100), ("2025-07-01", 900)):
        honest.tale.dispatch(
            honest.name("S"), [line(batch, quantity)], day, consignee=buyer, from_site=WAREHOUSE,
            authorization=f"A-{HALL}",
        )  # fmt: skip
    return f"RUSH-BEFORE-RULE party:{buyer}"


def let_more_than_runs_of_a_lease(honest: Honest) -> str:
    """The lessee lets on more than it has."""
    lines, _ = running(honest)
    name, below = honest.name("L"), honest.name("L")
    honest.tale.let(name, *lines, on=str(honest.day))
    ended = lease.LeaseEnded(
        reporter="aolani", lease=name, lessee="bytedance", lessor="aolani", site=HALL,
        lines=tuple(lines), reason="over",
    )  # fmt: skip
    honest.day += timedelta(days=3)
    honest.when()
    honest.tale.say("aolani", ended, str(honest.day))
    more = lease.LeaseChanged(
        lessor="aolani", change=below, lease=name, lessee="bytedance", site=HALL,
        removed=tuple(lines), reason="twice",
    )  # fmt: skip
    honest.tale.say("aolani", more, str(honest.day), also=["bytedance"])
    return f"NEG-BALANCE lease:{name}"


FRAUDS_OF_PAPERS = (
    more_than_was_sent, another_model, declared_as_harmless, by_way_of_a_third_country,
    kept_in_boxes, sold_from_an_empty_shelf, enrolled_twice, scrapped_and_seen_again,
    scrapped_and_built_again, repaired_and_kept, more_than_the_licence, dearer_than_the_licence,
    another_item_than_licensed, never_filed, filed_for_fewer, no_licence_to_china,
    out_of_the_window, out_of_malaysia_unpermitted, buyer_of_a_listed_country,
    owned_by_a_listed_party, a_forwarder_at_the_end, a_company_of_yesterday, sent_while_suspended,
    beyond_the_certificate, let_by_one_who_has_nothing, a_lease_that_is_a_sale, used_by_another,
    let_to_a_lessee_nobody_asked, leased_beyond_its_end, never_used, no_power_for_it,
    a_plan_that_grew, told_weeks_later, told_before_it_was, sold_with_one_signature,
    a_manifest_of_doubles, a_key_out_of_nowhere, a_licence_thrown_away,
    a_dispatch_voided_behind_its_receipt, a_party_nobody_registered, another_count_of_a_rack,
    sent_through_the_depot_abroad, a_rush_before_the_rule, let_more_than_runs_of_a_lease,
)  # fmt: skip
