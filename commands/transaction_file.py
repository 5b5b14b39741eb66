"""`chipledger file`: every record of a transaction, a party or a country, with its documents.

15 CFR 762.5(c) asks for records to be found by the name of a party, the country of destination, or
a document's reference number.
"""

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import click

from commands.asking import Clocks, Moment, asking, moment_of, rows_at
from commands.attachments import write_new
from commands.context import Desk, pass_desk
from commands.finding_subjects import findings_about, kinds_of
from commands.from_evidence import from_evidence
from commands.names import country as country_code
from commands.output import Format, announce, print_json, print_rows, safe, separated
from commands.saved_files import file_name, make_folder
from ledger.errors import LedgerError, Unavailable

ENTRIES = ("entry", "occurred", "asserted_by", "what", "because", "counts", "signed_by",
           "not_signed_by", "numbers")  # fmt: skip
DOCUMENTS = ("kind", "title", "entry", "size", "place", "sha256")
MISSING = ("shipment", "paper", "asked_by")
INDEX = ("entry", "occurred", "recorded_at", "asserted_by", "what", "because", "counts",
         "signed_by", "not_signed_by", "numbers", "kind", "title", "media_type", "size", "sha256",
         "place", "file")  # fmt: skip
FOUND = ("severity", "code", "subject", "status", "facts")
ANNEX = "annex"
NAMES_IT = "names it"
_KNOWN = """
    SELECT 1 AS one FROM named WHERE value = :name
    UNION ALL SELECT 1 FROM reference WHERE value = :name LIMIT 1"""
_SHIPMENTS = """
    SELECT DISTINCT value FROM named
    WHERE kind = 'shipment' AND event_idx IN (SELECT value FROM json_each(?))"""
_PROVES = "the entries themselves, each with its proof: chipledger export FILE --entry …"


@click.command("file")
@click.argument("about", metavar="REF|PARTY|COUNTRY")
@click.option(
    "--save",
    type=click.Path(path_type=Path),
    help="Write documents, entries and an index into this new folder.",
)
@click.option("--annexes", is_flag=True, help="Save sealed annexes too.")
@asking
@pass_desk
@from_evidence
def command(
    desk: Desk,
    /,
    *,
    about: str,
    save: Path | None,
    annexes: bool,
    clocks: Clocks,
    form: Format,
) -> None:
    """Gather every record of a transaction, a party or a country, and say what is missing.

    REF is a shipment, lease, filing or any other identifier, or a number on paper. Each document is
    here, disposed of, withheld from the evidence, or not here.
    """
    moment = moment_of(desk, clocks)
    name = _name(desk, about)
    rows = [_placed(desk, row) for row in _rows(desk, name, moment)]
    documents = [row for row in rows if row["sha256"] is not None]
    missing = _missing(desk, rows, moment)
    found = _found(desk, name, rows, moment)
    if save is not None:
        _save(desk, save, rows, annexes=annexes)
    entries = list({row["entry"]: row for row in rows}.values())
    title = f"The file of {about}, {moment}"
    if form.kind == "json":
        value = {
            "title": title,
            "entries": [{name: row[name] for name in ENTRIES} for row in entries],
            "documents": [{name: row[name] for name in DOCUMENTS} for row in documents],
            "missing": [{name: row[name] for name in MISSING} for row in missing],
            "findings": found,
        }
        print_json("chipledger.file/1", value, demonstration=desk.demonstration)
    elif not form.for_people:
        print_rows(rows, INDEX[:-1], form, title=title, schema="", demonstration=desk.demonstration)
    else:
        announce(form, demonstration=desk.demonstration)
        told = [row | {"counts": "yes" if row["counts"] else "no"} for row in entries]
        _print(form, title, told, ENTRIES)
        documents.sort(key=lambda row: (row["kind"], row["title"], row["entry"]))
        shown = [row | {"sha256": f"{row['sha256'][:16]}…"} for row in documents]
        _print(form, "Documents by kind", shown, DOCUMENTS)
        _print(form, "Missing of the usual papers", missing, MISSING)
        _print(form, "Findings: chipledger findings --explain CODE", found, FOUND)
        click.echo("what was never recorded is in no file; " + _PROVES)


def _print(form: Format, title: str, rows: list[dict[str, Any]], columns: tuple[str, ...]) -> None:
    print_rows(rows, columns, form, title=title, schema="", demonstration=False)


