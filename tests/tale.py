"""Small logs told in a few words, for the tests of findings: hardware, papers, people.

A tale begins with people, places and models, all in order, and each act is recorded on the day on
which it happened unless `late` says otherwise. The methods have what is usual as their defaults, so
that a test names only what matters to it.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from ledger.authority import public_key
from ledger.canonical import ordered
from ledger.entry import Event
from ledger.events import (
    assurance,
    authorization,
    certification,
    correction,
    document,
    lease,
    party,
    product,
    rack,
    shipment,
    site,
    title,
)
from ledger.events.base import DocumentRef, EventData, Line
from ledger.occurred import interval
from projections.determination.tables import judging
from projections.finding_rules import find_rules, rules
from projections.finding_run import Clocks, Finding, Scope, findings
from projections.packs.load import packs
from tests.memory_log import CHIP, MemoryLog, line
from tests.memory_log import document as paper_of
from tests.mini_case import project

DAY = timedelta(days=1)
RACK_GPUS = 4
PLANT, WAREHOUSE, HALL, HALL2 = "PLANT", "WH-US", "HALL", "HALL2"
DEPOT = "DEPOT-MY"


class PromptLog(MemoryLog):
    """A log in which what happened is recorded when it is over; `late` days after, where set.

    Where `truth` is set, that is when it is over, whatever date is told.
    """

    late: float = 0.0
    truth: datetime | None = None

    def __init__(self) -> None:
        self._newest = datetime(2025, 1, 1, tzinfo=UTC)
        super().__init__()

    def recorded_at(self, index: int, occurred: str) -> datetime:  # noqa: ARG002  as the base
        over = (self.truth or interval(occurred, self.zone).end) + self.late * DAY
        self._newest = max(self._newest + timedelta(seconds=1), over)
        return self._newest


class Tale:
    """A log, and words to tell it in; `findings_of` projects it and asks."""

    def __init__(self) -> None:
        self.log = PromptLog()
        self._people()
        self._places()
        self._models()

    def say(self, who: str, data: EventData, on: str, late: float = 0.0, **more: Any) -> Event:
        self.log.late = late
        return self.log.say(who, data, on, **more)

    @property
    def last(self) -> Event:
        """The newest entry."""
        return self.log[self.log.size - 1]

    def first(self, name: str) -> Event:
        """The first event of a type."""
        return next(
            one for one in self.log.read(0, self.log.size) if one.statement.type == f"{name}.v1"
        )

    def last_of(self, name: str) -> Event:
        """The newest event of a type."""
        return [
            one for one in self.log.read(0, self.log.size) if one.statement.type == f"{name}.v1"
        ][-1]

    def attach(self, event: Event, *papers: DocumentRef, on: str = "2026-03-01") -> Event:
        """Documents come later."""
        data = document.DocumentAttached(target=event.target, remark="it came later")
        return self.say(event.statement.asserted_by, data, on, documents=papers)

    def again(self, event: Event, late: float = 0.0, **changes: Any) -> Event:
        """Correct an event: the same by the same, with other fields."""
        statement = event.statement
        return self.say(
            statement.asserted_by,
            replace(statement.data, **changes),
            statement.occurred,
            late,
            also=[one.party for one in statement.signatories[1:]],
            corrects=event,
            documents=statement.documents,
            basis=statement.basis,
        )

    def void(self, event: Event, on: str = "2026-03-01") -> Event:
        data = correction.EventVoided(target=event.target, reason="it did not occur")
        return self.say(event.statement.asserted_by, data, on)

    def countersign(
        self, who: str, event: Event, stance: Any = "accepts", on: str = "2026-03-01"
    ) -> Event:
        return self.say(who, correction.Countersigned(target=event.target, stance=stance), on)

    # ---- people, places, models

    def _people(self) -> None:
        for name, kind, country, roles in (
            ("nvidia", "listed", "US", ("maker", "certifier", "exporter")),
            ("aivres", "listed", "US", ("integrator", "exporter")),
            ("carrier", "private", "SG", ("forwarder",)),
            ("bytedance", "private", "CN", ("lessee",)),
            ("auditor", "private", "MY", ("auditor",)),
        ):
            self.person(name, kind, country, *roles)
        for role in ("operator", "owner"):
            self.say("aolani", party.RoleGranted(party="aolani", role=role), "2026-01-01")

    def person(
        self, name: str, kind: Any = "private", country: str | None = "MY", *roles: Any,
        founded: str | None = None, on: str = "2026-01-01",
    ) -> Event:  # fmt: skip
        told = party.PartyRegistered(
            party=name, legal_name=name, display_name=name, kind=kind, country=country,
            founded=founded,
        )  # fmt: skip
        event = self.say("aolani", told, on)
        for role in roles:
            self.say("aolani", party.RoleGranted(party=name, role=role), on)
        return event

    def key(self, name: str, seed: str, *also: str, on: str = "2026-01-01") -> Event:
        enrolled = party.KeyEnrolled(
            party=name, key=public_key(hashlib.sha256(seed.encode()).digest(), "desk")
        )
        return self.say("aolani", enrolled, on, also=also)

    def check(
        self, name: str, result: Any = "clear", on: str = "2026-01-20", by: str = "aolani"
    ) -> Event:
        checked = party.PartyChecked(party=name, kind="list", list_name="CSL", result=result)
        return self.say(by, checked, on)

    def _places(self) -> None:
        for name, country, kind, operator in (
            (WAREHOUSE, "US", "warehouse", "nvidia"),
            (PLANT, "US", "factory", "aivres"),
            (HALL, "MY", "data_center", "aolani"),
            (HALL2, "SG", "data_center", "aolani"),
            (DEPOT, "MY", "warehouse", "aolani"),
        ):
            self.place(name, country, kind, operator)

    def place(self, name: str, country: str, kind: Any, operator: str) -> Event:
        registered = site.SiteRegistered(
            registrant="aolani", site=name, name=name, country=country, kind=kind, operator=operator
        )
        return self.say("aolani", registered, "2026-01-02")

    def _models(self) -> None:
        chip = product.ModelClassified(
            classifier="nvidia", model=CHIP, kind="chip", eccn="3A090.a", source="data sheet"
        )
        self.say("nvidia", chip, "2026-01-02")
        system = product.ModelClassified(
            classifier="nvidia", model="NVL4", kind="assembly", eccn="4A090.a",
            contains=(product.Contents(model=CHIP, quantity=RACK_GPUS),), source="data sheet",
        )  # fmt: skip
        self.say("nvidia", system, "2026-01-02")

    # ---- hardware

    def manifest(self, kind: str, *rows: str) -> DocumentRef:
        content = "".join(f"{row}\n" for row in rows).encode()
        reference = paper_of(content, kind)
        self.log.documents[reference.sha256] = content
        return reference

    def batch(
        self, name: str = "B1", quantity: int = 20, on: str = "2026-01-05", at: str = PLANT,
        serials: Sequence[str] = (), **more: Any,
    ) -> Event:  # fmt: skip
        """A batch is made, where the integrator takes it over at once."""
        made = product.BatchCommissioned(
            maker="aivres" if at == PLANT else "nvidia", batch=name, model=CHIP,
            quantity=quantity, site=at,
        )  # fmt: skip
        papers = [self.manifest("serial_manifest", "serial", *serials)] if serials else []
        return self.say(made.maker or "", made, on, documents=papers, **more)

    def build(
        self, name: str = "R1", *parts: Line, on: str = "2026-01-08", serials: Sequence[str] = (),
        model: str = "NVL4", batch: str = "B1", **more: Any,
    ) -> Event:  # fmt: skip
        built = rack.RackAssembled(
            integrator="aivres", assembly=f"ASM-{name}-{self.log.size}", rack=name, model=model,
            chassis_serial=f"CH-{name}", site=PLANT,
            lines=ordered(*(parts or (line("B1", RACK_GPUS),))),
        )  # fmt: skip
        rows = [f"{name},1,{slot},{serial},{batch}" for slot, serial in enumerate(serials)]
        head = "rack,tray,slot,serial,batch"
        papers = [self.manifest("build_manifest", head, *rows)] if serials else []
        return self.say("aivres", built, on, documents=papers, **more)

    def dispatch(  # noqa: PLR0913  a dispatch has that many parts
        self, name: str = "S1", lines: Iterable[Line] = (), on: str = "2026-02-01",
        *, authorization: str | None = "A1", who: str = "aivres",
        also: Sequence[str] = ("carrier",), late: float = 0.0,
        basis: Any = "first_party", **fields: Any,
    ) -> Event:  # fmt: skip
        item = shipment.ShippedItem(model=CHIP, eccn="3A090.a", authorization=authorization)
        usual: dict[str, Any] = {
            "consignor": "aivres", "purpose": "sale", "consignee": "aolani", "carrier": "carrier",
            "from_site": PLANT, "to_site": HALL, "items": (item,),
        }  # fmt: skip
        data = shipment.ShipmentDispatched(
            shipment=name, lines=ordered(*(lines or (line("B1", RACK_GPUS, "R1"),))),
            **(usual | fields),
        )  # fmt: skip
        return self.say(who, data, on, late, also=also, basis=basis)

    def leg(self, name: str = "S1", on: str = "2026-02-05", **fields: Any) -> Event:
        usual: dict[str, Any] = {"milestone": "arrived", "place": "Senai", "country": "MY"}
        data = shipment.ShipmentLegReported(
            carrier="carrier", leg=f"{name}-L{self.log.size}", shipment=name, **(usual | fields)
        )
        return self.say("carrier", data, on)

    def receive(
        self, name: str = "S1", lines: Iterable[Line] = (), on: str = "2026-02-10",
        who: str = "aolani", late: float = 0.0, **fields: Any,
    ) -> Event:  # fmt: skip
        usual: dict[str, Any] = {
            "receiver": who, "received_from": "carrier", "site": HALL, "counted_by": "racks",
            "final": True, "receipt": f"{name}-R1",
        }  # fmt: skip
        usual["lines"] = ordered(*(lines or (line("B1", RACK_GPUS, "R1"),)))
        return self.say(who, shipment.ShipmentReceived(shipment=name, **(usual | fields)), on, late)

    def put(
        self, *lines: Line, to: Any = "operational", on: str = "2026-02-12", at: str = HALL,
        late: float = 0.0, who: str = "aolani",
    ) -> Event:  # fmt: skip
        data = rack.RackPlaced(
            holder=who, placement=f"P-{self.log.size}", site=at, to_state=to,
            lines=ordered(*(lines or (line("B1", RACK_GPUS, "R1"),))),
        )  # fmt: skip
        return self.say(who, data, on, late)

    def sell(
        self, *lines: Line, on: str = "2026-02-11", buyer: str = "aolani", **more: Any
    ) -> Event:
        data = title.TitleTransferred(
            seller="aivres", buyer=buyer, title=f"T-{self.log.size}",
            lines=ordered(*(lines or (line("B1", RACK_GPUS, "R1"),))),
        )  # fmt: skip
        return self.say("aivres", data, on, also=[buyer], **more)

    def change(
        self, to: Any, *lines: Line, on: str = "2026-03-01", at: str = HALL, **more: Any
    ) -> Event:
        data = product.UnitsStateChanged(
            holder="aolani", change=f"C-{self.log.size}", site=at, to_state=to, owner="aolani",
            lines=ordered(*lines), **more,
        )  # fmt: skip
        return self.say("aolani", data, on)

    # ---- papers and use

    def authorize(
        self, name: str = "A1", on: str = "2026-01-25", documents: Sequence[DocumentRef] = (),
        basis: Any = "first_party", **fields: Any,
    ) -> Event:  # fmt: skip
        usual: dict[str, Any] = {
            "kind": "nlr", "activity": "export", "authority": "BIS", "destination": "MY",
            "valid_from": "2026-01-01",
        }  # fmt: skip
        data = authorization.AuthorizationRecorded(
            declarant="aivres", authorization=name, **(usual | fields)
        )
        return self.say("aivres", data, on, documents=documents, basis=basis)

    def reauthorize(self, name: str = "A1", on: str = "2026-01-28", **fields: Any) -> Event:
        data = authorization.AuthorizationChanged(
            declarant="aivres", authorization=name, reason="news", **fields
        )
        return self.say("aivres", data, on)

    def file(
        self, name: str = "S1", on: str = "2026-01-31", eccn: str = "4A090.a", **fields: Any
    ) -> Event:
        gpus = fields.pop("gpus", RACK_GPUS)
        value = fields.pop("value", None)
        usual: dict[str, Any] = {"consignee": "aolani", "destination": "MY", "port": "USOAK"}
        entered = authorization.FiledLine(
            hts="8471.50", eccn=eccn, quantity=1, unit="NO", gpus=gpus, value_usd=value
        )
        data = authorization.ExportFiled(
            filer="aivres", filing=f"F-{name}", itn="X20260131000001", export_date="2026-02-01",
            shipment=name, lines=(entered,), **(usual | fields),
        )  # fmt: skip
        return self.say("aivres", data, on)

    def certify(self, name: str = "C1", on: str = "2026-01-03", **fields: Any) -> Event:
        usual: dict[str, Any] = {
            "certifier": "nvidia", "party": "aolani", "scheme": "partners", "level": "tier-1",
            "scope": certification.Scope(), "valid_to": "2026-12-31",
        }  # fmt: skip
        data = certification.CertificationGranted(certification=name, **(usual | fields))
        return self.say(data.certifier or "", data, on)

    def recertify(self, status: Any, on: str, name: str = "C1", **fields: Any) -> Event:
        data = certification.CertificationChanged(
            certifier="nvidia", certification=name, party="aolani", status=status, reason="news",
            **fields,
        )  # fmt: skip
        return self.say("nvidia", data, on)

    def let(
        self, name: str = "L1", *lines: Line, on: str = "2026-02-20", who: str = "aolani",
        **fields: Any,
    ) -> Event:  # fmt: skip
        usual: dict[str, Any] = {"lessee": "bytedance", "service": "iaas"}
        if "pool" not in fields:
            usual |= {"site": HALL, "lines": lines or (running("R1"),)}
        data = lease.LeaseStarted(lessor=who, lease=name, **(usual | fields))
        return self.say(who, data, on, also=[data.lessee])

    def inspect(self, on: str = "2026-03-10", at: str = HALL, **fields: Any) -> Event:
        usual: dict[str, Any] = {"counted": 4, "found": 4, "strength": 4, "method": "attested"}
        rows = fields.pop("seen", ())
        head = "serial"
        if "," in "".join(rows):
            head = "serial,found,condition,rack,tray,slot,chassis_serial"
        papers = [self.manifest("as_found", head, *rows)] if rows else []
        data = assurance.InspectionPerformed(
            inspection=f"I-{self.log.size}", site=at, host="aolani", **(usual | fields)
        )
        return self.say("auditor", data, on, also=["aolani"], documents=papers)

    # ---- longer stretches

    def built(self, *racks: str, serials: bool = False) -> "Tale":
        """A batch, and racks built of it."""
        made = [f"SN{n:03}" for n in range(20)] if serials else []
        self.batch(serials=made)
        for number, name in enumerate(racks or ("R1",)):
            self.build(name, serials=made[number * RACK_GPUS : (number + 1) * RACK_GPUS])
        return self

    def running(self, *racks: str) -> "Tale":
        """Racks built, authorized, filed, shipped, received, sold and made operational."""
        names = racks or ("R1",)
        self.built(*names)
        self.authorize()
        self.file(gpus=RACK_GPUS * len(names))
        lines = [line("B1", RACK_GPUS, *names)]
        self.dispatch(lines=lines)
        self.receive(lines=lines)
        self.sell(*lines)
        self.put(*lines)
        return self


def running(*racks: str) -> Line:
    return line("B1", RACK_GPUS, *racks, state="operational")


def found(
    tale: Tale, code: str, day: str = "2026-04-01", scope: Scope | None = None
) -> list[Finding]:
    """Return what the rules of a code find in a tale at the end of a day, by all that is known."""
    with project(tale.log) as view:
        reader = judging(view.connection, packs(), tale.log.zone)
        clocks = Clocks(f"{day}T16:00:00Z", tale.log.size - 1)
        return findings(reader, find_rules(rules(), code), clocks, scope or Scope())
