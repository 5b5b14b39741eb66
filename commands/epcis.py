"""`chipledger epcis`: the ledger in the words that supply chains speak."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import msgspec

from commands.attachments import write_new
from commands.context import Desk, pass_desk
from commands.epcis_events import epcis_events
from commands.epcis_extension import NAMED, PREFIX, extension, master_data
from commands.epcis_words import Uris
from ledger.entry import Event
from ledger.errors import Malformed
from ledger.events.correction import EventVoided
from ledger.occurred import interval
from projections.units import Unit

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
_COUNTING = "SELECT event_idx FROM counting WHERE to_idx IS NULL"
_UNITS = "SELECT event_idx, serial, batch, rack, tray, slot FROM unit ORDER BY rowid"
_BASE_HINT = "it begins with https:// or urn: and ends with / or :"


@click.group(name="epcis")
def command() -> None:
    """Write the events as EPCIS 2.0."""


@command.command("export")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--base", metavar="URI", help="What the names of racks, sites and parties begin with."
)
@pass_desk
def export(desk: Desk, *, file: Path, base: str | None) -> None:
    """Write what happened to the units as an EPCIS 2.0 document (JSON-LD).

    It is for the systems and the ledgers of trading partners: `chipledger import epcis` reads it.
    It carries no signatures and proves nothing: for evidence, `chipledger export`. Names stand as
    master data. A correction stands as EPCIS has it: the event with an
    errorDeclaration, and the one in its place.
    """
    reader = desk.reader()
    begins = base or f"https://{reader.origin}/"
    if not begins.startswith(("https://", "urn:")) or begins[-1] not in "/:":
        raise Malformed("EPCIS-BASE", f"{begins[:80]!r} is no URI", where="--base", hint=_BASE_HINT)
    found = _Document(desk, Uris(begins))
    now = desk.now().astimezone(UTC)
    told = list(found.events())
    document = {
        "@context": [CONTEXT, {"chipledger": f"{begins}vocabulary/"}],
        "id": f"{begins}epcis/{reader.size}",
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": _instant(now),
        f"{PREFIX}ledger": reader.origin,
        f"{PREFIX}size": reader.size,
        f"{PREFIX}root": reader.seen().root,
        "epcisHeader": master_data(found.standing(), found.uris),
        "epcisBody": {"eventList": told},
    }
    write_new(file, msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n")
    click.echo(f"wrote {file.name}: {len(told):,} events of {reader.size:,} entries")
    for name, count in sorted(found.left.items()):
        click.echo(f"no place in EPCIS: {name} {count:,}", err=True)


class _Document:
    """The events of a ledger, one after the other, and what of it had no place.

    Attributes:
        left: entries without a place, by type or by why.
        uris: how things are named.
    """

    def __init__(self, desk: Desk, uris: Uris) -> None:
        self.left: Counter[str] = Counter()
        self._reader = desk.reader()
        self.uris = uris
        view = desk.view()
        self._counting = {int(str(row["event_idx"])) for row in view.rows(_COUNTING, ())}
        self._units: defaultdict[int, list[Unit]] = defaultdict(list)
        for row in view.rows(_UNITS, ()):
            self._units[int(str(row["event_idx"]))].append(_unit(row))
        self._errors = dict(self._corrected())

    def events(self) -> Iterator[dict[str, Any]]:
        """Yield each event that counts, and each that was taken back, in the log's order."""
        for event in self._reader.read():
            statement = event.statement
            error = self._errors.get(statement.id)
            if statement.basis == "third_party_report":
                self.left["reports, which move nothing"] += 1
                continue
            if error is None and event.index not in self._counting:
                self.left["entries of which another counts"] += 1
                continue
            units = self._units.get(event.index, [])
            told = list(epcis_events(statement, self.uris, [one.serial for one in units]))
            if not told and type(statement.data) not in NAMED:
                self.left[statement.type] += 1
            for one in told:
                yield self._head(event) | one | extension(event, units) | (error or {})

    def standing(self) -> Iterator[Event]:
        """Yield the events that count."""
        return (event for event in self._reader.read() if event.index in self._counting)

    def _head(self, event: Event) -> dict[str, Any]:
        """Return when it happened and was recorded; a day begins at its midnight here."""
        zone = self._reader.zone
        at = interval(event.statement.occurred, zone).posts_at.astimezone(zone)
        offset = at.strftime("%z")
        return {
            "eventTime": at.isoformat(timespec="seconds"),
            "eventTimeZoneOffset": f"{offset[:3]}:{offset[3:5]}",
            "recordTime": event.entry.recorded_at,
        }

    def _corrected(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the events that were corrected or voided, with their error declaration."""
        for event in self._reader.read():
            statement = event.statement
            told = {"declarationTime": event.entry.recorded_at}
            if statement.corrects is not None:
                declared = told | {
                    "reason": "incorrect_data",
                    "correctiveEventIDs": [f"urn:uuid:{statement.id}"],
                }
                yield statement.corrects.id, {"errorDeclaration": declared}
            elif isinstance(statement.data, EventVoided):
                reason = told | {
                    "reason": "did_not_occur",
                    f"{PREFIX}reason": statement.data.reason,
                }
                yield statement.data.target.id, {"errorDeclaration": reason}


def _unit(row: Mapping[str, object]) -> Unit:
    cells = (row[name] for name in Unit._fields)
    return Unit(*(None if one is None else str(one) for one in cells))  # type: ignore[arg-type]  # serial and batch are never null


def _instant(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
