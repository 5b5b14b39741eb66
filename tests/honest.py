"""Random histories of honest people: whatever happens is told, by those who did it, as it was.

What is true is kept beside the log, so that only acts that can happen do. What is told of it varies
as it does in life: dates by the day, the hour or the month, recorded soon or days later, receipts
in parts or corrected, signatures that come later, some acts told by a counterparty too.
"""

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from ledger.canonical import ordered
from ledger.entry import Event
from ledger.events import assurance, authorization, lease, rack, shipment
from ledger.events.base import DocumentRef, Line
from tests.honest_life import HALL3, LIFE, LIMIT, LISTED, settle
from tests.memory_log import CHIP, document, line
from tests.tale import DEPOT, HALL, HALL2, PLANT, RACK_GPUS, Tale

START = date(2026, 1, 10)
STEPS = (20, 60)
EVENTS_MAX = 300
HALLS = {HALL: "MY", HALL2: "SG"}
COUNTRIES = HALLS | {DEPOT: "MY", HALL3: "SG", PLANT: "US"}
PERMIT, NOTICE, NOTICE_DAYS = "PERMIT-SG", date(2026, 1, 9), 30


@dataclass
class Rack:
    """A rack as it truly is: what it is built of, where it stands, whether the operator owns it."""

    name: str
    parts: dict[str, int]
    place: str = PLANT
    state: Any = "stock"
    serials: list[str] = field(default_factory=list)
    sold: bool = False
    lease: str | None = None

    @property
    def size(self) -> int:
        return sum(self.parts.values())

    def lines(self) -> list[Line]:
        return [
            line(batch, quantity, self.name, state=self.state)
            for batch, quantity in sorted(self.parts.items())
        ]


