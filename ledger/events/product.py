"""Products: models with their classification, and batches of units."""

from typing import Annotated, Literal

from msgspec import Meta

from ledger.canonical import Canonical, Decimal
from ledger.events.base import BatchId, Code, EventData, ModelId, Name, PartyId, Quantity, SiteId
from ledger.occurred import Occurred


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
