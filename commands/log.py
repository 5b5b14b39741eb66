"""`chipledger log`: entries in a line each."""

import json

import click

from commands.context import Desk, pass_desk
from commands.names import did_you_mean
from commands.output import Format, formats, print_rows
from ledger.errors import Malformed
from ledger.events import EVENT_TYPES

COLUMNS = ("entry", "occurred", "recorded", "by", "what", "state")
SHOWN = 50

# Newest first, so that a limit keeps the newest; the command turns them round.
_ENTRIES = """
    SELECT e.idx AS entry, e.occurred, substr(e.recorded_at, 1, 10) AS recorded,
        e.asserted_by AS "by", e.summary AS what,
        CASE
            WHEN v.idx IS NOT NULL THEN 'voided by ' || v.idx
            WHEN c.idx IS NOT NULL THEN 'corrected by ' || c.idx
            WHEN e.basis <> 'first_party' THEN e.basis
        END AS state
    FROM event AS e
    LEFT JOIN event AS c ON c.corrects_idx = e.idx
    LEFT JOIN event AS v ON v.voids_idx = e.idx
    WHERE e.idx >= :since
        AND (:types IS NULL OR e.type IN (SELECT value FROM json_each(:types)))
        AND (:party IS NULL OR e.idx IN
            (SELECT event_idx FROM named WHERE kind = 'party' AND value = :party))
    ORDER BY e.idx DESC LIMIT :count"""


@click.command("log")
@click.option("--since", type=click.IntRange(min=0), default=0, help="From this entry on.")
@click.option("--type", "event_type", metavar="TYPE", help="Of this type; its beginning will do.")
@click.option("--party", help="That name this party.")
@click.option("-n", "--number", type=click.IntRange(min=1), default=SHOWN, show_default=True)
@click.option("--all", "every", is_flag=True, help="All of them.")
@formats
@pass_desk
def command(
    desk: Desk,
    *,
    since: int,
    event_type: str | None,
    party: str | None,
    number: int,
    every: bool,
    form: Format,
) -> None:
    """List the newest entries, in the order of the log."""
    view = desk.view()
    size = desk.reader().size
    given = {"since": since, "types": _types(event_type), "party": party}
    rows = list(view.rows(_ENTRIES, {**given, "count": size if every else number}))
    print_rows(
        reversed(rows),
        COLUMNS,
        form,
        title=f"Entries, {len(rows):,} of {size:,}",
        schema="chipledger.log/1",
        demonstration=desk.demonstration,
        notes=["`chipledger show ENTRY` shows one in full"],
    )


def _types(beginning: str | None) -> str | None:
    """Return the types whose names begin so, as a JSON list; None for all of them.

    Raises:
        Malformed: TYPE-NAME where no type does.
    """
    if beginning is None:
        return None
    wanted = beginning.lower()
    found = [name for name in EVENT_TYPES if name.lower().startswith(wanted)]
    if not found:
        known = {name.partition(".")[0].lower(): name.partition(".")[0] for name in EVENT_TYPES}
        raise Malformed(
            "TYPE-NAME",
            f"{beginning[:60]!r} begins the name of no event type",
            where="--type",
            hint=did_you_mean(beginning, known) or "`chipledger events` lists them",
        )
    return json.dumps(found)
