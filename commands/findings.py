"""`chipledger findings`: what contradicts, what is missing, and what the entries cannot tell."""

import re
from collections.abc import Iterable
from pathlib import Path

import click

from commands.asking import Clocks, Moment, asking, moment_of
from commands.context import Desk, pass_desk
from commands.finding_subjects import subject_of
from commands.from_evidence import from_evidence
from commands.names import Names
from commands.output import Format, print_rows, safe, safe_lines
from ledger.errors import EXIT_FAIL, Malformed
from ledger.occurred import interval, utc_text
from projections.determination.tables import judging
from projections.finding_history import resolved
from projections.finding_limits import NOT_DECIDABLE, TOLD_BY_VERIFY
from projections.finding_rules import SEVERITIES, Rule, find_rules, rules
from projections.finding_run import Clocks as RuleClocks
from projections.finding_run import Finding, Scope, findings
from projections.packs.load import packs

COLUMNS = (
    "severity", "code", "subject", "certainty", "status", "first_seen", "entries", "facts",
    "answer",
)  # fmt: skip
NOTE = "An indicator of what does not fit together or is missing, and no legal conclusion."
_NUMBER = re.compile(r"[0-9]{1,16}\Z")
_FIRST_FROM = "SELECT min(idx) AS idx FROM event WHERE recorded_at >= :start"
_SET = re.compile(r"([A-Z][A-Z0-9-]*\.[a-z_]+)=([0-9]{1,9})\Z")
_SHOWN_ENTRIES = 4
_SEVERITY = click.Choice(SEVERITIES)


@click.command(name="findings")
@click.option("--severity", type=_SEVERITY, help="Only these, and graver ones.")
@click.option("--subject", metavar="[KIND:]NAME", help="About this, such as SHP-13.")
@click.option("--code", metavar="CODE", help="Of this rule.")
@click.option(
    "--since", metavar="ENTRY|DATE", help="First seen at this entry, or from this day on."
)
@click.option(
    "--resolved", "gone", metavar="ENTRY", type=click.IntRange(0),
    help="Instead: those that held when ENTRY was the newest, and hold no more.",
)  # fmt: skip
@click.option("--explain", metavar="CODE", help="Say what a rule looks for; print its SQL.")
@click.option("--rules", "listing", is_flag=True, help="List the rules.")
@click.option("--fail-on", type=_SEVERITY, help="Exit with 1 where one of these or graver is open.")
@click.option(
    "--folder", type=click.Path(path_type=Path), help="A folder with further rules, .sql files."
)
@click.option(
    "--set", "settings", metavar="CODE.NAME=NUMBER", multiple=True,
    help="Another threshold, such as SHIP-OVERDUE.days=14; repeatable.",
)  # fmt: skip
@asking
@pass_desk
@from_evidence
def command(
    desk: Desk,
    *,
    severity: str | None,
    subject: str | None,
    code: str | None,
    since: str | None,
    gone: int | None,
    explain: str | None,
    listing: bool,
    fail_on: str | None,
    folder: Path | None,
    settings: tuple[str, ...],
    clocks: Clocks,
    form: Format,
) -> None:
    """Show what in the ledger does not fit together, is missing, or cannot be told.

    A finding that was answered stays, with the answer beside it: `chipledger finding answer`.
    """
    every = rules(folder)
    if listing:
        _list(every.values(), form)
        return
    if explain is not None:
        limit = TOLD_BY_VERIFY.get(explain.upper()) or NOT_DECIDABLE.get(explain.upper())
        if limit is not None:
            _explain_limit(explain.upper(), limit)
            return
        for rule in find_rules(every, explain):
            _explain(rule)
        return
    some = list(every.values()) if code is None else find_rules(every, code)
    moment = moment_of(desk, clocks)
    view = desk.view()
    names = Names(view)
    about = None if subject is None else subject_of(view, names, subject, "--subject")
    reader = judging(view.connection, packs(), desk.log().zone)
    now = RuleClocks(moment.as_of, moment.known_at)
    scope = Scope(about, _thresholds(settings))
    if gone is None:
        found = findings(reader, some, now, scope)
    else:
        found = resolved(reader, some, gone, now, scope)
    first = _since(desk, since)
    worst = len(SEVERITIES) if severity is None else SEVERITIES.index(severity) + 1
    shown = [one for one in found if one.severity in SEVERITIES[:worst] and one.first_seen >= first]
    _print(desk, shown, moment, form, names.doubts)
    graver = SEVERITIES[: 0 if fail_on is None else SEVERITIES.index(fail_on) + 1]
    if any(one.status == "open" and one.severity in graver for one in shown):
        raise click.exceptions.Exit(EXIT_FAIL)


