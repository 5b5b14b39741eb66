"""What else happens to honest people: mishaps, repairs, second parties, papers, changes of mind."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from ledger.canonical import ordered
from ledger.events import (
    assurance,
    authorization,
    certification,
    claim,
    lease,
    party,
    plan,
    product,
    rack,
    shipment,
    site,
)
from ledger.events.base import Amount
from ledger.events.title import TitleTransferred
from tests.memory_log import CHIP, line
from tests.tale import DEPOT, HALL, HALL2, PLANT, RACK_GPUS, WAREHOUSE

if TYPE_CHECKING:
    from tests.honest import Honest

HALL3 = "HALL3"
LIMIT = 12
LISTED = (authorization.AuthorizedItem(model=CHIP, eccn="3U090"),)
"""As Malaysia's list names it."""
BEFORE = "2026-01-05"


def settle(honest: "Honest") -> None:
    """Who else is there, and what is on record of everybody before hardware moves."""
    tale = honest.tale
    tale.person("carrier2", "private", "MY", "forwarder")
    tale.person("helios", "listed", "SG", "operator", "owner", "lessee")
    tale.person("subco", "private", "MY", "lessee")
    tale.countersign("nvidia", tale.person("holding", "state", "SG"), on=BEFORE)
    tale.place(HALL3, "SG", "data_center", "helios")
    bases = [("nvidia", "US"), ("aivres", "US"), ("aolani", "MY"), ("helios", "SG")]
    if honest.random.random() < 0.5:
        bases.append(("bytedance", "CN"))
    for name, country in bases:
        told = party.HeadquartersDeclared(party=name, country=country)
        tale.say("nvidia" if name == "aolani" else "aolani", told, BEFORE)
    share = party.OwnershipDeclared(owner="holding", owned="aolani", percent="60")
    tale.say("nvidia", share, BEFORE)
    for name in ("aolani", "helios", "bytedance", "aivres", "nvidia"):
        tale.check(name, on=BEFORE, by="nvidia" if name == "aolani" else "aolani")
    kinds: tuple[Any, ...] = ("users", "military_wmd")
    for kind in kinds:
        checked = party.PartyChecked(party="bytedance", kind=kind, result="clear")
        tale.say("aolani", checked, BEFORE)
    stated = authorization.EndUseStated(
        end_user="bytedance", end_use="models", end_users=("bytedance",), no_military=True
    )
    tale.say("bytedance", stated, BEFORE)
    tale.certify(on=BEFORE, valid_to="2028-12-31")
    limited = authorization.AuthorizedItem(model=CHIP, eccn="3A090.a", quantity=LIMIT)
    home = ordered("aivres", "nvidia")
    tale.authorize("A-US", BEFORE, activity="reexport", destination="US", consignees=home)
    tale.authorize(
        "LIC-SG", BEFORE, kind="licence", destination="SG", items=(limited,),
        consignees=("aolani",), valid_to="2028-12-31", documents=(honest.paper("licence"),),
    )  # fmt: skip
    tale.authorize(
        "PERMIT-US", BEFORE, kind="permit", authority="MITI", destination="US", items=LISTED,
        consignees=home, documents=(honest.paper("permit"),),
    )  # fmt: skip


# ---- hardware


def open_stock(honest: "Honest") -> None:
    """An estate that was there before the ledger comes to be told of."""
    place, batch = honest.random.choice((HALL, HALL2)), honest.name("O")
    racks = [honest.new_rack({batch: RACK_GPUS}, place) for _ in range(honest.random.randint(1, 3))]
    data = product.StockOpened(
        holder="aolani", stock=honest.name("K"), site=place, owner="aolani",
        racks=ordered(*(product.StockedRack(rack=one.name, model="NVL4") for one in racks)),
        lines=ordered(*(part for one in racks for part in one.lines())),
    )  # fmt: skip
    honest.tale.say("aolani", data, honest.when(), honest.late())


def take_apart(honest: "Honest") -> None:
    """A rack at the plant is taken apart, and its units wait for another."""
    taken = honest.random.choice([one for one in honest.racks if honest.can_take_apart(one)])
    ((batch, quantity),) = taken.parts.items()
    data = rack.RackDisassembled(
        holder="aivres", disassembly=honest.name("D"), rack=taken.name, site=PLANT,
        lines=(line(batch, quantity),),
    )  # fmt: skip
    honest.tale.say("aivres", data, honest.when(), honest.late())
    honest.racks.remove(taken)
    honest.loose[batch] += quantity
    honest.serials[batch] += taken.serials


