"""The reference of the rule packs, read off their files: every fact with its sources and dates."""

from collections.abc import Iterator

import msgspec

from projections.determination.tables import SAYINGS
from projections.packs.conditions import (
    Bound,
    Condition,
    Thresholds,
    Window,
)
from projections.packs.form import Pack, Rule, Source, Sourced
from projections.packs.load import packs
from projections.packs.tables import TABLES

INTRODUCTION = """# Rule packs

What the packs that come with the program say, each fact with its sources and their dates.
[How packs are used](../explanation/rule-packs.md) says what follows from them and what does not.
They hold what public sources said when they were read; no pack is advice, and none is complete.
`unchecked` marks what no source was checked for, and how sure it is.
"""
_TABLES = """## Tables for questions

The same facts as SQLite tables in the schema `pack`, which a question or a finding can join.
`since` and `until` compare with `event.valid_at`: a row holds where `since <= valid_at AND
valid_at < until`. `since` is empty where a pack names no first day. `country_group.member` is 0
where a pack says that a country is not in a group; a group in `whole_group` has no other members;
of all other countries nothing is known. `rule_place.part` is `in` or `except`. The conditions of a
rule are alternatives: a chip meets it where all figures of one `threshold.alternative` are within
the bounds.
"""
_SAYINGS = """## Tables for findings

What the packs say of what is recorded, filled anew for each pair of clocks. `step` has what
`chipledger determine` prints for each shipment that was dispatched before `:as_of`, on the day of
its dispatch, without the rules about users and without inspections. `party` has each party that is
registered, or named as consignee, buyer or lessee, as claimed at the end of `:as_of`: a rule about
recipients or users `applies` where the party's own test is met, whatever it receives or uses. `met`
is 1 where the test is met, whether the rule was in force or not, 0 where it is not, and empty where
the facts do not say. `unknown` is a JSON list of what is not known, `entries` one of the entries
that were looked at.
"""


def packs_page() -> str:
    """Return the reference of all packs that come with the program, and of their tables."""
    parts = [INTRODUCTION, *(part for pack in packs() for part in _pack(pack)), _TABLES]
    parts += [_table(name, columns) for name, columns in TABLES.items()]
    parts.append(_SAYINGS)
    parts += [_table(name, columns) for name, columns in SAYINGS.items()]
    return "\n".join(parts)


def _table(name: str, columns: str) -> str:
    listed = ",\n".join(f"    {one.strip()}" for one in columns.split(","))
    return f"```sql\nCREATE TABLE pack.{name} (\n{listed})\n```\n"


def _pack(pack: Pack) -> Iterator[str]:
    of = "" if pack.jurisdiction == "-" else f", {pack.jurisdiction}"
    yield f"## {pack.pack}\n\n{pack.title}{of}. Pack of {pack.dated}. {pack.note}\n"
    sources = {one.id: one for one in pack.sources}
    for rule in pack.rules:
        yield from _rule(rule, sources)
    if pack.memberships:
        yield _memberships(pack, sources)
    if pack.hardware:
        yield _hardware(pack, sources)
        yield _assemblies(pack, sources)


def _rule(rule: Rule, sources: dict[str, Source]) -> Iterator[str]:
    yield f"### {rule.rule}\n\n{rule.title}: {rule.text}\n"
    lines = [
        f"- Where it applies, the pack says: {rule.says}.",
        f"- {rule.citation}",
        f"- {_cited(rule, sources)}",
    ]
    for period in rule.periods:
        until = "on" if period.until is None else f"to {period.until}"
        lines.append(f"- {period.status.replace('_', ' ')} from {period.since} {until}")
    lines += [f"- Not known: {one}." for one in rule.remarks]
    lines.append(f"- Test `{type(rule.test).__struct_config__.tag}`: {_test(rule)}")
    yield "\n".join(lines) + "\n"


def _test(rule: Rule) -> str:
    """Return the parameters of a rule's test in words that follow from its fields."""
    test = rule.test
    said = []
    if isinstance(test, Thresholds):
        said.append(" or ".join(_condition(one) for one in test.any))
    if isinstance(test, Window):
        said.append(("outside: " if test.outside else "") + _condition(test.condition))
    for name in test.__struct_fields__:
        value = getattr(test, name)
        if name not in {"any", "condition", "outside"} and value not in ((), None, False):
            said.append(f"{name.replace('_', ' ')}: {_value(value)}")
    return "; ".join(said)


def _value(value: object) -> str:
    if isinstance(value, msgspec.Struct):
        fields = msgspec.structs.asdict(value).items()
        return ", ".join(f"{name.replace('_', ' ')} {_value(one)}" for name, one in fields if one)
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return "yes" if value is True else str(value)


def _condition(condition: Condition) -> str:
    return " and ".join(
        f"{name.replace('_', ' ')} {_bound(bound)}" for name, bound in condition.bounds()
    )


def _bound(bound: Bound) -> str:
    least = f"≥ {bound.at_least}" if bound.at_least is not None else ""
    below = f"< {bound.below}" if bound.below is not None else ""
    return " ".join(filter(None, (least, below)))


def _cited(fact: Sourced, sources: dict[str, Source]) -> str:
    named = [sources[name] for name in fact.sources]
    text = "; ".join(f"{one.text} ({one.dating} {one.dated})" for one in named)
    return text if fact.confidence == "sourced" else f"{text}; {fact.confidence}"


def _memberships(pack: Pack, sources: dict[str, Source]) -> str:
    lines = [
        "| groups | | countries | list of | days | source and date |",
        "|---|---|---|---|---|---|",
    ]
    for one in pack.memberships:
        how = ("in, and no others" if one.complete else "in") if one.member else "not in"
        days = f"{one.since or ''} to {one.until or ''}".strip() if one.since or one.until else ""
        lines.append(
            f"| {', '.join(one.groups)} | {how} | {', '.join(one.countries)} | {one.listed}"
            f" | {days} | {_cited(one, sources)} |"
        )
    lines += [
        f"| | part of {one.of} | {one.country} | | | {_cited(one, sources)} |"
        for one in pack.part_of
    ]
    return "\n".join(lines) + "\n"


def _hardware(pack: Pack, sources: dict[str, Source]) -> str:
    lines = ["| chip | figure | value | from | source and date |", "|---|---|---|---|---|"]
    for one in pack.hardware:
        for figure in one.figures:
            value = figure.value if figure.to is None else f"{figure.value} to {figure.to}"
            lines.append(
                f"| {_called(one.name, one.names)} | {figure.figure.replace('_', ' ')}"
                f" | {'about ' if figure.about else ''}{value} | {figure.basis}"
                f" | {_cited(figure, sources)} |"
            )
    remarks = [f"- {one.name}: {one.remark}" for one in pack.hardware if one.remark]
    return "\n".join([*lines, "", *remarks]) + "\n"


def _assemblies(pack: Pack, sources: dict[str, Source]) -> str:
    lines = ["| assembly | part | quantity | source and date |", "|---|---|---|---|"]
    for one in pack.hardware:
        for part in one.parts:
            about = "about " if part.about else ""
            lines.append(
                f"| {_called(one.name, one.names)} | {part.part} | {about}{part.quantity}"
                f" {part.unit} | {_cited(part, sources)} |"
            )
    return "\n".join(lines) + "\n"


def _called(name: str, names: tuple[str, ...]) -> str:
    return name if not names else f"{name} ({', '.join(names)})"
