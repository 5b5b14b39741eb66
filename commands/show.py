"""`chipledger show`: an entry in full, or what is known of a name, a number or a document."""

import json
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import click

from commands.asking import Clocks, moment_of
from commands.attachments import write_new
from commands.bars import months, print_bars
from commands.context import Desk, pass_desk
from commands.dating import bounds_lines, bounds_object, entry_bounds
from commands.findings import NOTE
from commands.from_evidence import from_evidence
from commands.lookup import find_event
from commands.output import Format, announce, cell, heading, print_json, print_rows, safe
from commands.outside_trust import OutsideTrust, outside_options
from commands.papers import answered, standing
from commands.sealing import read_annex
from commands.statement_text import annex_lines, statement_lines
from ledger import canonical
from ledger.entry import Event
from ledger.errors import Malformed, Unavailable
from ledger.events.base import UUID7_PATTERN, AnnexField
from ledger.log.merkle import leaf_hash
from projections.finding_rules import rules
from projections.finding_run import Clocks as RuleClocks
from projections.finding_run import Finding
from projections.view import View
from projections.would_find import found_on

_NUMBER = re.compile(r"(0|[1-9][0-9]{0,15})\Z")
_ID = re.compile(UUID7_PATTERN)
_DIGEST = re.compile(r"[0-9a-f]{8,64}\Z")
COLUMNS = ("as", "entry", "occurred", "by", "what", "since")
HELD = ("state", "holder", "site", "shipment", "model", "batch", "rack", "GPUs")

_NAMED = """
    SELECT found.*, (
        SELECT CASE WHEN x.corrects_idx = found.entry THEN 'corrected' ELSE 'voided' END
            || ' by entry ' || x.idx
        FROM event AS x
        WHERE x.corrects_idx = found.entry OR x.voids_idx = found.entry
    ) AS since FROM (
    SELECT n.kind AS "as", e.idx AS entry, e.occurred, e.asserted_by AS "by", e.summary AS what
    FROM named AS n JOIN event AS e ON e.idx = n.event_idx WHERE n.value = :name
    UNION ALL
    SELECT r.type, e.idx, e.occurred, e.asserted_by, e.summary
    FROM reference AS r JOIN event AS e ON e.idx = r.event_idx WHERE r.value = :name
    UNION ALL
    SELECT 'serial', e.idx, e.occurred, e.asserted_by,
        'batch ' || u.batch || coalesce(', rack ' || u.rack, '')
        || coalesce(', tray ' || u.tray, '') || coalesce(', slot ' || u.slot, '')
    FROM unit AS u JOIN event AS e ON e.idx = u.event_idx WHERE u.serial = :name
    UNION ALL
    SELECT 'rack of the serial', e.idx, e.occurred, e.asserted_by, e.summary
    FROM unit AS u JOIN line ON line.rack = u.rack AND line.batch = u.batch
    JOIN event AS e ON e.idx = line.event_idx AND e.valid_at >= u.valid_at
        AND e.type IN ('UnitsStateChanged.v1', 'RackDisassembled.v1')
    WHERE u.serial = :name
    UNION ALL
    SELECT 'chassis', e.idx, e.occurred, e.asserted_by, 'rack ' || c.rack || ', ' || c.model
    FROM (SELECT event_idx, rack, model, chassis_serial FROM assembly
          UNION ALL SELECT event_idx, rack, model, chassis_serial FROM stocked_rack) AS c
    JOIN event AS e ON e.idx = c.event_idx WHERE c.chassis_serial = :name
    UNION ALL
    SELECT 'document', e.idx, e.occurred, e.asserted_by, d.kind || ' ' || d.title
    FROM document_ref AS d JOIN event AS e ON e.idx = d.event_idx
    WHERE :digest IS NOT NULL AND d.sha256 BETWEEN :digest AND :digest || 'g'
    ) AS found ORDER BY 1, 2"""
_HELD = """
    SELECT state, holder, site, shipment, model, batch,
        CASE WHEN rack = :name THEN rack END AS rack, sum(stands.quantity) AS GPUs
    FROM (
      SELECT lot, account, quantity FROM balance
      WHERE lot IN (SELECT lot FROM lot WHERE batch = :name UNION
                    SELECT lot FROM lot WHERE rack = :name)
      UNION
      SELECT lot, account, quantity FROM balance
      WHERE quantity <> 0
        AND account IN (SELECT account FROM account WHERE shipment = :name UNION
                        SELECT account FROM account WHERE holder = :name UNION
                        SELECT account FROM account WHERE site = :name)
    ) AS stands
    JOIN account ON account.account = stands.account JOIN lot ON lot.lot = stands.lot
    WHERE book = 'possession' AND substr(holder, 1, 1) <> '@'
    GROUP BY 1, 2, 3, 4, 5, 6, 7 HAVING sum(stands.quantity) <> 0 ORDER BY 1, 2, 3, 4, 5, 6, 7"""