def send_back(honest: "Honest") -> None:
    """Racks go back from a hall to the plant, and so does title."""
    racks = honest.some([one for one in honest.at((HALL, HALL2), "stock") if one.sold])
    racks = [one for one in racks if one.sold]
    lines = [part for one in racks for part in one.lines()]
    honest.carry(racks, PLANT, "aolani", purpose="return", consignee="aivres")
    transfer(honest, lines, "aolani", "aivres")
    for one in racks:
        one.sold = False


def transfer(honest: "Honest", lines: list[Any], seller: str, buyer: str) -> None:
    data = TitleTransferred(
        seller=seller, buyer=buyer, title=honest.name("T"), lines=ordered(*lines)
    )
    honest.tale.say(seller, data, honest.when(), also=[buyer])


def resell(honest: "Honest") -> None:
    """Another operator of the same country buys racks and takes them over."""
    racks = honest.some(honest.at((HALL2,), "stock"))
    racks = [one for one in racks if one.sold]
    lines = [part for one in racks for part in one.lines()]
    honest.carry(racks, HALL3, "aolani", purpose="sale", consignee="helios")
    transfer(honest, lines, "aolani", "helios")
    honest.tale.put(*lines, on=honest.when(), at=HALL3, who="helios")
    for one in racks:
        honest.racks.remove(one)


def replace(honest: "Honest") -> None:
    """One unit of a running rack fails; a spare is sent ahead, swapped in, the old one returned."""
    broken = honest.random.choice([one for one in honest.running_in(HALL) if one.sold])
    spare, tale = honest.name("Z"), honest.tale
    serial = f"{spare}-000"
    tale.batch(spare, 1, honest.when(), at=WAREHOUSE, serials=[serial])
    paper, sent = honest.name("AZ"), honest.name("S")
    tale.authorize(paper, str(honest.day), consignees=("aolani",))
    tale.file(sent, honest.when(), gpus=1, eccn="3A090.a")
    item = shipment.ShippedItem(model=CHIP, eccn="3A090.a", authorization=paper)
    tale.dispatch(
        sent, [line(spare, 1)], honest.when(), items=(item,), purpose="rma", consignor="nvidia",
        who="nvidia", from_site=WAREHOUSE,
    )  # fmt: skip
    honest.day += timedelta(days=3)
    tale.receive(sent, [line(spare, 1)], honest.when(), receipt=f"{sent}-R", site=HALL)
    batch = min(broken.parts)
    old = tuple(broken.serials[:1])
    data = rack.ComponentReplaced(
        holder="aolani", replacement=honest.name("X"), rack=broken.name, site=HALL,
        state="operational", title="swapped", rma=f"RMA-{spare}", out_owner="aolani",
        in_owner="nvidia", maker="nvidia",
        out=(rack.Part(model=CHIP, batch=batch, quantity=1, serials=old),),
        into=(rack.Part(model=CHIP, batch=spare, quantity=1, serials=(serial,)),),
    )  # fmt: skip
    tale.say("aolani", data, honest.when(), also=["nvidia"])
    broken.parts[batch] -= 1
    if not broken.parts[batch]:
        del broken.parts[batch]
    broken.parts[spare] = 1
    broken.serials = [*broken.serials[1:], serial] if old else []
    honest.day += timedelta(days=3)
    items = (
        shipment.ShippedItem(model=CHIP, eccn="3A090.a", authorization="A-US"),
        shipment.ShippedItem(model=CHIP, eccn="3U090", authorization="PERMIT-US"),
    )
    back = honest.name("S")
    tale.dispatch(
        back, [line(batch, 1, state="quarantined")], honest.when(), items=items, purpose="rma",
        consignor="aolani", who="aolani", consignee="nvidia", from_site=HALL, to_site=WAREHOUSE,
    )  # fmt: skip
    honest.day += timedelta(days=4)
    received = shipment.ShipmentReceived(
        receiver="nvidia", receipt=f"{back}-R", shipment=back, received_from="carrier",
        site=WAREHOUSE, damaged=(line(batch, 1),), counted_by="serials", final=True,
    )  # fmt: skip
    tale.say("nvidia", received, honest.when())


def switch_off(honest: "Honest") -> None:
    racks = honest.some(honest.free())
    lines = [part for one in racks for part in one.lines()]
    to = honest.random.choice(("stock", "installed"))
    honest.tale.put(*lines, to=to, on=honest.when(), at=racks[0].place, late=honest.late())
    for one in racks:
        one.state = to


