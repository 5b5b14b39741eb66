"""Racks: assembled from units, placed at a site, repaired."""

from typing import Annotated, Literal

from msgspec import Meta

from ledger.canonical import Canonical
from ledger.events.base import (
    AssemblyId,
    BatchId,
    Code,
    DisassemblyId,
    EventData,
    ModelId,
    Name,
    PartyId,
    PlacementId,
    Quantity,
    RackId,
    ReplacementId,
    SiteId,
    State,
)
from ledger.events.product import Lines


class RackAssembled(EventData, frozen=True, kw_only=True):
    """Loose units become a rack; the build manifest (tray, slot, serial) is a document.

    Attributes:
        integrator: the acting party, who holds them.
        assembly: identifier of the act.
        rack: identifier of the rack.
        model: assembly model.
        chassis_serial: serial number of the chassis, or None.
        site: where.
        lines: the units, without racks; all from `state` stock.
    """

    integrator: PartyId | None = None
    assembly: AssemblyId
    rack: RackId
    model: ModelId
    chassis_serial: Code | None = None
    site: SiteId
    lines: Lines


class RackDisassembled(EventData, frozen=True, kw_only=True):
    """A rack is taken apart: its units become loose ones, where and as they are.

    Attributes:
        holder: the acting party, who holds them.
        disassembly: identifier of the act.
        rack: which rack; it is none any more.
        site: where.
        lines: the units, without racks; `state` is the state that they are in and stay in.
        reason: why, in a sentence, or None.
    """

    holder: PartyId | None = None
    disassembly: DisassemblyId
    rack: RackId
    site: SiteId
    lines: Lines
    reason: Name | None = None


class RackPlaced(EventData, frozen=True, kw_only=True):
    """Racks are installed, made operational, or switched off, within one site.

    Attributes:
        holder: the acting party.
        placement: identifier of the act.
        site: where.
        cluster: name of the cluster, or None.
        position: hall, row or cell, or None.
        to_state: `installed`, `operational`, or `stock` for off.
        lines: the units by rack; `state` is the state that they leave.
    """

    holder: PartyId | None = None
    placement: PlacementId
    site: SiteId
    cluster: Name | None = None
    position: Name | None = None
    to_state: Literal["installed", "operational", "stock"]
    lines: Lines


class Part(Canonical, frozen=True, kw_only=True):
    """Units that a repair takes out or puts in.

    Attributes:
        model: chip model.
        batch: batch.
        quantity: GPUs.
        serials: serial numbers where known.
    """

    model: ModelId
    batch: BatchId
    quantity: Quantity
    serials: tuple[Code, ...] = ()


class ComponentReplaced(EventData, frozen=True, kw_only=True):
    """Units of a rack are swapped; the old ones are quarantined where they are.

    Attributes:
        holder: the acting party.
        replacement: identifier of the act.
        rack: which rack.
        position: tray or slot, or None.
        site: where.
        state: state of the rack's units: what the old ones leave and the new ones enter.
        out: the units taken out.
        into: the units put in, from the holder's stock at the site.
        rma: number of the return, or None.
        title: `swapped` when title changes hands with the parts, else `kept`.
        out_owner: owner of the old units before, None unless swapped.
        in_owner: owner of the new units before, None unless swapped.
        maker: who gives the new units; None unless swapped.
    """

    holder: PartyId | None = None
    replacement: ReplacementId
    rack: RackId
    position: Name | None = None
    site: SiteId
    state: State
    out: Annotated[tuple[Part, ...], Meta(min_length=1)]
    into: Annotated[tuple[Part, ...], Meta(min_length=1)]
    rma: Code | None = None
    title: Literal["swapped", "kept"]
    out_owner: PartyId | None = None
    in_owner: PartyId | None = None
    maker: PartyId | None = None
