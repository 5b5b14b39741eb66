"""Rules about leases, use and power: what raises each, what just misses, what clears it."""

from typing import Any

import pytest

from ledger.events import authorization, lease, site
from ledger.events import plan as plan_noun
from ledger.events.base import Amount
from tests.finding_table import Row, check
from tests.memory_log import CHIP, line
from tests.tale import HALL, RACK_GPUS, Tale, found, running


def let(**fields: Any) -> Tale:
    tale = Tale().running()
    tale.let(**fields)
    return tale


def pool(quantity: int, on: str = "2026-02-20", **fields: Any) -> Tale:
    tale = Tale().running()
    tale.let(pool=lease.Pool(site=HALL, model=CHIP, quantity=quantity), on=on, **fields)
    return tale


def sublet(by: str) -> Tale:
    tale = let()
    tale.let("L2", running("R1"), who=by, lessee="newco", parent_lease="L1", on="2026-02-21")
    return tale


def end(tale: Tale, *lines: Any, on: str = "2026-03-01") -> Any:
    data = lease.LeaseEnded(
        reporter="aolani", lease="L1", lessee="bytedance", lessor="aolani", site=HALL,
        lines=lines or (running("R1"),), reason="over",
    )  # fmt: skip
    return tale.say("aolani", data, on)


def ended_twice(times: int) -> Tale:
    tale = let()
    end(tale)
    if times > 1:
        more = lease.LeaseChanged(
            lessor="aolani", change="X1", lease="L1", lessee="bytedance", site=HALL,
            removed=(running("R1"),), reason="less",
        )  # fmt: skip
        tale.say("aolani", more, "2026-03-02", also=["bytedance"])
    return tale


def change(tale: Tale, **fields: Any) -> Any:
    data = lease.LeaseChanged(
        lessor="aolani", change=f"X-{tale.log.size}", lease="L1", lessee="bytedance",
        reason="new terms", **fields,
    )  # fmt: skip
    return tale.say("aolani", data, "2026-03-01", also=["bytedance"])


def users(*names: str) -> Tale:
    tale = let()
    told = authorization.EndUseStated(
        end_user="bytedance", end_use="research", end_users=names, no_military=True
    )
    tale.say("bytedance", told, "2026-02-25")
    return tale


def used(tale: Tale, period: str) -> Any:
    data = lease.UsageReported(reporter="aolani", lease="L1", period=period, gpu_hours="10")
    return tale.say("aolani", data, period)


def powered(megawatts: str | None, racks: int = 18, **fields: Any) -> Tale:
    """72 GPUs run, which would draw 0.12 MW."""
    names = [f"R{number}" for number in range(1, racks + 1)]
    tale = Tale()
    tale.batch(quantity=racks * RACK_GPUS)
    for name in names:
        tale.build(name)
    lines = [line("B1", RACK_GPUS, *names)]
    tale.dispatch(lines=lines)
    tale.receive(lines=lines)
    tale.put(*lines)
    if megawatts is not None or fields:
        power(tale, megawatts, **fields)
    return tale


def power(tale: Tale, megawatts: Any, **fields: Any) -> Any:
    told = site.SiteCapacityAttested(operator="aolani", site=HALL, it_megawatts=megawatts, **fields)
    return tale.say("aolani", told, "2026-03-31")


def installed(on: str) -> Tale:
    tale = Tale().built()
    tale.authorize()
    tale.dispatch()
    tale.receive()
    tale.put(to="installed", on=on)
    return tale


def planned(value: int, *, fulfilled: bool = True, **fields: Any) -> Tale:
    tale = Tale().running()
    usual: dict[str, Any] = {"country": "MY", "qualifier": "exact"}
    usual |= fields
    told = plan_noun.DeploymentPlanned(
        planner="aolani", plan="P1", stage="planned", model=CHIP,
        quantity=Amount(qualifier=usual.pop("qualifier"), value=value), **usual,
    )  # fmt: skip
    tale.say("aolani", told, "2026-01-04")
    if fulfilled:
        done = plan_noun.DeploymentFulfilled(operator="aolani", plan="P1", racks=("R1",))
        tale.say("aolani", done, "2026-03-01")
    return tale


def replan(tale: Tale, **fields: Any) -> Any:
    data = plan_noun.DeploymentChanged(planner="aolani", plan="P1", **fields)
    return tale.say("aolani", data, "2026-03-02")