def _print(
    desk: Desk, found: list[Finding], moment: Moment, form: Format, doubts: list[str]
) -> None:
    counts = {one: sum(other.severity == one for other in found) for one in SEVERITIES}
    told = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count) or "none"
    print_rows(
        [_row(one, form) for one in found],
        COLUMNS,
        form,
        title=f"Findings, {moment}",
        schema="chipledger.findings/1",
        demonstration=desk.demonstration,
        notes=[*doubts, told, NOTE],
    )


def _row(one: Finding, form: Format) -> tuple[object, ...]:
    listed: object = list(one.entries)
    if form.kind not in {"json", "nl"}:
        some = one.entries[:_SHOWN_ENTRIES] if form.for_people else one.entries
        listed = " ".join(map(str, some)) + (" …" if len(some) < len(one.entries) else "")
    answer = None
    if one.reply is not None:
        answer = f"{one.reply.answer} by {one.reply.by} in entry {one.reply.entry}: "
        answer += one.reply.reason
    if one.resolved_by is not None:
        answer = f"held no longer after entry {one.resolved_by}"
    return (
        one.severity, one.rule.code, one.about, one.certainty, one.status, one.first_seen, listed,
        one.facts, answer,
    )  # fmt: skip


def _since(desk: Desk, text: str | None) -> int:
    """Return the first entry that counts as new: that of a number, or the first from a day on.

    Raises:
        Malformed: OCCURRED-FORM, OCCURRED-DATE.
    """
    if text is None or _NUMBER.match(text):
        return int(text or 0)
    start = utc_text(interval(text, desk.log().zone).posts_at)
    (row,) = desk.view().rows(_FIRST_FROM, {"start": start})
    return desk.log().size if row["idx"] is None else int(str(row["idx"]))


def _thresholds(settings: tuple[str, ...]) -> dict[str, int]:
    """Return the thresholds that the options set.

    Raises:
        Malformed: THRESHOLD.
    """
    found = {}
    for text in settings:
        matched = _SET.match(text)
        if matched is None:
            raise Malformed(
                "THRESHOLD", f"{text[:60]!r} sets no threshold", where="--set",
                hint="write CODE.NAME=NUMBER, such as SHIP-OVERDUE.days=14",
            )  # fmt: skip
        found[matched[1]] = int(matched[2])
    return found


def _list(some: Iterable[Rule], form: Format) -> None:
    rows = [
        (one.code, one.severity, one.title, one.subject,
         ", ".join(f"{number.name}={number.value}" for number in one.thresholds))
        for one in some
    ]  # fmt: skip
    print_rows(
        sorted(rows),
        ("code", "severity", "title", "about", "thresholds"),
        form,
        title="Rules: chipledger findings --explain CODE",
        schema="chipledger.rules/1",
        demonstration=False,
    )


def _explain_limit(code: str, limit: str) -> None:
    """Say why no rule has a code that people may know: an audit tells it, or nobody can."""
    told = "`chipledger verify` tells it" if code in TOLD_BY_VERIFY else "not decidable here"
    click.echo(f"{code}: no rule looks for it; {told}: {limit}")


def _explain(rule: Rule) -> None:
    click.echo(safe_lines(f"{rule.code}: {rule.title}\n{rule.severity}, about a {rule.subject}"))
    click.echo(safe(f"basis: {rule.basis}"))
    click.echo(safe(f"may be explained by: {rule.explains}"))
    for one in rule.thresholds:
        click.echo(safe(f"  --set {rule.code}.{one.name}={one.value}  {one.meaning}"))
    if rule.note:
        click.echo(safe(rule.note))
    click.echo(safe_lines(f"\n{rule.sql}\n"))
