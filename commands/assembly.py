"""A rack as it is assembled: one typed in, or many from a packing list."""

from commands.act import Act
from commands.importers.packing_list import PackedRack, read_packing_list
from ledger import canonical
from ledger.errors import Malformed, Unavailable
from ledger.events.base import Line
from ledger.events.rack import RackAssembled

_CHIPS = """
    SELECT model FROM batch WHERE batch = :batch
    UNION SELECT line.model FROM line JOIN stock_opening USING (event_idx)
    WHERE line.batch = :batch"""
_CONTENTS = """
    SELECT sum(quantity) AS quantity FROM model_contents
    WHERE event_idx = (SELECT max(model.event_idx) FROM model JOIN counting USING (event_idx)
                       WHERE model.model = ? AND counting.to_idx IS NULL)"""


def chip_of(act: Act, batch: str) -> str:
    """Return the chip model of a batch, as it was commissioned or as stock was opened with it.

    Raises:
        Unavailable: BATCH-UNKNOWN.
    """
    found = [str(row["model"]) for row in act.view.rows(_CHIPS, {"batch": batch})]
    if len(found) != 1:
        raise Unavailable(
            "BATCH-UNKNOWN",
            f"batch {batch} was "
            + ("never commissioned or opened here" if not found else "recorded of several models"),
            where=batch,
            hint="; ".join(act.names.doubts)
            or f"record it first: chipledger batch commission {batch} --model MODEL --site SITE",
        )
    return found[0]


def contents_of(act: Act, model: str) -> int | None:
    """Return how many chips an assembly model contains, or None where nobody classified it."""
    quantity = next(iter(act.view.rows(_CONTENTS, (model,))))["quantity"]
    return None if quantity is None else int(str(quantity))


def packed(content: bytes, where: str, rack: str) -> PackedRack:
    """Return the one rack that a manifest is about.

    Raises:
        Malformed: as `read_packing_list`; MANIFEST-RACK where it names another rack.
    """
    found = read_packing_list(content, where).racks
    if len(found) != 1 or found[0].rack.lower() != rack.lower():
        named = ", ".join(one.rack for one in found[:5])
        raise Malformed(
            "MANIFEST-RACK",
            f"the manifest is of {named}, not of {rack} alone",
            where=where,
            hint="record all of its racks with `chipledger import packing-list`",
        )
    return found[0]


def assembled(
    act: Act,
    rack: str,
    *,
    model: str,
    site: str,
    batches: dict[str, int],
    chassis: str | None = None,
    assembly: str | None = None,
) -> RackAssembled:
    """Return that a rack is assembled of so many loose GPUs of each batch.

    A count that differs from what the model contains becomes a doubt to be shown.
    """
    lines = []
    for batch, quantity in batches.items():
        spelled = act.names.spelled("batch", batch)
        lines.append(Line(model=chip_of(act, spelled), batch=spelled, quantity=quantity))
    total, usual = sum(batches.values()), contents_of(act, model)
    if usual is not None and usual != total:
        act.names.doubt(f"{rack} has {total:,} GPUs, and {model} contains {usual:,}")
    return RackAssembled(
        integrator=act.actor,
        assembly=act.identifier("assembly", assembly, rack),
        rack=rack,
        model=model,
        chassis_serial=chassis,
        site=site,
        lines=canonical.ordered(*lines),
    )