ROWS = (
    Row(
        "NEG-BALANCE", "lease:L1",
        hit=lambda: ended_twice(2), miss=lambda: ended_twice(1),
        clear=lambda tale: tale.void(tale.last),
    ),
    Row(
        "LEASE-OVER-CAPACITY", f"site:{HALL}",
        hit=lambda: pool(RACK_GPUS + 1), miss=lambda: pool(RACK_GPUS),
        clear=lambda tale: tale.again(
            tale.last, pool=lease.Pool(site=HALL, model=CHIP, quantity=RACK_GPUS)
        ),
    ),
    Row(
        "LEASE-OVER-CAPACITY", f"site:{HALL}",
        hit=lambda: pool(RACK_GPUS, on="2026-02-11"), miss=lambda: pool(RACK_GPUS, on="2026-02-12"),
        clear=lambda tale: tale.void(tale.last),
    ),
    Row(
        "LEASE-OVER-CAPACITY", f"site:{HALL}",
        hit=lambda: pool(RACK_GPUS, on="2026-02"), miss=lambda: pool(RACK_GPUS, on="2026-02-12"),
        clear=lambda tale: tale.void(tale.last), certainty="cannot be excluded",
    ),
    Row(
        "LEASE-NO-CUSTODY", "lease:L1", hit=lambda: let(who="nvidia"), miss=let,
        clear=lambda tale: tale.void(tale.last),
    ),
    Row(
        "LEASE-NO-CUSTODY", "lease:L1",
        hit=lambda: pool(1, who="nvidia"), miss=lambda: pool(1, who="nvidia", service="colocation"),
        clear=lambda tale: tale.place(HALL, "MY", "data_center", "nvidia"),
    ),
    Row(
        "LEASE-NO-CUSTODY", "lease:L2",
        hit=lambda: sublet("carrier"), miss=lambda: sublet("bytedance"),
        clear=lambda tale: tale.void(tale.last),
    ),
    Row(
        "LEASE-AS-TRANSFER", "lease:L1",
        hit=lambda: let(purchase_option=True), miss=lambda: let(purchase_option=False),
        clear=lambda tale: change(tale, purchase_option=False),
    ),
    Row(
        "LEASE-AS-TRANSFER", "lease:L1",
        hit=lambda: let(physical_access=True),
        miss=lambda: let(physical_access=True, service="colocation"),
        clear=lambda tale: change(tale, physical_access=False),
    ),
    Row(
        "SUBLEASE-UNDECLARED", "lease:L1",
        hit=lambda: users("carrier"), miss=lambda: users("aolani", "bytedance"),
        clear=lambda tale: tale.let(
            "L2", running("R1"), who="bytedance", lessee="carrier", parent_lease="L1",
        ),
    ),
    Row(
        "LEASE-BEFORE-OPERATIONAL", "lease:L1",
        hit=lambda: pool(1, on="2026-02-11"), miss=lambda: pool(1, on="2026-02-12"),
        clear=lambda tale: tale.void(tale.last),
    ),
    Row(
        "LEASE-BEFORE-OPERATIONAL", "lease:L1",
        hit=lambda: let(pool=lease.Pool(model=CHIP, quantity=1)), miss=let,
        clear=lambda tale: tale.again(tale.last, pool=lease.Pool(site=HALL, model=CHIP)),
        certainty="not decidable",
    ),
    Row(
        "LEASE-OVERRUN", "lease:L1",
        hit=lambda: let(until="2026-03-30"), miss=lambda: let(until="2026-04-01"),
        clear=lambda tale: change(tale, until="2026-12-31"),
    ),
    Row(
        "LEASE-OVERRUN", "lease:L1",
        hit=lambda: let(until="2026-03-30"), miss=let,
        clear=end,
    ),
    Row(
        "IDLE-OWNED", "lease:L1",
        hit=(let, "2026-05-22"), miss=(let, "2026-05-21"),
        clear=lambda tale: used(tale, "2026-03"),
    ),
    Row(
        "IDLE-OWNED", f"site:{HALL}",
        hit=(lambda: installed("2026-03-01"), "2026-05-31"),
        miss=(lambda: installed("2026-03-01"), "2026-05-30"),
        clear=lambda tale: tale.put(
            line("B1", RACK_GPUS, "R1", state="installed"), on="2026-05-01"
        ),
    ),
    Row(
        "POWER-IMPLAUSIBLE", f"site:{HALL}",
        hit=lambda: powered("0.11"), miss=lambda: powered("0.13"),
        clear=lambda tale: power(tale, "1.5"),
    ),
    Row(
        "POWER-IMPLAUSIBLE", f"site:{HALL}",
        hit=lambda: powered(None), miss=lambda: powered(None, racks=17),
        clear=lambda tale: power(tale, "1.5"), certainty="not decidable",
    ),
    Row(
        "POWER-IMPLAUSIBLE", f"site:{HALL}",
        hit=lambda: powered("1", metered_mwh="8", period="2026-03"),
        miss=lambda: powered("1", metered_mwh="9", period="2026-03"),
        clear=lambda tale: tale.again(tale.last, metered_mwh="80"),
    ),
    Row(
        "PLAN-DRIFT", "plan:P1", hit=lambda: planned(5), miss=lambda: planned(4),
        clear=lambda tale: replan(tale, quantity=Amount(qualifier="exact", value=4)),
    ),
    Row(
        "PLAN-DRIFT", "plan:P1",
        hit=lambda: planned(3), miss=lambda: planned(3, qualifier="more_than"),
        clear=lambda tale: replan(tale, cancelled=True),
    ),
    Row(
        "PLAN-DRIFT", "plan:P1",
        hit=lambda: planned(4, country="SG"), miss=lambda: planned(4),
        clear=lambda tale: replan(tale, country="MY"),
    ),
    Row(
        "PLAN-DRIFT", "plan:P1",
        hit=lambda: planned(4, fulfilled=False, window_to="2026-03-30"),
        miss=lambda: planned(4, fulfilled=False, window_to="2026-04-30"),
        clear=lambda tale: replan(tale, window_to="2026-12"),
    ),
)  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=Row.name)
def test_a_rule_is_raised_just_missed_and_cleared(row: Row) -> None:
    check(row)


def test_a_pool_whose_site_nobody_names_is_let_by_whoever_holds_such_units() -> None:
    somewhere = lease.Pool(model=CHIP, quantity=1)
    assert not found(let(pool=somewhere), "LEASE-NO-CUSTODY")
    assert found(let(pool=somewhere, who="nvidia"), "LEASE-NO-CUSTODY")