@dataclass
class Honest:
    """An honest history that goes on step by step."""

    random: Random
    steps: tuple[int, int] = STEPS
    tale: Tale = field(default_factory=Tale)
    day: date = START
    loose: dict[str, int] = field(default_factory=dict)
    serials: dict[str, list[str]] = field(default_factory=dict)
    racks: list[Rack] = field(default_factory=list)
    pools: dict[str, lease.Pool] = field(default_factory=dict)
    licensed: int = LIMIT
    used: int = 0
    carrier_key: tuple[str, ...] = ()
    count: int = 0
    clock: tuple[date, int] = (START, 0)

    def name(self, kind: str) -> str:
        self.count += 1
        return f"{kind}{self.count}"

    def when(self) -> str:
        """Return the day of truth, told in one of the ways that dates are told."""
        self.tale.log.truth = datetime.combine(self.day, time(16), UTC)
        told = self.random.random()
        if told < 0.1:
            return f"{self.day:%Y-%m}"
        if told < 0.3:
            if self.clock[0] != self.day:
                self.clock = self.day, 0
            hour = self.random.randrange(self.clock[1], 24)
            self.clock = self.day, hour
            return f"{self.day}T{hour:02}:00:00+08:00"
        return str(self.day)

    def late(self) -> float:
        return self.random.choice((0.0, 0.0, 0.1, 1.0, 5.0))

    def run(self) -> Tale:
        for hall, country in HALLS.items():
            self.tale.authorize(f"A-{hall}", destination=country, consignees=("aolani",))
        self.tale.authorize(
            PERMIT, kind="permit", authority="MITI", destination="SG", on=str(NOTICE),
            items=LISTED,
            documents=(self.paper("permit"),),
        )  # fmt: skip
        settle(self)
        for _ in range(self.random.randint(*self.steps)):
            if self.tale.log.size > EVENTS_MAX - 12:  # no act tells more than that
                break
            self.day += timedelta(days=self.random.choice((0, 0, 1, 1, 2, 7)))
            self.random.choice(self._acts())()
        return self.tale

    def _acts(self) -> list[Callable[[], object]]:
        acts: list[Callable[[], object]] = [self.commission]
        if any(left >= RACK_GPUS for left in self.loose.values()):
            acts += [self.build] * 3
        if any(one.place == PLANT for one in self.racks):
            acts += [self.ship] * 5
        if self.at(HALLS, "stock") or self.at(HALLS, "installed"):
            acts += [self.start] * 4
        if self.free():
            acts += [self.let] * 3
        if self.leases():
            acts += [self.end, self.use]
        if any(one.place in HALLS for one in self.racks):
            acts += [self.inspect, self.move, self.scrap]
        for can, often, act in LIFE:
            if can(self):
                acts += [lambda act=act: act(self)] * often  # type: ignore[misc]  # bound at once
        return acts

    # ---- what is true

    @property
    def after_notice(self) -> bool:
        """Whether 30 days went by since the permits were noticed."""
        return self.day > NOTICE + timedelta(days=NOTICE_DAYS)

    def paper(self, kind: str) -> DocumentRef:
        return document(kind.encode(), kind)

    def country(self, place: str) -> str:
        return COUNTRIES[place]

    def new_rack(self, parts: dict[str, int], place: str = PLANT) -> Rack:
        made = Rack(self.name("R"), dict(parts), place, sold=place != PLANT)
        self.racks.append(made)
        return made

    def can_take_apart(self, one: Rack) -> bool:
        whole = one.place == PLANT and set(one.parts) <= set(self.loose)
        return whole and len(one.parts) == 1 and len(one.serials) == one.size

    def at(self, places: Container[str], state: str) -> list[Rack]:
        """Return the racks there in a state that nobody leases."""
        return [
            one for one in self.racks
            if one.place in places and one.state == state and one.lease is None
        ]  # fmt: skip

    def running_in(self, place: str) -> list[Rack]:
        return [one for one in self.racks if one.place == place and one.state == "operational"]

    def leases(self) -> list[str]:
        return sorted({one.lease for one in self.racks if one.lease})

    def free(self) -> list[Rack]:
        """Return what runs and nobody leases, less what pools of the hall may take."""
        found = []
        for place in HALLS:
            taken = sum(one.quantity or 0 for one in self.pools.values() if one.site == place)
            running = self.at((place,), "operational")
            while running and taken > 0:
                taken -= running.pop().size
            found += running
        return found

    def some(self, racks: list[Rack]) -> list[Rack]:
        """Return a few of racks that stand together in one state, and are owned alike."""
        first = self.random.choice(racks)
        alike = [
            one for one in racks
            if (one.place, one.state, one.sold) == (first.place, first.state, first.sold)
        ]  # fmt: skip
        return self.random.sample(alike, self.random.randint(1, min(3, len(alike))))

    # ---- acts

    def commission(self) -> None:
        name, quantity = self.name("B"), self.random.randint(RACK_GPUS, 5 * RACK_GPUS)
        self.loose[name] = quantity
        self.serials[name] = [f"{name}-{number:03}" for number in range(quantity)]
        self.tale.batch(name, quantity, self.when(), serials=self.serials[name], late=self.late())

    def build(self) -> None:
        batch = self.random.choice([one for one, left in self.loose.items() if left >= RACK_GPUS])
        self.loose[batch] -= RACK_GPUS
        made = self.new_rack({batch: RACK_GPUS})
        made.serials = [self.serials[batch].pop() for _ in range(RACK_GPUS)]
        rows = [f"{made.name},1,{slot},{one},{batch}" for slot, one in enumerate(made.serials)]
        paper = self.tale.manifest("build_manifest", "rack,tray,slot,serial,batch", *rows)
        data = rack.RackAssembled(
            integrator="aivres", assembly=f"{made.name}-A", rack=made.name, model="NVL4",
            chassis_serial=f"CH-{made.name}", site=PLANT, lines=(line(batch, RACK_GPUS),),
        )  # fmt: skip
        self.tale.say("aivres", data, self.when(), self.late(), documents=[paper])

    def ship(self) -> None:
        """Racks leave the plant for a hall, come some days later, and are sold."""
        racks = self.some([one for one in self.racks if one.place == PLANT])
        lines = self.carry(racks, self.random.choice(list(HALLS)), "aivres", purpose="sale")
        self.tale.sell(*lines, on=self.when())
        for one in racks:
            one.sold = True

    def move(self) -> None:
        """Racks that nobody leases go to the other hall, or to the depot."""
        racks = [one for one in self.at(HALLS, "stock") if one.sold]
        if racks:
            some = self.some(racks)
            there = [one for one in (*HALLS, DEPOT) if one != some[0].place]
            if not self.after_notice and some[0].place == HALL:
                there.remove(HALL2)
            self.carry(some, self.random.choice(there), "aolani", purpose="move")

    def carry(
        self, racks: Sequence[Rack], there: str, who: str, *, purpose: str,
        consignee: str = "aolani",
    ) -> list[Line]:  # fmt: skip
        """Racks that stand together are sent and received; return their lines."""
        here, name = racks[0].place, self.name("S")
        lines = [part for one in racks for part in one.lines()]
        units = sum(one.size for one in racks)
        if here == PLANT:
            self.tale.file(name, self.when(), gpus=units, destination=COUNTRIES[there])
        sent = self.tale.dispatch(
            name, lines, self.when(), items=self._papers(here, there, units), who=who,
            consignor=who, consignee=consignee, from_site=here, to_site=there, late=self.late(),
            purpose=purpose, also=("carrier",) if self.random.random() < 0.8 else (),
        )  # fmt: skip
        if len(sent.statement.signatories) == 1:
            self.tale.countersign("carrier", sent, on=self.when())
        if self.random.random() < 0.1:
            self._told_again(sent, consignee)
        by = self._on_the_way(name, there, lines)
        self.day += timedelta(days=self.random.randint(0, 9))
        self._received(name, racks, there, consignee, by)
        for one in racks:
            one.place, one.state = there, "stock"
        return [part for one in racks for part in one.lines()]

    def _papers(self, here: str, there: str, units: int) -> tuple[shipment.ShippedItem, ...]:
        """Return the items: the export of one country's rule, and the permit of another's."""
        papers = {"US": "A-US", "MY": f"A-{HALL}", "SG": f"A-{HALL2}"}
        paper = papers[COUNTRIES[there]]
        if COUNTRIES[here] == COUNTRIES[there]:
            return (shipment.ShippedItem(model=CHIP, eccn="3A090.a"),)
        if (here, there) == (PLANT, HALL2) and self.random.random() < 0.5:
            paper = "LIC-SG"
            self.used += units
            if self.used > self.licensed:
                self.licensed = self.used + LIMIT
                item = authorization.AuthorizedItem(
                    model=CHIP, eccn="3A090.a", quantity=self.licensed
                )
                self.tale.reauthorize(paper, self.when(), items=(item,))
        items = [shipment.ShippedItem(model=CHIP, eccn="3A090.a", authorization=paper)]
        if COUNTRIES[here] == "MY":
            permit = "PERMIT-US" if there == PLANT else PERMIT
            items.append(shipment.ShippedItem(model=CHIP, eccn="3U090", authorization=permit))
        return tuple(items)

    def _told_again(self, sent: Event, consignee: str) -> None:
        """The consignee tells the dispatch too, from the packing list."""
        statement = sent.statement
        self.tale.say(consignee, statement.data, statement.occurred, basis="counterparty")

    def _on_the_way(self, name: str, there: str, lines: Sequence[Line]) -> str:
        """Tell of the way; return who holds the goods at its end."""
        told = self.random.random()
        country = COUNTRIES[there]
        if told < 0.3:
            self.tale.leg(name, self.when(), place="a port", country=country)
        if told < 0.1:
            self.tale.leg(
                name, self.when(), milestone="handed_over", place="a port", country=country,
                from_holder="carrier", to_holder="carrier2", lines=ordered(*on_the_way(lines)),
            )  # fmt: skip
            return "carrier2"
        return "carrier"

    def _received(self, name: str, racks: Sequence[Rack], there: str, who: str, by: str) -> None:
        """All racks are received: at once, in two parts, or with a receipt to be corrected."""
        lines = on_the_way([part for one in racks for part in one.lines()])
        usual: dict[str, Any] = {"site": there, "received_from": by}
        if len(racks) > 1 and self.random.random() < 0.3:
            first = on_the_way(racks[0].lines())
            self.tale.receive(name, first, self.when(), who, final=False, **usual)
            self.day += timedelta(days=self.random.randint(0, 2))
            rest = on_the_way([part for one in racks[1:] for part in one.lines()])
            self.tale.receive(name, rest, self.when(), who, receipt=f"{name}-R2", **usual)
            return
        came = self.tale.receive(name, lines, self.when(), who, late=self.late(), **usual)
        if len(racks) > 1 and self.random.random() < 0.2:
            self.tale.again(came, lines=ordered(*on_the_way(racks[0].lines())))
            self.tale.again(self.tale.last, lines=came.statement.data.lines)

    def start(self) -> None:
        state = "stock" if self.at(HALLS, "stock") else "installed"
        racks = self.some(self.at(HALLS, state))
        lines = [part for one in racks for part in one.lines()]
        self.tale.put(*lines, on=self.when(), at=racks[0].place, late=self.late())
        for one in racks:
            one.state = "operational"

    def let(self) -> None:
        racks = self.some(self.free())
        name = self.name("L")
        self.tale.let(
            name, on=self.when(), site=racks[0].place,
            lines=ordered(*(part for one in racks for part in one.lines())),
        )  # fmt: skip
        for one in racks:
            one.lease = name

    def use(self) -> None:
        name = self.random.choice(self.leases())
        self.when()
        data = lease.UsageReported(reporter="aolani", lease=name, period=f"{self.day:%Y-%m}")
        self.tale.say("aolani", data, f"{self.day:%Y-%m}", self.late())

    def change_of(self, name: str, **fields: Any) -> None:
        data = lease.LeaseChanged(
            lessor="aolani", change=self.name("V"), lease=name, lessee="bytedance",
            reason="agreed", **fields,
        )  # fmt: skip
        self.tale.say("aolani", data, self.when(), also=["bytedance"])

    def end(self) -> None:
        name = self.random.choice(self.leases())
        racks = [one for one in self.racks if one.lease == name]
        data = lease.LeaseEnded(
            reporter="aolani", lease=name, lessee="bytedance", lessor="aolani",
            site=racks[0].place, reason="over",
            lines=ordered(*(part for one in racks for part in one.lines())),
        )  # fmt: skip
        self.tale.say("aolani", data, self.when(), self.late())
        for one in racks:
            one.lease = None

    def scrap(self) -> None:
        racks = [one for one in self.at(HALLS, "stock") if one.sold]
        if racks:
            gone = self.random.choice(racks)
            to = self.random.choice(("quarantined", "decommissioned", "destroyed"))
            self.tale.change(to, *gone.lines(), on=self.when(), at=gone.place)
            self.racks.remove(gone)

    def inspect(self) -> None:
        """An auditor comes, announced or not, and finds what is there."""
        here = self.random.choice([one for one in self.racks if one.place in HALLS])
        if self.random.random() < 0.5:
            starts = self.day + timedelta(days=7)
            notice = assurance.InspectionAnnounced(
                site=here.place, host="aolani", starts=str(starts), method="count"
            )
            self.tale.say("auditor", notice, self.when())
            self.day = starts
        rows = [f"{one},yes,,{here.name},1,,CH-{here.name}" for one in here.serials]
        count = max(1, len(rows))
        self.tale.inspect(self.when(), here.place, seen=rows, counted=count, found=count)


def on_the_way(lines: Sequence[Line]) -> list[Line]:
    """Return lines as a receipt names them, in stock."""
    return [line(one.batch or "", one.quantity, *one.racks) for one in lines]


def honest(seed: int, steps: tuple[int, int] = STEPS) -> Honest:
    """Return an honest history, run to its end."""
    one = Honest(Random(seed), steps)
    one.run()
    return one
