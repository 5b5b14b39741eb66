"""`chipledger rack`: racks are assembled, started, switched off, repaired and taken apart."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, TypeVar

import click
import msgspec

from commands.act import Act, acting
from commands.assembly import assembled, chip_of, packed
from commands.attachments import read_capped
from commands.units import Units, parse_parts, units_options
from ledger import canonical
from ledger.errors import Malformed
from ledger.events.base import DOCUMENT_BYTES_MAX, check_identifier
from ledger.events.rack import ComponentReplaced, Part, RackDisassembled, RackPlaced

F = TypeVar("F", bound=Callable[..., Any])
ToState = Literal["installed", "operational", "stock"]
_LEAVES: dict[ToState, tuple[str, ...]] = {
    "installed": ("stock", "operational"),
    "operational": ("installed", "stock"),
    "stock": ("operational", "installed"),
}


@click.group(name="rack")
def command() -> None:
    """Assemble, install, start, repair and take apart racks."""


@command.command("assemble")
@click.argument("rack")
@click.option("--model", required=True, help="Assembly model.")
@click.option("--site", required=True, help="Where it is assembled.")
@click.option("--units", "parts", metavar="BATCH=GPUS", multiple=True, help="What it is built of.")
@click.option(
    "--manifest",
    type=click.Path(path_type=Path),
    help="CSV of rack, tray, slot, serial, batch; counts the GPUs, instead of --units.",
)
@click.option("--chassis", help="Serial number of the chassis.")
@click.option("--id", "assembly", help="Identifier of the act; derived if left out.")
@acting
def assemble(
    act: Act,
    *,
    rack: str,
    model: str,
    site: str,
    parts: tuple[str, ...],
    manifest: Path | None,
    chassis: str | None,
    assembly: str | None,
) -> None:
    """Record that loose chips become a rack; many at once: `import packing-list`."""
    check_identifier(rack)
    documents = []
    if (manifest is None) == (not parts):
        raise click.UsageError("give --units, or --manifest FILE")
    if manifest is not None:
        content = read_capped(manifest, DOCUMENT_BYTES_MAX)
        found = packed(content, manifest.name, rack)
        batches, chassis = found.batches, chassis or found.chassis
        documents.append(found.manifest())
    else:
        batches = parse_parts(parts, "--units")
    data = assembled(
        act,
        rack,
        model=act.names.spelled("model", model),
        site=act.names.spelled("site", site),
        batches=batches,
        chassis=chassis,
        assembly=assembly,
    )
    total = sum(line.total for line in data.lines)
    act.tell(
        data,
        f"{data.integrator or 'somebody'} assembles {rack}, {data.model}, of {total:,} GPUs",
        f"chipledger shipment dispatch SHIPMENT --racks {rack} --to PARTY --to-site SITE",
        documents,
    )


def _placing(function: F) -> F:
    """Add what installing, starting and switching off have in common."""
    for option in (
        click.option("--id", "placement", help="Identifier of the act; derived if left out."),
        click.option("--position", help="Hall, row or cell."),
        click.option("--cluster", help="Name of the cluster."),
        click.option("--site", help="Where they are; by default where they are recorded."),
    ):
        function = option(function)
    return function


@command.command("install")
@units_options
@_placing
@acting
def install(act: Act, *, units: Units, **place: str | None) -> None:
    """Record that racks are installed where they are."""
    _place(act, units, "installed", place)


@command.command("energize")
@units_options
@_placing
@acting
def energize(act: Act, *, units: Units, **place: str | None) -> None:
    """Record that racks are made operational: from now on they are capacity."""
    _place(act, units, "operational", place)


@command.command("off")
@units_options
@_placing
@acting
def off(act: Act, *, units: Units, **place: str | None) -> None:
    """Record that racks are switched off and are stock again."""
    _place(act, units, "stock", place)


def _place(act: Act, units: Units, to_state: ToState, place: dict[str, str | None]) -> None:
    units = units.required().spelled(act.names)
    placement = act.identifier("placement", place.pop("placement"), units.stem)
    site = act.site(units, place.pop("site"), holder=act.actor)
    data = RackPlaced(
        holder=act.actor,
        placement=placement,
        site=site,
        to_state=to_state,
        lines=act.lines(units, *_LEAVES[to_state], holder=act.actor, site=site),
        **place,
    )
    total = sum(line.total for line in data.lines)
    then = {
        "installed": f"chipledger rack energize --racks {units.stem}",
        "operational": f"chipledger lease start LEASE --to PARTY --racks {units.stem}",
        "stock": f"chipledger where --site {site}",
    }
    act.tell(data, f"{total:,} GPUs at {site} become {to_state}", then[to_state])


@command.command("disassemble")
@click.argument("rack")
@click.option("--site", help="Where; by default where the rack is recorded.")
@click.option("--reason", metavar="TEXT", help="Why, in a sentence.")
@click.option("--id", "disassembly", help="Identifier of the act; derived if left out.")
@acting
def disassemble(
    act: Act, *, rack: str, site: str | None, reason: str | None, disassembly: str | None
) -> None:
    """Record that a rack is taken apart: its units are loose ones, where and as they are."""
    units = Units(racks=(rack,)).spelled(act.names)
    disassembly = act.identifier("disassembly", disassembly, units.racks[0])
    site = act.site(units, site, holder=act.actor)
    held = act.lines(units, holder=act.actor, site=site)
    data = RackDisassembled(
        holder=act.actor,
        disassembly=disassembly,
        rack=units.racks[0],
        site=site,
        lines=canonical.ordered(*(msgspec.structs.replace(one, racks=()) for one in held)),
        reason=reason,
    )
    total = sum(line.total for line in data.lines)
    told = f"{data.rack} at {site} is taken apart: {total:,} GPUs are loose"
    act.tell(data, told, f"chipledger where --batch {data.lines[0].batch}")


@command.command("replace")
@click.argument("rack")
@click.option("--out", metavar="BATCH=GPUS", multiple=True, required=True, help="Taken out.")
@click.option("--in", "into", metavar="BATCH=GPUS", multiple=True, required=True, help="Put in.")
@click.option("--serials", metavar="BATCH=SERIAL,…", multiple=True, help="Its serial numbers.")
@click.option("--position", help="Tray or slot.")
@click.option("--site", help="Where; by default where the rack is recorded.")
@click.option("--rma", help="Number of the return.")
@click.option("--maker", metavar="PARTY", help="Who gives the new units and takes the old: title"
              " is swapped with them.")  # fmt: skip
@click.option("--owner", metavar="PARTY", help="Who owned the old units; by default the holder.")
@click.option("--id", "replacement", help="Identifier of the act; derived if left out.")
@acting
def replace(
    act: Act,
    *,
    rack: str,
    out: tuple[str, ...],
    into: tuple[str, ...],
    serials: tuple[str, ...],
    maker: str | None,
    owner: str | None,
    site: str | None,
    replacement: str | None,
    **facts: str | None,
) -> None:
    """Record a repair: units of a rack are swapped, the old ones quarantined where they are."""
    if owner is not None and maker is None:
        raise click.UsageError("--owner needs --maker: without it, title is kept")
    units = Units(racks=(rack,)).spelled(act.names)
    replacement = act.identifier("replacement", replacement, units.racks[0])
    site = act.site(units, site, holder=act.actor)
    states = [one.state for one in act.held(units, holder=act.actor, site=site)]
    known = dict(_serials(text) for text in serials)
    swapped = act.names.maybe("party", maker)
    data = ComponentReplaced(
        holder=act.actor,
        replacement=replacement,
        rack=units.racks[0],
        site=site,
        state=states[0] if states else "operational",  # type: ignore[arg-type]  # as posted
        out=_parts(act, "--out", out, known),
        into=_parts(act, "--in", into, known),
        title="kept" if swapped is None else "swapped",
        out_owner=None if swapped is None else act.names.maybe("party", owner) or act.actor,
        in_owner=swapped,
        maker=swapped,
        **facts,
    )
    if known:
        raise click.UsageError(f"--serials names {', '.join(known)}, which is neither in nor out")
    act.tell(
        data,
        f"{sum(part.quantity for part in data.out):,} GPUs of {data.rack} are replaced",
        f"chipledger where --rack {data.rack}",
    )


def _parts(
    act: Act, where: str, texts: tuple[str, ...], serials: dict[str, tuple[str, ...]]
) -> tuple[Part, ...]:
    """Return what goes out or in; serials that are used leave the dictionary."""
    found = []
    for batch, quantity in parse_parts(texts, where).items():
        named = serials.pop(batch, ())
        if named and len(named) != quantity:
            raise Malformed(
                "SERIALS-COUNT",
                f"{len(named)} serial numbers for {quantity} GPUs of {batch}",
                where="--serials",
                hint="name each one, or none",
            )
        spelled = act.names.spelled("batch", batch)
        model = chip_of(act, spelled)
        found.append(Part(model=model, batch=spelled, quantity=quantity, serials=named))
    return canonical.ordered(*found)


def _serials(text: str) -> tuple[str, tuple[str, ...]]:
    batch, _, names = text.partition("=")
    return check_identifier(batch), canonical.ordered(*filter(None, names.split(",")))
