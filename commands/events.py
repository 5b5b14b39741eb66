"""`chipledger events`: the vocabulary, as the one table of event types states it."""

import inspect
import re
from collections.abc import Iterator
from typing import get_type_hints

import click
from msgspec import Struct

from commands.output import Format, formats, heading, print_rows
from ledger.canonical import alternatives
from ledger.errors import Malformed
from ledger.events import EVENT_TYPES
from ledger.events.event_type import ROLES, TRADE_ROLES, EventType

COLUMNS = ("noun", "type", "asserted by", "expected too", "opens", "what it says")
FIELDS = ("field", "may be unknown", "meaning")
_FIELD = re.compile(r"([a-z_0-9]+): (.*)")


@click.command("events")
@click.argument("name", required=False)
@formats
def command(name: str | None, form: Format) -> None:
    """List the event types, or the fields of the type NAME."""
    if name is None:
        rows = [_row(row) for row in EVENT_TYPES.values()]
        title, schema, columns = "Event types", "chipledger.event-types/1", COLUMNS
        print_rows(rows, columns, form, title=title, schema=schema, demonstration=False)
        return
    row = _find(name)
    if form.for_people:
        click.echo(heading(row.name))
        click.echo(f"  {row.summary}")
        click.echo(f"  asserted by {_who(row)}")
    print_rows(
        list(_fields(row.data)),
        FIELDS,
        form,
        title="",
        schema="chipledger.event-type/1",
        demonstration=False,
    )


def _row(row: EventType) -> tuple[str | None, ...]:
    opens = row.opens[0] if row.opens else None
    also = ", ".join(dict.fromkeys((*row.needed, *row.expected))) or None
    return row.noun, row.name, _who(row), also, opens, row.summary


def _who(row: EventType) -> str:
    """Return in words who may assert a type on its own word."""
    if row.relational:
        return " or ".join(row.relational)
    if row.roles >= ROLES:
        return "any party"
    if row.roles >= TRADE_ROLES:
        others = sorted(row.roles - TRADE_ROLES)
        return ", ".join(["any trade role", *others])
    return ", ".join(sorted(row.roles))


def _find(name: str) -> EventType:
    wanted = name.lower().partition(".")[0]
    found = [row for row in EVENT_TYPES.values() if row.name.lower().partition(".")[0] == wanted]
    if not found:
        raise Malformed(
            "TYPE-NAME",
            f"{name[:60]!r} is no event type",
            hint="`chipledger events` lists them",
        )
    return found[0]


def _fields(data: type[Struct]) -> Iterator[tuple[str, bool, str]]:
    """Yield (field, whether it may be null, meaning) as the docstrings of the struct tell it."""
    meanings: dict[str, str] = {}
    for struct in reversed(data.__mro__):
        meanings |= _meanings(inspect.getdoc(struct) or "")
    hints = get_type_hints(data)
    for name in data.__struct_fields__:
        yield name, type(None) in alternatives(hints[name]), meanings.get(name, "")


def _meanings(text: str) -> dict[str, str]:
    """Return the part `Attributes:` of a docstring, by field, each on one line."""
    _, _, section = text.partition("Attributes:\n")
    meanings: dict[str, str] = {}
    name = ""
    for line in section.splitlines():
        matched = _FIELD.match(line.strip())
        if matched and line.startswith("    ") and not line.startswith("     "):
            name = matched[1]
            meanings[name] = matched[2]
        elif name and line.strip():
            meanings[name] += f" {line.strip()}"
    return meanings
