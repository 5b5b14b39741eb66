"""The inspection that a comparison is the result of: the list as found, and a draft to sign."""

import csv
import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click

from commands import receipts
from commands.attachments import read_document, write_new
from commands.context import Desk
from commands.drafts import write_draft
from commands.fields import check_fields
from commands.inspection import DESIGN_KIND, EXCEPTIONS_MAX, RESULTS_KIND, committed
from commands.listed_units import Listed
from commands.names import Names
from commands.reconciling import AGREED, Line, Recorded, totals
from commands.sample_plans import drawn_names, foreign, read_design, read_plan
from ledger import canonical
from ledger.draft import Circumstances, Document, Submission, add_signatures
from ledger.errors import Conflict
from ledger.events import encode_statement
from ledger.events.assurance import InspectionPerformed
from ledger.events.base import Signatory, check_identifier
from projections.sightings import CONDITION_LENGTH_MAX, HEADS

_ASKED = ("inspection", "method", "strength")


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspecting:
    """What a draft says beside what was found; `path` and `design` are files of the sample."""

    site: str | None
    inspection: str | None
    party_as: str | None
    others: tuple[str, ...]
    host: str | None
    on: str | None
    method: str | None
    strength: int | None
    sample: str | None
    path: Path | None
    design: Path | None

    def check(self, draft: Path | None, *, evidence: bool) -> None:
        """Insist on what a draft needs."""
        if draft is None:
            if self.inspection is not None:
                raise click.UsageError("--inspection is of a draft: --draft FILE")
            return
        absent = [f"--{name}" for name in _ASKED if getattr(self, name) is None]
        if self.site is None:
            absent.append("--site")
        if absent:
            raise click.UsageError(f"a draft of an inspection needs {' and '.join(absent)}")
        if evidence:
            raise click.UsageError(
                "a draft is written in a ledger's folder; with --from, write --results"
            )


@dataclass(frozen=True, slots=True)
class AsFound:
    """What was found, as an inspection records it.

    Attributes:
        content: CSV, a line a unit with a serial number; empty where there is none.
        counted: units looked for, or listed.
        found: those found as recorded.
        exceptions: in words, what was not.
        unreadable: lines that name no unit.
    """

    content: bytes
    counted: int
    found: int
    exceptions: tuple[str, ...]
    unreadable: int

    def write(self, path: Path) -> None:
        """Write the list, and say what to do with it."""
        write_new(path, self.content)
        click.echo(f"list of what was found: {path}", err=True)
        then = "chipledger inspection perform ID --site SITE --method TEXT --strength N"
        click.echo(f"next: {then} --results {path}", err=True)


def drawn_only(
    desk: Desk, inspecting: Inspecting, rows: Sequence[Listed], recorded: Recorded
) -> tuple[Sequence[Listed], Recorded, int]:
    """Return both sides with the units that a plan draws, and how many lines were left out.

    Raises:
        Conflict: PLAN-ROOT for a plan of another history.
    """
    assert inspecting.path is not None  # noqa: S101  the caller's condition
    plan = read_plan(inspecting.path)
    problem = foreign(desk, plan)
    if problem is not None:
        raise Conflict(
            "PLAN-ROOT",
            problem,
            where=str(inspecting.path),
            hint="compare it with the ledger for which it was made",
        )
    design = None if inspecting.design is None else read_design(inspecting.design)
    drawn = {name.lower() for name in drawn_names(desk, plan, design)}
    here = {serial: one for serial, one in recorded.here.items() if serial in drawn}
    unnamed = [one for one in recorded.unnamed if one.values.get("rack", "").lower() in drawn]
    theirs = {one.values.get("rack", "").lower() for one in here.values()}
    kept = [one for one in rows if _is_drawn(one, drawn, theirs)]
    return kept, replace(recorded, here=here, unnamed=unnamed), len(rows) - len(kept)


def _is_drawn(row: Listed, drawn: Collection[str], racks: Collection[str]) -> bool:
    """Say whether a row may be of a drawn unit, or of a drawn rack that has no serial numbers.

    Args:
        row: what the list says.
        drawn: serial numbers and racks, in lower case.
        racks: racks that drawn serial numbers are in.
    """
    rack = row.values.get("rack", "").lower()
    if row.serial is None:
        return row.unreadable is not None or not rack or rack in drawn or rack in racks
    return row.serial.lower() in drawn or rack in drawn


