"""Products: models with their classification, and batches of units."""

from typing import Annotated, Literal

from msgspec import Meta

from ledger.canonical import Canonical, Decimal, Sha256Hex
from ledger.events.base import (
    BatchId,
    ChangeId,
    Code,
    Count,
    EventData,
    Line,
    ModelId,
    Name,
    Origin,
    PartyId,
    Quantity,
    RackId,
    SiteId,
    StockId,
)
from ledger.occurred import Occurred

Lines = Annotated[tuple[Line, ...], Meta(min_length=1)]


class Contents(Canonical, frozen=True, kw_only=True):
    """What an assembly contains: so many units of a model."""

    model: ModelId
    quantity: Quantity


class ModelClassified(EventData, frozen=True, kw_only=True):
    """A chip or assembly model and how it is classified, by its maker or an exporter.

    Attributes:
        classifier: the acting party.
        model: identifier.
        kind: `chip` counts as units; `assembly` contains chips.
        aliases: other names in use.
        contains: chips of an assembly.
        eccn: export control classification number, such as 3A090.a.
        hts: customs tariff number, or None.
        tpp: total processing performance (ECCN 3A090, note 2), or None.
        performance_density: TPP over applicable die area, or None.
        memory_bandwidth: GB/s, or None.
        source: where the figures are from.
        dated: date of that source, or None.
    """

    classifier: PartyId | None = None
    model: ModelId
    kind: Literal["chip", "assembly"]
    aliases: tuple[Name, ...] = ()
    contains: tuple[Contents, ...] = ()
    eccn: Code
    hts: Annotated[str, Meta(pattern=r"^[0-9]{4}\.[0-9.]{2,8}\Z")] | None = None
    tpp: Decimal | None = None
    performance_density: Decimal | None = None
    memory_bandwidth: Decimal | None = None
    source: Name
    dated: Occurred | None = None


class BatchCommissioned(EventData, frozen=True, kw_only=True):
    """The maker brings a batch of units into being; the serial manifest is a document.

    Attributes:
        maker: the acting party, who holds and owns them.
        batch: identifier.
        model: chip model.
        quantity: GPUs.
        site: where they are.
    """

    maker: PartyId | None = None
    batch: BatchId
    model: ModelId
    quantity: Quantity
    site: SiteId


class StockedRack(Canonical, frozen=True, kw_only=True):
    """A rack that stock was opened with: nobody recorded here how it was assembled.

    Attributes:
        rack: identifier.
        model: assembly model.
        chassis_serial: serial number of the chassis, or None.
    """

    rack: RackId
    model: ModelId
    chassis_serial: Code | None = None


class OtherEntry(Canonical, frozen=True, kw_only=True):
    """An entry of another ledger, such as the dispatch by which units left it.

    Attributes:
        origin: that ledger's name.
        index: position in its log.
        leaf: RFC 6962 leaf hash of the entry, so that nobody can put another one there.
    """

    origin: Origin
    index: Count
    leaf: Sha256Hex


class StockOpened(EventData, frozen=True, kw_only=True):
    """Units that exist when the ledger opens, or that come from another ledger, with what is known.

    Evidence, such as an inventory, is a document. They are kept apart from what a maker
    commissioned here: nothing before the opening is proven by it.

    Attributes:
        holder: the acting party, who holds them.
        stock: identifier of the opening.
        site: where they are.
        owner: who owns them, or None where that is not known.
        supplier: who supplied them, and may countersign; None where that is not known.
        racks: the racks among them.
        lines: the units; `state` is the state that they are in.
        from_entry: the entry of another ledger by which they left it, or None.
    """

    holder: PartyId | None = None
    stock: StockId
    site: SiteId
    owner: PartyId | None = None
    supplier: PartyId | None = None
    racks: tuple[StockedRack, ...] = ()
    lines: Lines
    from_entry: OtherEntry | None = None


class UnitsStateChanged(EventData, frozen=True, kw_only=True):
    """Units are set apart, scrapped, lost, stolen, found again or released, where they are held.

    Attributes:
        holder: the acting party.
        change: identifier of the act.
        site: where.
        lines: the units; `state` is the state that they leave.
        to_state: what becomes of them; `found` and `released` put them back into stock.
        owner: who owns them, needed where they are destroyed; None where that is not known.
        method: how, such as the method of destruction, or None.
        certificate: number of a certificate of destruction or of a police report, or None.
    """

    holder: PartyId | None = None
    change: ChangeId
    site: SiteId
    lines: Lines
    to_state: Literal[
        "quarantined", "decommissioned", "destroyed", "lost", "stolen", "found", "released"
    ]
    owner: PartyId | None = None
    method: Name | None = None
    certificate: Code | None = None
