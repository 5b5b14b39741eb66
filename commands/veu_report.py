"""`chipledger veu-report`: half a year as an end user's data centre would report it.

15 CFR 748.15 asks data centre VEUs for their inventory, dates received, transfers and customers
twice a year. Every figure stands beside how much of it rests on one party's word.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import click

from commands.asking import Clocks, Moment, moment_of, rows_at, today
from commands.context import Desk, pass_desk
from commands.from_evidence import from_evidence
from commands.names import Names
from commands.output import Format, announce, formats, print_json, print_rows
from ledger.errors import Malformed
from ledger.occurred import check

_HALF = re.compile(r"([0-9]{4})-H([12])\Z")
_DAY_LENGTH = len("2026-07-01")
_GONE = ("lost", "stolen", "destroyed")
_SECTIONS: dict[str, tuple[str, str]] = {
    "inventory": ("on-site", "Inventory, and when it came"),
    "users": ("users-by-parent-country", "Users, by the country of their parent"),
    "transfers": ("transfers", "What came, left and changed in the period"),
    "capacity": ("site-capacity", "Capacity"),
    "assurance": ("assurance", "What was looked at"),
    "unknown": ("unknown", "What is not known"),
}
"""Name of a section to the question that it is, and its title."""
FIGURES = ("figure", "quantity", "on_one_word", "on_two_words", "on_opening")
_NOTE = (
    "recorded statements, and no finding of fact: a figure on one word is what one party alone"
    " signed; use from another country is a service and moves no hardware"
)
Rows = list[dict[str, Any]]


@click.command("veu-report")
@click.argument("period", required=False, metavar="[2026-H1]")
@click.option("--since", metavar="DAY", help="First day, if it is no half of a year.")
@click.option("--until", metavar="DAY", help="Last day.")
@click.option("--site", help="This site alone.")
@click.option(
    "--known-at", metavar="ENTRY", type=click.IntRange(0), help="As known up to this entry."
)
@click.option(
    "--section",
    type=click.Choice(["figures", *_SECTIONS]),
    help="This section alone; for CSV and the like.",
)
@formats
@pass_desk
@from_evidence
def command(
    desk: Desk,
    /,
    *,
    period: str | None,
    since: str | None,
    until: str | None,
    site: str | None,
    known_at: int | None,
    section: str | None,
    form: Format,
) -> None:
    """Report a period: chips on site, users and their countries, transfers, capacity, unknowns.

    Inventory, users and capacity are as of the last day.
    """
    first, last = _period(period, since, until)
    moment = moment_of(desk, Clocks(last, known_at))
    names = Names(desk.view())
    where = names.maybe("site", site)
    found = _sections(desk, first, where, moment)
    tables = {"figures": ("Figures", _figures(found))}
    tables |= {name: (title, found[name]) for name, (_, title) in _SECTIONS.items()}
    title = f"{first} to {last}" + (f" at {where}" if where else "") + f", {moment}"
    if form.kind == "json" and section is None:
        value: dict[str, object] = {"title": title, "since": first, "until": last}
        value |= {name: rows for name, (_, rows) in tables.items()}
        print_json("chipledger.veu-report/1", value, demonstration=desk.demonstration)
        return
    if section is None and not form.for_people:
        raise click.UsageError("several tables are no CSV: choose one with --section")
    shown = tables if section is None else {section: tables[section]}
    announce(form, demonstration=desk.demonstration)
    for name, (heading, rows) in shown.items():
        print_rows(
            rows,
            tuple(rows[0]) if rows else (),
            form,
            title=f"{heading}: {title}" if name in ("figures", section) else heading,
            schema=f"chipledger.veu-report-{name}/1",
            demonstration=False,
        )
    if form.for_people:
        over = () if last < today(desk) else (f"the period is not over before the end of {last}",)
        for line in (*names.doubts, *over, _NOTE):
            click.echo(line)


def _period(period: str | None, since: str | None, until: str | None) -> tuple[str, str]:
    """Return the first and the last day.

    Raises:
        Malformed: PERIOD, OCCURRED-….
    """
    half = _HALF.match(period or "")
    if half is not None and since is None and until is None:
        year, number = half.groups()
        return (f"{year}-01-01", f"{year}-06-30") if number == "1" else (
            f"{year}-07-01", f"{year}-12-31")  # fmt: skip
    if period is not None and half is None:
        raise Malformed(
            "PERIOD",
            f"{period[:20]!r} is no half year",
            hint="write 2026-H1 or 2026-H2; other periods with --since DAY --until DAY",
        )
    if period is not None or since is None or until is None:
        raise Malformed(
            "PERIOD",
            "no period is named, or two are",
            hint="write a half year such as 2026-H1, or --since DAY --until DAY",
        )
    for day in (since, until):
        if len(day) != _DAY_LENGTH:
            raise Malformed("PERIOD", f"{day[:40]!r} is no day", hint="write it as 2026-07-01")
        check(day)
    if until < since:
        raise Malformed("PERIOD", "the last day is before the first", hint="exchange them")
    return since, until


def _sections(desk: Desk, first: str, site: str | None, moment: Moment) -> dict[str, Rows]:
    given: dict[str, object] = {"site": site}
    found = {}
    for name, (question, _) in _SECTIONS.items():
        more: dict[str, object] = {"since": first} if name == "transfers" else {}
        found[name] = rows_at(desk, question, given | more, moment)
    return found


def _figures(found: Mapping[str, Rows]) -> Rows:
    """Return each figure of the report with what it rests on."""
    here = [row for row in found["inventory"] if row["state"] not in _GONE]
    running = [row for row in here if row["state"] == "operational"]
    users = found["users"]
    rows = [
        _sum("GPUs on site", here),
        _sum("of them operational", running),
        _sum("used under leases", users),
    ]
    countries = sorted({row["parent_country"] or "" for row in users})
    for country in countries:
        part = [row for row in users if (row["parent_country"] or "") == country]
        rows.append(_sum(f"used, parent said to be in {country}" if country
                         else "used, nobody says where the parent is", part))  # fmt: skip
    for change in sorted({row["change"] for row in found["transfers"]}):
        part = [row for row in found["transfers"] if row["change"] == change]
        rows.append(_sum(f"{change} in the period", part))
    power = Counter[str]()
    for row in running:
        whole = row["tpp_total"]
        power["all"] += whole or 0
        power["unknown"] += row["quantity"] if whole is None else 0
        for word in FIGURES[2:]:
            power[word] += (whole or 0) * row[word] // max(1, row["quantity"])
    rows.append({"figure": "TPP of what is operational", "quantity": power["all"],
                 **{word: power[word] for word in FIGURES[2:]}})  # fmt: skip
    if power["unknown"]:
        rows.append(_sum("operational, of unknown TPP", [
            row for row in running if row["tpp_total"] is None]))  # fmt: skip
    return rows


def _sum(figure: str, rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return a figure; what does not rest on one word or an opening rests on two, or more."""
    sums = Counter[str]()
    for row in rows:
        quantity, one = row["quantity"], row["on_one_word"]
        opening = row.get("on_opening", 0)
        sums["quantity"] += quantity
        sums["on_one_word"] += one
        sums["on_opening"] += opening
        sums["on_two_words"] += row.get("on_two_words", quantity - one - opening)
    return {"figure": figure, **{name: sums[name] for name in FIGURES[1:]}}
