"""`chipledger rebuild`: the read models made anew from the log, with as many hands as there are."""

import click

from commands.context import VIEW, Desk, pass_desk
from commands.output import Progress
from commands.workers import Asked, rows_option
from ledger.evidence.site import Visit
from projections.making import Engine
from projections.runner import rebuild
from projections.view import View


@click.command("rebuild")
@rows_option
@pass_desk
def command(desk: Desk, /, *, workers: Asked | None) -> None:
    """Throw the read models of this folder away, and make them anew from the log.

    They follow from the log alone, and are the same whoever makes the rows. Commands that ask catch
    them up by themselves; this is for a log that grew by much, or read models that nobody trusts.
    """
    ledger = desk.reader()
    with View.open(desk.folder / VIEW) as view:

        def anew(hands: int | Engine | None) -> int:
            return rebuild(view, ledger, Progress("reading entries"), workers=hands)

        if workers is None or workers.kind == "processes":
            applied = anew(None if workers is None else workers.count)
        else:
            from commands.cluster import cluster, for_workers  # noqa: PLC0415  few have one

            source = for_workers(str(desk.store), ledger.source(), Visit())
            with cluster(workers.address, source) as connected:
                applied = anew(connected)
        click.echo(f"made the read models of {applied:,} entries anew")