def quarantine(honest: "Honest") -> None:
    """A rack is set apart, and most are released again."""
    one = honest.random.choice(honest.at((HALL, HALL2), "stock"))
    honest.tale.change("quarantined", *one.lines(), on=honest.when(), at=one.place)
    one.state = "quarantined"
    if honest.random.random() < 0.7:
        honest.day += timedelta(days=2)
        honest.tale.change("released", *one.lines(), on=honest.when(), at=one.place)
        one.state = "stock"


def lose(honest: "Honest") -> None:
    """A rack is missed, told of as an incident and as lost; some are found again."""
    one = honest.random.choice(honest.at((HALL, HALL2), "stock"))
    incident = assurance.IncidentReported(
        incident=honest.name("N"), kind="loss", site=one.place, racks=(one.name,)
    )
    honest.tale.say("aolani", incident, honest.when())
    honest.tale.change("lost", *one.lines(), on=honest.when(), at=one.place)
    one.state = "lost"
    if honest.random.random() < 0.5:
        honest.day += timedelta(days=3)
        honest.tale.change("found", *one.lines(), on=honest.when(), at=one.place)
        one.state = "stock"
    else:
        honest.racks.remove(one)


# ---- use


def let_pool(honest: "Honest") -> None:
    """Some of what runs in a hall is let by quantity."""
    place = honest.random.choice(honest.free()).place
    free = sum(one.size for one in honest.free() if one.place == place)
    pool = lease.Pool(site=place, model=CHIP, quantity=honest.random.randint(1, free))
    name = honest.name("L")
    honest.tale.let(name, pool=pool, on=honest.when())
    honest.pools[name] = pool


def end_pool(honest: "Honest") -> None:
    name = honest.random.choice(list(honest.pools))
    data = lease.LeaseEnded(
        reporter="bytedance", lease=name, lessee="bytedance", lessor="aolani",
        pool=honest.pools.pop(name), reason="over",
    )  # fmt: skip
    honest.tale.say("bytedance", data, honest.when(), honest.late())


def change_lease(honest: "Honest") -> None:
    """A lease is suspended and resumed, and gives a rack back where it has several."""
    name = honest.random.choice(honest.leases())
    racks = [one for one in honest.racks if one.lease == name]
    for status in ("suspended", "resumed"):
        honest.change_of(name, status=status)
        honest.day += timedelta(days=1)
    if len(racks) > 1:
        honest.change_of(name, site=racks[0].place, removed=ordered(*racks[0].lines()))
        racks[0].lease = None


def sublet(honest: "Honest") -> None:
    """The lessee lets all of a lease to another for some days."""
    name = honest.random.choice(honest.leases())
    racks = [one for one in honest.racks if one.lease == name]
    lines = ordered(*(part for one in racks for part in one.lines()))
    below = honest.name("L")
    honest.tale.let(
        below, who="bytedance", lessee="subco", parent_lease=name, on=honest.when(),
        site=racks[0].place, lines=lines,
    )  # fmt: skip
    honest.day += timedelta(days=5)
    data = lease.LeaseEnded(
        reporter="subco", lease=below, parent_lease=name, lessee="subco", lessor="bytedance",
        site=racks[0].place, lines=lines, reason="over",
    )  # fmt: skip
    honest.tale.say("subco", data, honest.when())


# ---- papers and people


def plan_more(honest: "Honest") -> None:
    """A deployment is planned, and fulfilled or cancelled."""
    name, place = honest.name("PL"), honest.random.choice((HALL, HALL2))
    data = plan.DeploymentPlanned(
        planner="aolani", plan=name, stage="planned", country=honest.country(place), site=place,
        model=CHIP, quantity=Amount(qualifier="about", value=RACK_GPUS),
    )  # fmt: skip
    honest.tale.say("aolani", data, honest.when())
    standing = honest.running_in(place)
    honest.day += timedelta(days=2)
    if standing:
        done = plan.DeploymentFulfilled(operator="aolani", plan=name, racks=(standing[0].name,))
        honest.tale.say("aolani", done, honest.when())
    else:
        gone = plan.DeploymentChanged(planner="aolani", plan=name, cancelled=True, reason="other")
        honest.tale.say("aolani", gone, honest.when())


