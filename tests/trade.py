"""Shipments of one kind or another, told in a few words, and what the packs say of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal

from ledger.canonical import ordered
from ledger.entry import Event
from ledger.events import authorization, lease, party, product, rack, shipment, site
from ledger.events.base import Basis, DocumentRef, Line
from projections.determination.days import EVER, clocks_of
from projections.determination.determination import determination
from projections.determination.gather import Gatherer, dispatched_on
from projections.determination.items import classification
from projections.determination.step import Step
from projections.packs.load import packs
from projections.questions import sqlite_reader
from projections.runner import catch_up
from projections.view import MEMORY, View
from tests.memory_log import MemoryLog

REPORTED: Basis = "third_party_report"
Result = Literal["match", "clear", "inconclusive"]
PAPER = (
    DocumentRef(
        sha256="0" * 64, size=1, media_type="application/pdf", kind="digest", title="press digest"
    ),
)


@dataclass
class Trade:
    """A ledger in which somebody ships a model from one country to another."""

    log: MemoryLog = field(default_factory=MemoryLog)
    told: dict[str, Event] = field(default_factory=dict)

    def chip(
        self,
        model: str,
        by: str = "maker",
        *,
        eccn: str = "EAR99",
        corrects: Event | None = None,
        **figures: Any,
    ) -> Event:
        data = product.ModelClassified(
            classifier=by, model=model, kind="chip", eccn=eccn, source="data sheet", **figures
        )
        return self.log.say(by, data, "2023-01-01", corrects=corrects)

    def assembly(self, model: str, chip: str, count: int, *, eccn: str = "EAR99") -> None:
        data = product.ModelClassified(
            classifier="maker", model=model, kind="assembly", eccn=eccn, source="data sheet",
            contains=(product.Contents(model=chip, quantity=count),),
        )  # fmt: skip
        self.log.say("maker", data, "2023-01-01")

    def site(self, name: str, country: str, by: str = "aolani") -> None:
        data = site.SiteRegistered(
            registrant=by, site=name, name=name, country=country, kind="data_center", operator=by
        )
        self.log.say(by, data, "2023-01-01")

    def party(
        self, name: str, kind: party.PartyKind | None = None, country: str | None = None
    ) -> None:
        data = party.PartyRegistered(
            party=name, legal_name=name, display_name=name, kind=kind, country=country
        )
        self.log.say("aolani", data, "2023-01-01")

    def headquarters(
        self,
        name: str,
        country: str,
        by: str = "aolani",
        on: str = "2023-01-01",
        parent: str | None = None,
    ) -> Event:
        data = party.HeadquartersDeclared(party=name, country=country, parent_country=parent)
        return self.log.say(by, data, on)

    def owner(
        self,
        owner: str,
        owned: str,
        percent: str | None,
        by: str = "aolani",
        on: str = "2023-01-01",
    ) -> Event:
        data = party.OwnershipDeclared(owner=owner, owned=owned, percent=percent, direct=True)
        basis: Basis = REPORTED if by == "reporter" else "first_party"
        papers = PAPER if by == "reporter" else ()
        return self.log.say(by, data, on, basis=basis, documents=papers)

    def checked(self, name: str, result: Result = "clear", on: str = "2023-01-01") -> None:
        data = party.PartyChecked(party=name, kind="list", list_name="CSL", result=result)
        self.log.say("aolani", data, on)

    def sent(  # noqa: PLR0913  a dispatch has that many parts
        self,
        model: str,
        on: str = "2026-06-01",
        *,
        name: str = "SHP-1",
        to_site: str | None = "THERE",
        consignee: str = "buyer",
        ultimate: str | None = None,
        racks: tuple[str, ...] = (),
        authorization_id: str | None = None,
        by: str = "maker",
        basis: Basis = "first_party",
        corrects: Event | None = None,
    ) -> Event:
        item = shipment.ShippedItem(model=model, eccn="EAR99", authorization=authorization_id)
        data = shipment.ShipmentDispatched(
            consignor="maker", shipment=name, purpose="sale", consignee=consignee,
            ultimate_consignee=ultimate, from_site="HERE", to_site=to_site, items=(item,),
            lines=(Line(model=model, batch="B1", quantity=8, racks=ordered(*racks)),),
        )  # fmt: skip
        papers = PAPER if basis == REPORTED else ()
        self.told[name] = self.log.say(
            by, data, on, basis=basis, documents=papers, corrects=corrects
        )
        return self.told[name]

    def leg(
        self,
        country: str,
        on: str = "2026-06-01",
        milestone: Any = "arrived",
        name: str = "SHP-1",
    ) -> None:
        data = shipment.ShipmentLegReported(
            carrier="carrier", leg=f"LEG-{name}-{country}", shipment=name, milestone=milestone,
            place="a port", country=country,
        )  # fmt: skip
        self.log.say("carrier", data, on)

    def received(self, receiver: str, on: str, name: str = "SHP-1") -> None:
        data = shipment.ShipmentReceived(
            receiver=receiver, receipt=f"RCP-{name}", shipment=name, received_from="maker",
            site="THERE", counted_by="racks", final=True,
            lines=(Line(model="H100", batch="B1", quantity=8),),
        )  # fmt: skip
        self.log.say(receiver, data, on)

    def filed(self, destination: str, on: str = "2026-06-01", name: str = "SHP-1") -> None:
        data = authorization.ExportFiled(
            filer="maker", filing=f"EEI-{name}", itn="X20260601000001", export_date=on,
            port="USOAK", consignee="buyer", destination=destination, shipment=name,
            lines=(
                authorization.FiledLine(
                    hts="8471.50", eccn="EAR99", quantity=1, unit="NO", gpus=8, licence_code="C33"
                ),
            ),
        )  # fmt: skip
        self.log.say("maker", data, on)

    def authorized(self, name: str, kind: Any) -> None:
        data = authorization.AuthorizationRecorded(
            declarant="maker", authorization=name, kind=kind, activity="export", authority="BIS",
            destination="MY", valid_from="2024-01-01",
        )  # fmt: skip
        self.log.say("maker", data, "2024-01-01")

    def used(self, lessee: str, on: str = "2026-06-01") -> Event:
        data = lease.LeaseStarted(
            lessor="buyer", lease=f"L-{lessee}", lessee=lessee, service="iaas",
            pool=lease.Pool(site="THERE", model="H100"),
        )  # fmt: skip
        return self.log.say("buyer", data, on)

    def use_ended(self, lessee: str, on: str) -> None:
        data = lease.LeaseEnded(
            reporter="buyer", lease=f"L-{lessee}", lessee=lessee, lessor="buyer", reason="over",
            service="iaas", pool=lease.Pool(site="THERE", model="H100"),
        )  # fmt: skip
        self.log.say("buyer", data, on)

    def built(self, name: str, model: str, chip: str, on: str = "2023-01-02") -> Event:
        data = rack.RackAssembled(
            integrator="maker", assembly=f"ASM-{name}", rack=name, model=model,
            chassis_serial=f"CH-{name}", site="HERE",
            lines=(Line(model=chip, batch="B1", quantity=8, state="stock"),),
        )  # fmt: skip
        return self.log.say("maker", data, on)

    def gatherer(
        self,
        on: str,
        known_at: int | None = None,
        own: Path | None = None,
        course: str | None = None,
    ) -> Gatherer:
        view = View.open(MEMORY)
        catch_up(view, self.log)
        end = self.log.size - 1 if known_at is None else known_at
        clocks = clocks_of(on, self.log.zone, end, course)
        return Gatherer(sqlite_reader(view.connection), packs(own), clocks)

    def steps(
        self,
        name: str = "SHP-1",
        *,
        on: str | None = None,
        known_at: int | None = None,
        own: Path | None = None,
    ) -> list[Step]:
        """Return what the packs say of a shipment, on the day of its dispatch or another."""
        day, course = (self.told[name].statement.occurred, EVER) if on is None else (on, None)
        found = self.gatherer(day, known_at, own, course)
        told = found.shipment(name)
        assert told is not None
        return determination(packs(own), told, found.clocks.day)

    def step(self, rule: str, about: str | None = None, **given: Any) -> Step:
        """Return the one step of a rule, about this subject."""
        found = [
            one
            for one in self.steps(**given)
            if one.rule.rule == rule and about in {None, one.about}
        ]
        assert len(found) == 1, [(one.about, one.result) for one in found]
        return found[0]

    def classes(self, model: str, on: str = "2026-06-01", **given: Any) -> Mapping[str, str]:
        """Return the result of each rule that classifies a model."""
        found = self.gatherer(on, **given)
        steps = classification(packs(), found.model(model), found.clocks.day)
        return {one.rule.rule: one.result for one in steps}

    def dispatched(self, name: str = "SHP-1", known_at: int | None = None) -> str | None:
        found = self.gatherer("2026-06-01", known_at)
        return dispatched_on(found.reader, name, found.clocks.known_at)


def trade(destination: str = "MY", origin: str = "US") -> Trade:
    """Return a ledger with a maker's site, a site to ship to, and the catalogue's chips to ship."""
    told = Trade()
    told.party("maker", "listed", "US")
    told.site("HERE", origin)
    told.site("THERE", destination)
    return told


def day_after(text: str) -> str:
    return (date.fromisoformat(text) + timedelta(days=1)).isoformat()
