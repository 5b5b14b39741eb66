"""`chipledger model`: chip and rack models, and how they are classified."""

import click

from commands.act import Act, acting
from commands.units import parse_count
from ledger import canonical
from ledger.errors import Malformed
from ledger.events.base import check_identifier
from ledger.events.product import Contents, ModelClassified


@click.group(name="model")
def command() -> None:
    """Classify chip and rack models."""


@command.command("classify")
@click.argument("model")
@click.option("--kind", type=click.Choice(["chip", "assembly"]), required=True)
@click.option("--eccn", required=True, help="Export control number, such as 3A090.a.")
@click.option("--source", required=True, help="Where the figures are from.")
@click.option("--dated", metavar="DATE", help="Date of that source.")
@click.option("--contains", metavar="MODEL=COUNT", multiple=True, help="Chips of an assembly.")
@click.option("--alias", "aliases", multiple=True, help="Another name in use.")
@click.option("--hts", help="Customs tariff number, such as 8471.50.")
@click.option("--tpp", help="Total processing performance.")
@click.option("--density", "performance_density", help="Performance density.")
@click.option("--bandwidth", "memory_bandwidth", help="Memory bandwidth, GB/s.")
@acting
def classify(
    act: Act,
    model: str,
    kind: str,
    contains: tuple[str, ...],
    aliases: tuple[str, ...],
    **facts: str | None,
) -> None:
    """Record what a model is, and its classification."""
    data = ModelClassified(
        classifier=act.actor,
        model=check_identifier(model),
        kind=kind,  # type: ignore[arg-type]  # click checked it
        aliases=canonical.ordered(*aliases),
        contains=canonical.ordered(*(_contents(act, text) for text in contains)),
        **facts,  # type: ignore[arg-type]  # checked when drafted
    )
    act.tell(data, f"{model}: {kind}, ECCN {data.eccn}", _next(data))


def _contents(act: Act, text: str) -> Contents:
    model, equals, count = text.rpartition("=")
    if not equals:
        raise Malformed(
            "CONTENTS",
            f"{text[:60]!r} does not say how many of what",
            where="--contains",
            hint="write GB200-GPU=72",
        )
    return Contents(model=act.names.spelled("model", model), quantity=parse_count(count))


def _next(data: ModelClassified) -> str:
    if data.kind == "chip":
        return f"chipledger batch commission BATCH --model {data.model} --quantity N --site SITE"
    return f"chipledger rack assemble RACK --model {data.model} --site SITE --units BATCH=N"