_LATER = """
    SELECT 'corrected by' AS how, idx, asserted_by FROM event WHERE corrects_idx = :idx
    UNION ALL SELECT 'voided by', idx, asserted_by FROM event WHERE voids_idx = :idx
    UNION ALL SELECT stance || ' by', via_idx, party FROM signature
        WHERE event_idx = :idx AND via_idx <> :idx
    UNION ALL SELECT 'expected to sign, and did not', NULL, party FROM expected AS x
        WHERE event_idx = :idx AND NOT EXISTS
            (SELECT 1 FROM signature AS s WHERE s.event_idx = :idx AND s.party = x.party)
    UNION ALL SELECT iif(v.counts, 'version that counts by', 'other version by'), x.idx,
        x.asserted_by
        FROM event AS e JOIN event AS x ON x.opened = e.opened AND x.type = e.type
            AND x.asserted_by <> e.asserted_by AND x.basis <> 'third_party_report'
        JOIN version AS v ON v.head_idx = x.idx AND NOT v.voided
        WHERE e.idx = :idx AND e.basis <> 'third_party_report'
    UNION ALL SELECT 'documents added by', e.idx, e.asserted_by
        FROM attachment AS a JOIN event AS e ON e.idx = a.event_idx WHERE a.target_id = :id"""


@click.command("show")
@click.argument("ref")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--raw", is_flag=True, help="Print an entry's exact bytes, as they are hashed.")
@click.option(
    "--save", type=click.Path(path_type=Path), help="Write the document REF to a new file."
)
@outside_options
@pass_desk
@from_evidence
def command(
    desk: Desk, *, ref: str, as_json: bool, raw: bool, save: Path | None, outside: OutsideTrust
) -> None:
    """Show REF: an entry's number or id, a party, batch, rack, shipment, serial, bill, digest."""
    if save is not None:
        _save(desk, ref.lower(), save)
    elif raw or _ID.match(ref) or _is_entry(desk, ref):
        _show_entry(desk, ref, outside, as_json=as_json, raw=raw)
    else:
        _show_name(desk, ref, Format("json" if as_json else "table"))


def _is_entry(desk: Desk, ref: str) -> bool:
    """Say whether digits number an entry; beyond the newest one they may be a serial number."""
    return _NUMBER.match(ref) is not None and int(ref) < desk.log().size


def _show_entry(desk: Desk, ref: str, outside: OutsideTrust, *, as_json: bool, raw: bool) -> None:
    reader = desk.log()
    event = find_event(reader, ref)
    data = reader.entry_bytes(event.index)
    if raw:
        click.echo(data, nl=False)
        return
    leaf = leaf_hash(data).hex()
    later = list(_later(desk.view(), event))
    sealed = event.statement.annex
    annex = None if sealed is None else reader.document(sealed)
    dated = entry_bounds(desk, outside, event.index)
    found = _findings(desk, event)
    if as_json:
        value = {
            "entry": event.index,
            "leaf": leaf,
            "payload_sha256": event.payload_sha256,
            "statement": json.loads(canonical.encode(event.statement)),
            "stored": json.loads(data),
            "annex": None if sealed is None else _annex_object(sealed, annex),
            "later": later,
            "findings": [
                {
                    "severity": one.severity,
                    "code": one.rule.code,
                    "about": one.about,
                    "certainty": one.certainty,
                    "status": one.status,
                    "facts": one.facts,
                }
                for one in found
            ],
            "dated": bounds_object(dated),
        }
        print_json("chipledger.entry/1", value, demonstration=desk.demonstration)
        return
    announce(Format(), demonstration=desk.demonstration)
    click.echo(heading(f"entry {event.index}"))
    entry = event.entry
    click.echo(f"  recorded       {entry.recorded_at}, says its operator")
    for line in bounds_lines(dated, outside):
        click.echo(safe(line))
    recorder = entry.recorder
    click.echo(f"  by software    {recorder.software} {recorder.version}, {recorder.installation}")
    click.echo(f"  leaf           {leaf}")
    inside = () if sealed is None else annex_lines(_facts(sealed, annex))
    for line in (*statement_lines(event.statement), *inside, *_told(found), *later):
        click.echo(safe(f"  {line}"))
    if annex is not None and sealed is not None and _facts(sealed, annex) is None:
        click.echo("  the annex that is here is not what was sealed: run `chipledger verify`")
    for one in event.statement.documents:
        if reader.document(one.sha256) is None:
            click.echo(f"  the document {one.sha256[:16]}… is not here")


