"""`chipledger batch`: batches of chips."""

from pathlib import Path

import click

from commands.act import Act, acting
from commands.attachments import read_capped
from commands.importers.serial_list import manifest_of, read_serials
from commands.units import QUANTITY_MAX
from ledger.errors import Malformed
from ledger.events.base import DOCUMENT_BYTES_MAX, check_identifier
from ledger.events.product import BatchCommissioned


@click.group(name="batch")
def command() -> None:
    """Commission batches of chips."""


@command.command("commission")
@click.argument("batch")
@click.option("--model", required=True, help="Chip model.")
@click.option("--site", required=True, help="Where they are.")
@click.option("--quantity", type=click.IntRange(1, QUANTITY_MAX), help="GPUs.")
@click.option(
    "--serials",
    type=click.Path(path_type=Path),
    help="CSV of serial numbers; becomes the batch's manifest, and counts the GPUs.",
)
@acting
def commission(
    act: Act, *, batch: str, model: str, site: str, quantity: int | None, serials: Path | None
) -> None:
    """Record that a maker brings a batch of chips into being; it holds and owns them."""
    documents = []
    if serials is not None:
        content = read_capped(serials, DOCUMENT_BYTES_MAX)
        found = read_serials(content, serials.name)
        if quantity is not None and quantity != len(found):
            raise Malformed(
                "SERIALS-COUNT",
                f"the file names {len(found):,} serial numbers, and --quantity is {quantity:,}",
                where=serials.name,
                hint="leave --quantity out to count the file, or mend the file",
            )
        quantity = len(found)
        documents.append(manifest_of(batch, found))
    if quantity is None:
        raise click.UsageError("give --quantity, or --serials FILE")
    data = BatchCommissioned(
        maker=act.actor,
        batch=check_identifier(batch),
        model=act.names.spelled("model", model),
        quantity=quantity,
        site=act.names.spelled("site", site),
    )
    act.tell(
        data,
        f"{data.maker or 'somebody'} commissions {quantity:,} {data.model} as {batch}",
        f"chipledger where --batch {batch}",
        documents,
    )