def look_again(honest: "Honest") -> None:
    """Parties are screened again, owners and capacity told anew, certification renewed."""
    tale, on = honest.tale, honest.when()
    tale.check(honest.random.choice(("aolani", "helios", "bytedance")), on=on, by="nvidia")
    match honest.random.randrange(5):
        case 0:
            share = party.OwnershipDeclared(owner="holding", owned="aolani", percent="70")
            tale.say("nvidia", share, on)
        case 1:
            told = site.SiteCapacityAttested(operator="aolani", site=HALL, it_megawatts="80")
            tale.say("aolani", told, on)
        case 2:
            longer = certification.CertificationChanged(
                certifier="nvidia", certification="C1", party="aolani", valid_to="2029-12-31",
                reason="renewed",
            )  # fmt: skip
            tale.say("nvidia", longer, on)
        case 3:
            tale.person("subco", "private", "MY", on=str(honest.day))
        case _:
            key, before = honest.name("key"), honest.carrier_key
            tale.key("carrier", f"carrier:{key}", f"carrier:{key}", *before, on=str(honest.day))
            honest.carrier_key = (f"carrier:{key}",)


def hear_a_claim(honest: "Honest") -> None:
    heard = claim.ClaimReported(
        claim=honest.name("Q"), speaker="bytedance", subject=("aolani",),
        quotation="we use what we lease", publisher="a paper",
    )  # fmt: skip
    honest.tale.say("auditor", heard, honest.when())


def hold(honest: "Honest") -> None:
    name = honest.name("H")
    placed = assurance.LegalHoldPlaced(
        hold=name, scope=assurance.HoldScope(parties=("aolani",)), reason="a request"
    )
    honest.tale.say("auditor", placed, honest.when())
    honest.day += timedelta(days=4)
    released = assurance.LegalHoldReleased(hold=name, reason="over")
    honest.tale.say("auditor", released, honest.when())


def say_wrongly(honest: "Honest") -> None:
    """An act is told that did not occur, and is voided."""
    racks = honest.some(honest.free())
    wrong = honest.tale.let(
        honest.name("L"), on=honest.when(), site=racks[0].place,
        lines=ordered(*(part for one in racks for part in one.lines())),
    )  # fmt: skip
    honest.tale.void(wrong, honest.when())


def answer(honest: "Honest") -> None:
    data = assurance.FindingAnswered(
        code="SCREENING-STALE", subject="party:aolani", answer="explained", reason="a sister"
    )
    honest.tale.say("aolani", data, honest.when())


def move_out(honest: "Honest") -> None:
    """Racks leave this ledger for another, within the country."""
    racks = honest.some(honest.at((DEPOT,), "stock"))
    lines = [part for one in racks for part in one.lines()]
    honest.tale.dispatch(
        honest.name("S"), lines, honest.when(), who="aolani", consignor="aolani",
        from_site=DEPOT, to_site=HALL, to_ledger="ledger.other.invalid/2026",
        authorization=None, purpose="move",
    )  # fmt: skip
    for one in racks:
        honest.racks.remove(one)


Life = tuple[Callable[["Honest"], bool], int, Callable[["Honest"], None]]
LIFE: tuple[Life, ...] = (
    (lambda _: True, 1, open_stock),
    (lambda _: True, 2, look_again),
    (lambda _: True, 1, plan_more),
    (lambda _: True, 1, hear_a_claim),
    (lambda _: True, 1, hold),
    (lambda _: True, 1, answer),
    (lambda h: any(h.can_take_apart(one) for one in h.racks), 2, take_apart),
    (lambda h: h.after_notice and any(o.sold for o in h.at((HALL, HALL2), "stock")), 2, send_back),
    (lambda h: any(one.sold for one in h.at((HALL2,), "stock")), 1, resell),
    (lambda h: h.after_notice and any(one.sold for one in h.running_in(HALL)), 2, replace),
    (lambda h: bool(h.free()), 1, switch_off),
    (lambda h: bool(h.at((HALL, HALL2), "stock")), 1, quarantine),
    (lambda h: bool(h.at((HALL, HALL2), "stock")), 1, lose),
    (lambda h: bool(h.free()), 2, let_pool),
    (lambda h: bool(h.pools), 2, end_pool),
    (lambda h: bool(h.leases()), 1, change_lease),
    (lambda h: bool(h.leases()), 1, sublet),
    (lambda h: bool(h.free()), 1, say_wrongly),
    (lambda h: bool(h.at((DEPOT,), "stock")), 1, move_out),
)
"""When each can happen, how often it is tried, and the act."""
