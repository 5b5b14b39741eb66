"""Frauds, each planted at the end of an honest history, with the code and subject to be found."""

from collections.abc import Callable
from datetime import timedelta

from ledger.events import assurance, lease, party
from tests.frauds_of_papers import FRAUDS_OF_PAPERS, made, sent
from tests.honest import Honest
from tests.memory_log import CHIP, line
from tests.tale import DEPOT, HALL, HALL2, PLANT, RACK_GPUS

Fraud = Callable[[Honest], str]
"""Plants a fraud and returns `CODE kind:name`."""


def never_arrives(honest: Honest) -> str:
    return f"SHIP-OVERDUE shipment:{sent(honest)[0]}"


def arrives_short(honest: Honest) -> str:
    shipment, batch, names = sent(honest)
    honest.tale.receive(shipment, [line(batch, 4, names[0])], str(honest.day))
    return f"QTY-SHORT shipment:{shipment}"


def received_by_another(honest: Honest) -> str:
    shipment, batch, names = sent(honest)
    honest.tale.receive(shipment, [line(batch, 4, *names)], str(honest.day), who="carrier")
    return f"WRONG-RECEIVER shipment:{shipment}"


def received_elsewhere(honest: Honest) -> str:
    shipment, batch, names = sent(honest)
    honest.tale.receive(shipment, [line(batch, 4, *names)], str(honest.day), site=HALL2)
    return f"WRONG-SITE shipment:{shipment}"


def seals_exchanged(honest: Honest) -> str:
    shipment, batch, names = sent(honest, seals=("SEAL-1",))
    lines = [line(batch, 4, *names)]
    honest.tale.receive(shipment, lines, str(honest.day), seals=("SEAL-9",))
    return f"SEAL-BROKEN shipment:{shipment}"


def under_no_authorization(honest: Honest) -> str:
    return f"NO-AUTH shipment:{sent(honest, authorization=None)[0]}"


def after_the_licence(honest: Honest) -> str:
    last = str(honest.day - timedelta(days=9))
    honest.tale.authorize("A-OLD", valid_to=last, on=last)
    return f"AUTH-EXPIRED shipment:{sent(honest, authorization='A-OLD')[0]}"


def to_a_consignee_not_named(honest: Honest) -> str:
    return f"AUTH-SCOPE shipment:{sent(honest, consignee='bytedance')[0]}"


def parked_in_a_warehouse(honest: Honest) -> str:
    shipment, batch, names = sent(honest, to_site=DEPOT)
    honest.tale.receive(shipment, [line(batch, 4, *names)], str(honest.day), site=DEPOT)
    return f"WAREHOUSE-PARKED shipment:{shipment}"


def ghost_receipt(honest: Honest) -> str:
    batch, *names = made(honest)
    shipment = honest.name("S")
    honest.tale.receive(shipment, [line(batch, 4, *names)], str(honest.day))
    return f"RECEIPT-NO-DISPATCH shipment:{shipment}"


def two_versions(honest: Honest) -> str:
    shipment, batch, names = sent(honest)
    honest.tale.dispatch(
        shipment, [line(batch, 4, names[0])], str(honest.day), who="aolani", also=(),
        basis="counterparty",
    )  # fmt: skip
    return f"CLAIMS-DIFFER shipment:{shipment}"


def one_serial_in_two_racks(honest: Honest) -> str:
    batch, _ = made(honest, 1)
    other = honest.name("R")
    honest.tale.batch(honest.name("B"), RACK_GPUS, str(honest.day))
    own = f"B{honest.count}"
    serial = f"{batch}-000"
    honest.tale.build(other, line(own, RACK_GPUS), on=str(honest.day), serials=[serial], batch=own)
    return f"DOUBLE-CUSTODY serial:{serial}"


def a_serial_of_nobody(honest: Honest) -> str:
    batch, *_ = made(honest, 2)
    name = honest.name("R")
    honest.tale.build(
        name, line(batch, RACK_GPUS), on=str(honest.day), serials=["FAKE-1"], batch=batch
    )
    return f"SERIAL-UNKNOWN rack:{name}"


def built_of_nothing(honest: Honest) -> str:
    batch, *_ = made(honest, 2)
    name = honest.name("R")
    honest.tale.build(name, line(batch, RACK_GPUS), on=str(honest.day))
    return f"ASSEMBLY-FROM-NOTHING rack:{name}"