def as_found(lines: Sequence[Line]) -> AsFound:
    """Return what was found, from a comparison."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADS[-1])
    listed = [row for line in lines if (row := _sighting(line)) is not None]
    writer.writerows(listed)
    sums = totals(lines)
    odd = [line for line in lines if line.result not in {*AGREED, "twice", "unreadable"}]
    told = [_words(line) for line in odd[:EXCEPTIONS_MAX]]
    if len(odd) > EXCEPTIONS_MAX:
        told.append(f"{len(odd) - EXCEPTIONS_MAX:,} more are in the list")
    unread = sums.get("unreadable", 0)
    return AsFound(
        text.getvalue().encode() if listed else b"",
        sum(sums.values()) - unread - sums.get("twice", 0),
        sum(sums.get(name, 0) for name in AGREED),
        tuple(dict.fromkeys(told)),
        unread,
    )


def write_inspection(
    desk: Desk, inspecting: Inspecting, draft: Path, found: AsFound, source: Document
) -> None:
    """Write the draft of an inspection, with the file and the list of what was found; unsigned.

    Raises:
        Malformed, Refused: whoever inspected has no key in force, or a field is not well-formed.
        Conflict: DRAFT-EXISTS.
    """
    names = Names(desk.view())
    documents = [source]
    if found.content:
        documents.append(Document(found.content, RESULTS_KIND, "As found", "text/csv"))
    plan = None if inspecting.path is None else read_plan(inspecting.path)
    if inspecting.design is not None:
        documents.append(read_document(inspecting.design, DESIGN_KIND, "Design of the sample"))
    if inspecting.sample is None:
        for one in committed(desk, str(inspecting.site)):
            click.echo(f"a sample was committed to for this site: --sample {one}", err=True)
    data = InspectionPerformed(
        inspection=check_identifier(str(inspecting.inspection)),
        site=str(inspecting.site),
        host=names.maybe("party", inspecting.host),
        sample=inspecting.sample,
        plan=plan,
        method=str(inspecting.method),
        strength=int(inspecting.strength or 0),
        counted=found.counted,
        found=found.found,
        exceptions=canonical.ordered(*found.exceptions),
        limits=f"lines that name no unit: {found.unreadable:,}" if found.unreadable else None,
    )
    check_fields(data)
    hands = [desk.hand(desk.party(inspecting.party_as)), *map(desk.hand, inspecting.others)]
    by, *others = (Signatory(party=hand.party, key=hand.key) for hand in hands)
    given = Circumstances(occurred=str(inspecting.on), documents=documents)
    made = desk.reader().draft(data, by, given, others)
    envelope = add_signatures(encode_statement(made.statement), made.statement, (), ())
    submission = Submission(envelope, made.documents)
    write_draft(draft, submission, new=True)
    receipts.print_drafted(draft, submission, as_json=False, to_stderr=True)


def _sighting(line: Line) -> tuple[str, ...] | None:
    """Return what an inspection's list says of a unit, or None where it names none."""
    if line.result == "missing":
        return None if line.known is None or line.known.serial is None else _absent(line)
    if line.listed is None or line.listed.serial is None or line.result in {"twice", "unreadable"}:
        return None
    values = line.listed.values
    told = line.told if line.result != "not recorded" else "not recorded"
    if line.result == "by number":
        told = ""
    seen = tuple(values.get(name, "") for name in ("rack", "tray", "slot", "chassis"))
    return (line.listed.serial, "yes", told[:CONDITION_LENGTH_MAX], *seen)


def _absent(line: Line) -> tuple[str, ...]:
    assert line.known is not None  # noqa: S101  the caller's condition
    return (str(line.known.serial), "no", line.told[:CONDITION_LENGTH_MAX], "", "", "", "")


def _words(line: Line) -> str:
    """Return in words what was not as recorded."""
    serial = None
    if line.listed is not None:
        serial = line.listed.serial
    elif line.known is not None:
        serial = line.known.serial
    rack = None if line.known is None else line.known.values.get("rack")
    unit = serial or f"{line.quantity:,} units" + (f" of rack {rack}" if rack else "")
    return f"{unit} {line.result}" + (f": {line.told}" if line.told else "")
