"""Random histories of honest people: whatever happens is told, by those who did it, as it was.

What is true is kept beside the log, so that only acts that can happen do. What is told of it varies
as it does in life: dates by the day, the hour or the month, recorded soon or days later, receipts
that are corrected, some acts told by a counterparty too.
"""

from collections.abc import Callable, Container
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from ledger.canonical import ordered
from ledger.events import lease, rack, shipment
from ledger.events.base import Line
from tests.memory_log import CHIP, document, line
from tests.tale import DEPOT, HALL, HALL2, PLANT, RACK_GPUS, Tale

START = date(2026, 1, 10)
STEPS = (20, 60)
PERMIT, NOTICE, NOTICE_DAYS = "PERMIT-1", date(2026, 1, 9), 30
HALLS = {HALL: "MY", HALL2: "SG"}


@dataclass
class Rack:
    """A rack as it truly is."""

    name: str
    batch: str
    place: str = PLANT
    state: str = "stock"
    lease: str | None = None

    def line(self) -> Line:
        return line(self.batch, RACK_GPUS, self.name, state=self.state)


@dataclass
class Honest:
    """An honest history that goes on step by step."""

    random: Random
    tale: Tale = field(default_factory=Tale)
    day: date = START
    loose: dict[str, int] = field(default_factory=dict)
    serials: dict[str, list[str]] = field(default_factory=dict)
    racks: list[Rack] = field(default_factory=list)
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
            documents=(document(b"permit", "permit"),),
        )  # fmt: skip
        for _ in range(self.random.randint(*STEPS)):
            self.day += timedelta(days=self.random.choice((0, 0, 1, 1, 2, 7)))
            self.random.choice(self._acts())()
        return self.tale

    def _acts(self) -> list[Callable[[], None]]:
        acts: list[Callable[[], None]] = [self.commission]
        if any(left >= RACK_GPUS for left in self.loose.values()):
            acts += [self.build] * 3
        if any(one.place == PLANT for one in self.racks):
            acts += [self.ship] * 4
        if self._at(HALLS, "stock"):
            acts += [self.start] * 4
        if self._free():
            acts += [self.let] * 3
        if any(one.lease for one in self.racks):
            acts += [self.end, self.use]
        if any(one.place in HALLS for one in self.racks):
            acts += [self.inspect, self.move, self.scrap]
        return acts

    def _at(self, places: Container[str], state: str) -> list[Rack]:
        return [
            one for one in self.racks
            if one.place in places and one.state == state and one.lease is None
        ]  # fmt: skip

    def _free(self) -> list[Rack]:
        return self._at(HALLS, "operational")

    def _some(self, racks: list[Rack]) -> list[Rack]:
        """Return a few of racks that stand together in one state."""
        first = self.random.choice(racks)
        alike = [one for one in racks if (one.place, one.state) == (first.place, first.state)]
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
        taken = [self.serials[batch].pop() for _ in range(RACK_GPUS)]
        made = Rack(self.name("R"), batch)
        self.racks.append(made)
        rows = [f"{made.name},1,{slot},{serial},{batch}" for slot, serial in enumerate(taken)]
        paper = self.tale.manifest("build_manifest", "rack,tray,slot,serial,batch", *rows)
        data = rack.RackAssembled(
            integrator="aivres", assembly=f"{made.name}-A", rack=made.name, model="NVL4",
            site=PLANT, lines=(line(batch, RACK_GPUS),),
        )  # fmt: skip
        self.tale.say("aivres", data, self.when(), self.late(), documents=[paper])

    def ship(self) -> None:
        """Racks leave the plant for a hall, and come, some days later."""
        racks = self._some([one for one in self.racks if one.place == PLANT])
        self._carry(racks, PLANT, self.random.choice(list(HALLS)), "aivres")

    def move(self) -> None:
        """Racks that nobody leases go to the other hall, or to the depot."""
        racks = self._at(HALLS, "stock")
        if racks:
            some = self._some(racks)
            there = [one for one in (*HALLS, DEPOT) if one != some[0].place]
            if self.day <= NOTICE + timedelta(days=NOTICE_DAYS) and some[0].place == HALL:
                there.remove(HALL2)
            self._carry(some, some[0].place, self.random.choice(there), "aolani")

    def _carry(self, racks: list[Rack], here: str, there: str, who: str) -> None:
        name, lines = self.name("S"), [one.line() for one in racks]
        paper = f"A-{there if there in HALLS else HALL}"
        if here == PLANT:
            self.tale.file(name, self.when(), gpus=RACK_GPUS * len(racks),
                           destination=HALLS[there])  # fmt: skip
        items = [shipment.ShippedItem(model=CHIP, eccn="3A090.a", authorization=paper)]
        if (here, there) == (HALL, HALL2):
            items.append(shipment.ShippedItem(model=CHIP, eccn="3U090", authorization=PERMIT))
        self.tale.dispatch(
            name, lines, self.when(), items=tuple(items), who=who, consignor=who,
            from_site=here, to_site=there, late=self.late(),
            purpose="sale" if who == "aivres" else "move",
        )  # fmt: skip
        if self.random.random() < 0.3:
            self.tale.leg(name, self.when(), place="a port", country=HALLS.get(there, "MY"))
        self.day += timedelta(days=self.random.randint(0, 9))
        came = self.tale.receive(name, lines, self.when(), site=there, late=self.late())
        if len(racks) > 1 and self.random.random() < 0.2:
            self.tale.again(came, lines=tuple(lines[:1]))
            self.tale.again(self.tale.last, lines=came.statement.data.lines)
        if who == "aivres":
            self.tale.sell(*lines, on=self.when())
        for one in racks:
            one.place = there

    def start(self) -> None:
        racks = self._some(self._at(HALLS, "stock"))
        self.tale.put(
            *[one.line() for one in racks], on=self.when(), at=racks[0].place, late=self.late()
        )
        for one in racks:
            one.state = "operational"

    def let(self) -> None:
        racks = self._some(self._free())
        name = self.name("L")
        self.tale.let(
            name, *[one.line() for one in racks], on=self.when(), site=racks[0].place,
            lines=ordered(*(one.line() for one in racks)),
        )  # fmt: skip
        for one in racks:
            one.lease = name

    def use(self) -> None:
        name = self.random.choice([one.lease for one in self.racks if one.lease])
        self.when()
        data = lease.UsageReported(reporter="aolani", lease=name, period=f"{self.day:%Y-%m}")
        self.tale.say("aolani", data, f"{self.day:%Y-%m}", self.late())

    def end(self) -> None:
        name = self.random.choice([one.lease for one in self.racks if one.lease])
        racks = [one for one in self.racks if one.lease == name]
        data = lease.LeaseEnded(
            reporter="aolani", lease=name, lessee="bytedance", lessor="aolani",
            site=racks[0].place, reason="over",
            lines=ordered(*(one.line() for one in racks)),
        )  # fmt: skip
        self.tale.say("aolani", data, self.when(), self.late())
        for one in racks:
            one.lease = None

    def scrap(self) -> None:
        racks = self._at(HALLS, "stock")
        if racks:
            gone = self.random.choice(racks)
            to = self.random.choice(("quarantined", "decommissioned", "destroyed"))
            self.tale.change(to, gone.line(), on=self.when(), at=gone.place)
            self.racks.remove(gone)

    def inspect(self) -> None:
        here = self.random.choice([one.place for one in self.racks if one.place in HALLS])
        self.tale.inspect(self.when(), here)


def honest(seed: int) -> Honest:
    """Return an honest history, run to its end."""
    one = Honest(Random(seed))
    one.run()
    return one
