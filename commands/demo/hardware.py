"""Which unit is in which batch, rack, tray and slot: plain arithmetic on the unit's number."""

from collections import Counter
from collections.abc import Iterable

from commands.demo.cast import BATCH_SIZE, GPU, GPUS_PER_RACK, RACKS_PER_SHIPMENT
from ledger.canonical import ordered
from ledger.events.base import Line, State

SLOTS_PER_TRAY = 4


def batch_name(number: int) -> str:
    """Return the batch of the number, from 1."""
    return f"B-{number:02d}"


def rack_name(number: int) -> str:
    """Return the rack of the number, from 1."""
    return f"R{number:04d}"


def serial(unit: int) -> str:
    """Return the serial number of a unit, from 0."""
    return f"1654{unit:09d}"


def batch_serials(number: int) -> list[str]:
    """Return the serial numbers of a batch."""
    first = (number - 1) * BATCH_SIZE
    return [serial(unit) for unit in range(first, first + BATCH_SIZE)]


def rack_units(number: int) -> range:
    """Return the numbers of the units in a rack."""
    return range((number - 1) * GPUS_PER_RACK, number * GPUS_PER_RACK)


def rack_batches(number: int) -> Counter[str]:
    """Return how many units of each batch a rack holds; 4,000 is no multiple of 72."""
    return Counter(batch_name(unit // BATCH_SIZE + 1) for unit in rack_units(number))


def build_manifest(number: int) -> str:
    """Return the build manifest of a rack: rack, tray, slot, serial, batch."""
    lines = ["rack,tray,slot,serial,batch"]
    for position, unit in enumerate(rack_units(number)):
        tray, slot = divmod(position, SLOTS_PER_TRAY)
        batch = batch_name(unit // BATCH_SIZE + 1)
        lines.append(f"{rack_name(number)},{tray + 1},{slot + 1},{serial(unit)},{batch}")
    return "\n".join(lines) + "\n"


def loose_lines(number: int) -> tuple[Line, ...]:
    """Return the lines of the loose units that a rack is made of."""
    counts = rack_batches(number)
    return ordered(*(Line(model=GPU, batch=name, quantity=n) for name, n in counts.items()))


def rack_lines(numbers: Iterable[int], state: State = "stock") -> tuple[Line, ...]:
    """Return the lines of whole racks: racks of the same make-up share one."""
    racks: dict[tuple[str, int], list[str]] = {}
    for number in numbers:
        for batch, quantity in rack_batches(number).items():
            racks.setdefault((batch, quantity), []).append(rack_name(number))
    return ordered(
        *(
            Line(model=GPU, batch=batch, quantity=quantity, racks=ordered(*names), state=state)
            for (batch, quantity), names in racks.items()
        )
    )


def shipment_racks(number: int) -> range:
    """Return the numbers of the racks in a shipment, from 1."""
    first = (number - 1) * RACKS_PER_SHIPMENT + 1
    return range(first, first + RACKS_PER_SHIPMENT)