def _told(found: list[Finding]) -> Iterator[str]:
    """Yield what rests on an entry, and what that is worth."""
    for one in found:
        said = f"{one.severity} {one.rule.code}, {one.about}, {one.status}: {one.facts}"
        yield f"finding        {said}"
    if found:
        yield f"               {NOTE}"


def _findings(desk: Desk, event: Event) -> list[Finding]:
    """Return what the rules find today that rests on an entry."""
    moment = moment_of(desk, Clocks())
    now = RuleClocks(moment.as_of, moment.known_at)
    return found_on(desk.view(), desk.log(), event, rules().values(), now)


def _facts(sealed: str, annex: bytes | None) -> tuple[AnnexField, ...] | None:
    """Return what is in the annex, or None where its bytes are not here, or are others."""
    if annex is None or sha256(annex).hexdigest() != sealed:
        return None
    return read_annex(annex)


def _annex_object(sealed: str, annex: bytes | None) -> dict[str, object]:
    facts = _facts(sealed, annex)
    fields = None if facts is None else {one.name: one.value for one in facts}
    return {"sha256": sealed, "here": facts is not None, "sealed": fields}


def _later(view: View, event: Event) -> Iterator[str]:
    """Yield what later entries say of this one, and who was expected to sign it."""
    for row in view.rows(_LATER, {"idx": event.index, "id": event.statement.id}):
        where = "" if row["idx"] is None else f"entry {row['idx']}, "
        yield f"{row['how']:<14} {where}{row['asserted_by']}"


def _show_name(desk: Desk, name: str, form: Format) -> None:
    view = desk.view()
    digest = name.lower() if _DIGEST.match(name.lower()) else None
    named = list(view.rows(_NAMED, {"name": name, "digest": digest}))
    if not named:
        raise Unavailable(
            "REF-UNKNOWN",
            f"nothing here is called {name[:60]!r}; the newest entry is {desk.log().size - 1}",
            hint="`chipledger log` lists entries, `chipledger where` what is held",
        )
    held = list(view.rows(_HELD, {"name": name}))
    demonstration = desk.demonstration
    stands = standing(desk, name, {str(row["as"]) for row in named}, digest)
    if not form.for_people:
        value = {"name": name, "held": held, "entries": named, "stands": stands}
        value |= _party(desk, name)
        print_json("chipledger.show/1", value, demonstration=demonstration)
        return
    announce(form, demonstration=demonstration)
    for what, values in _party(desk, name).items():
        click.echo(f"{what}: {', '.join(values) or 'none'}")
    for row in stands:
        click.echo(heading(safe(f"{row.pop('question')}:")))
        for column, said in row.items():
            if said is not None:
                click.echo(f"  {column:<24} {cell(said)}")
    if held:
        print_rows(held, HELD, form, title="Held now", schema="", demonstration=False)
    title = f"Entries that name {name}"
    print_rows(named, COLUMNS, form, title=title, schema="", demonstration=False)
    print_bars("Entries by month in which they happened", lambda: months(named))


def _party(desk: Desk, name: str) -> dict[str, list[str]]:
    """Return legal name, roles and keys in force where the name is a registered party's."""
    reader = desk.log()
    authority, at = reader.authority, reader.size
    if not authority.knows(name, at):
        return {}
    keys = [f"{key.id[:16]} ({key.holder})" for key in authority.keys_of(name, at)]
    known = answered(desk, "parties", {"party": name}, ever=True)
    names = [str(row["legal_name"]) for row in known if row["legal_name"]]
    return {"legal name": names, "roles": list(authority.roles_of(name, at)), "keys in force": keys}


def _save(desk: Desk, digest: str, path: Path) -> None:
    """Write a document's bytes to a new file.

    Raises:
        Malformed: DIGEST-FORM.
        Unavailable: DOCUMENT-ABSENT, FILE-UNWRITABLE.
        Conflict: FILE-EXISTS.
    """
    if not _DIGEST.match(digest):
        raise Malformed(
            "DIGEST-FORM",
            f"{digest[:80]!r} is no SHA-256",
            hint="write the digits of the document's SHA-256, as `chipledger show ENTRY` has them",
        )
    sql = "SELECT DISTINCT sha256 FROM document_ref WHERE sha256 BETWEEN ? AND ? || 'g'"
    found = [str(row["sha256"]) for row in desk.view().rows(sql, (digest, digest))]
    data = desk.log().document(found[0]) if len(found) == 1 else None
    if data is None:
        raise Unavailable(
            "DOCUMENT-ABSENT",
            f"{len(found)} documents are called {digest[:16]}…, or its bytes are not here",
            hint="write more digits; a ledger may lack documents that were left out by choice",
        )
    write_new(path, data)
    click.echo(f"wrote {len(data):,} bytes to {path}")