def _name(desk: Desk, about: str) -> str:
    """Return what is named: an identifier, a number on paper, or the code of a country.

    Raises:
        Unavailable: REF-UNKNOWN.
    """
    number = about.partition(":")[2]  # of a paper, with its type: bol:BL-2291
    name = next((one for one in (about, number) if _is_known(desk, one)), None)
    if name is None:
        try:
            return country_code(about)
        except LedgerError:
            raise Unavailable(
                "REF-UNKNOWN",
                f"nothing here is called {about[:60]!r}, and it is no country",
                where="REF",
                hint="`chipledger log` lists entries, `chipledger query documents` papers",
            ) from None
    return name


def _rows(desk: Desk, name: str, moment: Moment) -> list[dict[str, Any]]:
    """Return the records of what is named, sealed annexes among the documents."""
    found = rows_at(desk, "records", {"about": name}, moment)
    return [one for row in found for one in _with_annex(desk, row, found)]


def _is_known(desk: Desk, name: str) -> bool:
    return any(True for _ in desk.view().rows(_KNOWN, {"name": name}))


def _with_annex(
    desk: Desk, row: dict[str, Any], rows: list[dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Yield a row, and after the last one of an entry its sealed annex."""
    annex = desk.log().event(row["entry"]).statement.annex
    yield row
    last = [one for one in rows if one["entry"] == row["entry"]][-1]
    if annex is not None and row is last:
        facts = {"kind": ANNEX, "title": "sealed annex", "media_type": "application/json"}
        yield row | facts | {"size": None, "sha256": annex, "disposed": None}


def _placed(desk: Desk, row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with where its document is."""
    if row["sha256"] is None:
        return row | {"place": None}
    if row["disposed"] is not None:
        return row | {"place": f"disposed of by entry {row['disposed']}"}
    content = desk.log().document(row["sha256"])
    if content is None:
        return row | {"place": "withheld" if desk.is_evidence else "not here"}
    same = sha256(content).hexdigest() == row["sha256"]
    return row | {"place": "here" if same else "other bytes are here"}


def _found(
    desk: Desk, name: str, rows: list[dict[str, Any]], moment: Moment
) -> list[dict[str, Any]]:
    """Return the findings about what is named; of a number on paper, about its shipments."""
    subjects = [(kind, name) for kind in kinds_of(desk.view(), name)]
    if not subjects:
        indexes = json.dumps([row["entry"] for row in rows if row["because"] == NAMES_IT])
        subjects = [("shipment", str(row["value"]))
                    for row in desk.view().rows(_SHIPMENTS, (indexes,))]  # fmt: skip
    return [
        dict(zip(FOUND, (one.severity, one.rule.code, one.about, one.status, one.facts),
                 strict=True))
        for one in findings_about(desk, subjects, moment)
    ]  # fmt: skip


def _missing(desk: Desk, rows: list[dict[str, Any]], moment: Moment) -> list[dict[str, Any]]:
    """Return which of the usual papers the shipments of the file lack."""
    indexes = json.dumps(sorted({row["entry"] for row in rows}))
    named = {str(row["value"]).lower() for row in desk.view().rows(_SHIPMENTS, (indexes,))}
    lacking = rows_at(desk, "usual-papers", {"missing": "yes"}, moment)
    return [row for row in lacking if row["shipment"].lower() in named]


def _save(desk: Desk, folder: Path, rows: list[dict[str, Any]], *, annexes: bool) -> None:
    """Write what is here into a new folder, under names that any system takes.

    Raises:
        Conflict: FOLDER-NOT-EMPTY, FILE-EXISTS.
        Unavailable: FILE-UNWRITABLE.
    """
    make_folder(folder)
    saved = []
    for row in rows:
        name = None
        if row["place"] == "here" and (annexes or row["kind"] != ANNEX):
            name = file_name(row["entry"], row["kind"], row["title"], row["media_type"],
                             row["sha256"])  # fmt: skip
            content = desk.log().document(row["sha256"])
            write_new(folder / name, content or b"")
        saved.append([(row | {"file": name})[column] for column in INDEX])
    entries = [desk.log().entry_bytes(one) for one in sorted({row["entry"] for row in rows})]
    write_new(folder / "entries.jsonl", b"".join(one + b"\n" for one in entries))
    write_new(folder / "index.csv", separated([list(INDEX), *saved], "csv").encode())
    count = sum(one[-1] is not None for one in saved)
    click.echo(
        safe(f"wrote {folder}: index.csv, entries.jsonl, and {count:,} of the documents"), err=True
    )
