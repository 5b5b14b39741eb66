"""`chipledger federation`: what several ledgers say together."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from commands.names import country as country_code
from commands.output import Format, formats, print_rows
from commands.query import given_values
from ledger.occurred import interval, load_zone, parse_recorded, utc_text
from projections.crossings import Crossing, Side
from projections.federation import (
    Federation,
    Kept,
    in_between,
    path,
    read_federation,
)
from projections.questions import Question, ask, find, questions, sqlite_reader
from projections.view import View

GONE = "@transferred"
_COLUMNS = (
    "state", "from_ledger", "dispatch", "shipment", "left", "to_ledger", "opening", "stock",
    "opened", "tied_by", "told",
)  # fmt: skip
_UNITS_NOTE = (
    "Every ledger was verified when it was read in; a claim of one ledger is no proof in another."
)
_folder = click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
_as_of = click.option("--as-of", metavar="DATE", help="What was true at the end of it.")


@click.group(name="federation")
def command() -> None:
    """Ask what several ledgers say together; `chipledger federate` reads them in."""


@command.command("pairs")
@_folder
@click.option("--singles", is_flag=True, help="Only what has no other side, or differs.")
@formats
def pairs(folder: Path, *, singles: bool, form: Format) -> None:
    """List what left one ledger for another: pairs, and what has no other side."""
    print_crossings(read_federation(folder), form, singles=singles)


@command.command("where")
@_folder
@click.option("--batch", help="Units of this batch.")
@click.option("--rack", help="Units in this rack.")
@click.option("--party", "holder", metavar="PARTY", help="Units that this party holds.")
@click.option("--site", help="Units at this site.")
@click.option("--country", help="Units at sites in this country: Malaysia, MY.")
@_as_of
@formats
def where(folder: Path, *, as_of: str | None, form: Format, **given: str | None) -> None:
    """Show where everything is, in all ledgers; what is between two of them stands apart."""
    federation = read_federation(folder)
    question = questions()["where"]
    if given["country"] is not None:
        given["country"] = country_code(given["country"])
    columns, rows = _ask_all(folder, federation, question, given, as_of)
    listed = [row for row in rows if row["holder"] != GONE]
    if all(value is None for value in given.values()):
        moments = {one.origin: _moment(one, as_of) for one in federation.ledgers}
        for crossing, model, quantity in in_between(federation.crossings, moments):
            listed.append(_between(crossing, model, quantity))
    total = sum(int(str(row["quantity"])) for row in listed)
    notes = [f"total {total:,} GPUs in {len(listed):,} rows", _UNITS_NOTE]
    _print(federation, question, (columns, listed), form, notes)


@command.command("path")
@_folder
@click.option("--batch", help="All of this batch.")
@click.option("--rack", help="This rack.")
@click.option("--serial", help="The GPU with this serial number.")
@_as_of
@formats
def follow(folder: Path, *, as_of: str | None, form: Format, **given: str | None) -> None:
    """Follow a batch, a rack or one GPU from ledger to ledger."""
    if sum(value is not None for value in given.values()) != 1:
        raise click.UsageError("name one of --batch, --rack and --serial")
    federation = read_federation(folder)
    question = questions()["custody"]
    columns, rows = _ask_all(folder, federation, question, given, as_of)
    apart = {
        one.origin: [row for row in rows if row["ledger"] == one.origin]
        for one in federation.ledgers
    }
    _print(federation, question, (columns, path(apart, federation.crossings)), form, [_UNITS_NOTE])


@command.command("query")
@_folder
@click.argument("name")
@click.argument("values", metavar="[PARAMETER=VALUE]...", nargs=-1)
@_as_of
@formats
def query(
    folder: Path, *, name: str, values: tuple[str, ...], as_of: str | None, form: Format
) -> None:
    """Ask any question of each ledger; `chipledger query` lists them."""
    federation = read_federation(folder)
    question = find(questions(), name)
    answer = _ask_all(folder, federation, question, given_values(values), as_of)
    note = "each ledger answers for itself: what crossed between them may be in two rows"
    _print(federation, question, answer, form, [note])


def print_crossings(federation: Federation, form: Format, *, singles: bool = False) -> None:
    """Print what crossed between ledgers."""
    rows = [_row(one) for one in federation.crossings if not singles or one.state != "paired"]
    single = sum(one.state != "paired" for one in federation.crossings)
    print_rows(
        rows,
        _COLUMNS,
        form,
        title=f"What left one of {len(federation.ledgers)} ledgers for another",
        schema="chipledger.federation-pairs/1",
        demonstration=_demonstration(federation),
        notes=[f"{len(federation.crossings) - single:,} in pairs, {single:,} to be explained"],
    )


def _row(crossing: Crossing) -> dict[str, object]:
    sent, opened = crossing.sent, crossing.opened
    return {
        "state": crossing.state,
        "from_ledger": _ledger(sent, opened),
        "dispatch": None if sent is None else sent.entry,
        "shipment": None if sent is None else sent.name,
        "left": None if sent is None else sum(sent.by_model().values()),
        "to_ledger": _ledger(opened, sent),
        "opening": None if opened is None else opened.entry,
        "stock": None if opened is None else opened.name,
        "opened": None if opened is None else sum(opened.by_model().values()),
        "tied_by": crossing.by,
        "told": crossing.told,
    }


def _ledger(own: Side | None, other: Side | None) -> str | None:
    """Return the ledger of one side, or the one that the other side names."""
    if own is not None:
        return own.origin
    return None if other is None else other.other


def _between(crossing: Crossing, model: str, quantity: int) -> dict[str, object]:
    assert crossing.sent is not None  # noqa: S101  it left
    return {
        "ledger": crossing.sent.origin,
        "holder": GONE,
        "state": f"left under {crossing.sent.name} for {crossing.sent.other}",
        "model": model,
        "quantity": quantity,
    }


Rows = list[dict[str, object]]


def _ask_all(
    folder: Path,
    federation: Federation,
    question: Question,
    given: dict[str, str | None],
    as_of: str | None,
) -> tuple[tuple[str, ...], Rows]:
    """Return columns and rows of a question, of every ledger in order."""
    columns: tuple[str, ...] = ()
    rows: Rows = []
    with ExitStack() as opened:
        for one in federation.ledgers:
            view = opened.enter_context(View.open(folder / one.view, readonly=True))
            found = ask(
                sqlite_reader(view.connection),
                question,
                given,
                as_of=_moment(one, as_of),
                known_at=one.size - 1,
            )
            columns = ("ledger", *found.columns)
            rows += [dict(zip(columns, (one.origin, *row), strict=True)) for row in found.rows]
    return columns, rows


def _moment(kept: Kept, as_of: str | None) -> str:
    """Return the end of a day in a ledger's zone, UTC."""
    zone = load_zone(kept.zone)
    return utc_text(interval(as_of or _today(kept, zone), zone).end)


def _today(kept: Kept, zone: ZoneInfo) -> str:
    """Return today; in a demonstration, the day of its newest entry."""
    now = parse_recorded(kept.newest) if kept.demonstration else datetime.now(UTC)
    return now.astimezone(zone).date().isoformat()


def _demonstration(federation: Federation) -> bool:
    return any(one.demonstration for one in federation.ledgers)


def _print(
    federation: Federation,
    question: Question,
    answer: tuple[Sequence[str], Rows],
    form: Format,
    notes: Sequence[str],
) -> None:
    columns, rows = answer
    print_rows(
        rows,
        columns,
        form,
        title=f"{question.title}, in {len(federation.ledgers)} ledgers",
        schema=f"chipledger.federation-{question.name}/1",
        demonstration=_demonstration(federation),
        notes=[*notes, *_sizes(federation)],
    )


def _sizes(federation: Federation) -> Iterator[str]:
    for one in federation.ledgers:
        yield f"{one.origin}: {one.size:,} entries, verified"