def a_rack_too_small(honest: Honest) -> str:
    batch, name = honest.name("B"), honest.name("R")
    honest.tale.batch(batch, RACK_GPUS, str(honest.day))
    honest.tale.build(name, line(batch, RACK_GPUS - 1), on=str(honest.day))
    return f"RACK-SHORT rack:{name}"


def leased_twice_over(honest: Honest) -> str:
    running = sum(RACK_GPUS for one in honest.racks if one.place == HALL)
    pool = lease.Pool(site=HALL, model=CHIP, quantity=running + 1)
    honest.tale.let(honest.name("L"), pool=pool, on=str(honest.day))
    return f"LEASE-OVER-CAPACITY site:{HALL}"


def leased_from_a_plan(honest: Honest) -> str:
    name = honest.name("L")
    pool = lease.Pool(site=DEPOT, model=CHIP, quantity=1)
    honest.tale.let(name, pool=pool, on=str(honest.day))
    return f"LEASE-BEFORE-OPERATIONAL lease:{name}"


def leased_while_suspended(honest: Honest) -> str:
    name = honest.name("L")
    honest.tale.certify(on=str(honest.day - timedelta(days=9)), valid_to=None)
    honest.tale.recertify("suspended", str(honest.day - timedelta(days=2)))
    pool = lease.Pool(site=HALL, model=CHIP, quantity=1)
    honest.tale.let(name, pool=pool, on=str(honest.day))
    return f"CERT-LAPSED-LEASE lease:{name}"


def told_after_the_notice(honest: Honest) -> str:
    shipment, batch, names = sent(honest)
    arrived = str(honest.day)
    honest.day += timedelta(days=6)
    notice = assurance.InspectionAnnounced(site=HALL, starts=str(honest.day), method="count")
    honest.when()
    honest.tale.say("auditor", notice, str(honest.day))
    honest.day += timedelta(days=1)
    honest.when()
    event = honest.tale.receive(shipment, [line(batch, 4, *names)], arrived)
    return f"LATE-AFTER-INSPECTION entry:{event.index}"


def missed_by_an_inspection(honest: Honest) -> str:
    honest.tale.inspect(str(honest.day), HALL, found=3)
    return f"INSPECTION-MISMATCH site:{HALL}"


def labels_of_another_rack(honest: Honest) -> str:
    batch, first, second = made(honest)
    rows = [
        f"{batch}-{slot:03},yes,,{second},,,CH-{first}" for slot in range(RACK_GPUS, 2 * RACK_GPUS)
    ]
    honest.tale.inspect(str(honest.day), PLANT, seen=rows)
    return f"COMPONENT-SWAP rack:{second}"


def shown_at_another_site(honest: Honest) -> str:
    batch, first, _ = made(honest)
    honest.tale.inspect(str(honest.day), HALL2, seen=[f"{batch}-{slot:03}" for slot in range(4)])
    return f"SERIAL-TWO-PLACES rack:{first}"


def a_listed_party(honest: Honest) -> str:
    honest.tale.check("bytedance", "match", str(honest.day), "nvidia")
    return "PARTY-LISTED party:bytedance"


def certified_by_itself(honest: Honest) -> str:
    honest.tale.certify("C9", str(honest.day), certifier="aolani")
    return "CERT-SELF certification:C9"


def owned_by_nobody_known(honest: Honest) -> str:
    honest.tale.person("shell", "holding", "KY")
    told = party.OwnershipDeclared(owner="shell", owned="aolani", percent="100")
    honest.tale.say("nvidia", told, str(honest.day))
    shipment, batch, names = sent(honest)
    honest.tale.receive(shipment, [line(batch, 4, *names)], str(honest.day))
    return "OWNERSHIP-UNKNOWN party:shell"


FRAUDS: tuple[Fraud, ...] = (
    never_arrives, arrives_short, received_by_another, received_elsewhere, seals_exchanged,
    under_no_authorization, after_the_licence, to_a_consignee_not_named, parked_in_a_warehouse,
    ghost_receipt, two_versions, one_serial_in_two_racks, a_serial_of_nobody, built_of_nothing,
    a_rack_too_small, leased_twice_over, leased_from_a_plan, leased_while_suspended,
    told_after_the_notice, missed_by_an_inspection, a_listed_party, certified_by_itself,
    owned_by_nobody_known, labels_of_another_rack, shown_at_another_site, *FRAUDS_OF_PAPERS,
)  # fmt: skip
