"""The reference of every event type, read off the table in `ledger.events`."""

import inspect
import re
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from msgspec import Meta, Struct

from ledger import canonical, occurred
from ledger.canonical import alternatives
from ledger.events import EVENT_TYPES, base
from ledger.events.event_type import ANY_PARTY, TRADE_ROLES, EventType

INTRODUCTION = f"""# Event types

{len(EVENT_TYPES)} types. What they share (id, parties, dates, evidence) is the
[statement](#the-statement). `null` stands where a value is unknown or does not apply; every field
is always written. A *trade role* is any role but auditor and reporter. *On its own word* is basis
`first_party`; any party with a trade role may say the same as a counterparty.
"""

WORDS = {
    "Country": "country, two letters of ISO 3166-1",
    "Decimal": "decimal number as text",
    "Sha256Hex": "SHA-256 in lower-case hex",
    "Occurred": "date with its precision",
    "Origin": "origin of a ledger",
    "Name": "text, at most 200 characters",
    "Text": "text, at most 4,000 characters",
    "Code": "printable ASCII, at most 64 characters",
    "Count": "whole number, 0 or more",
    "Quantity": "whole number, 1 or more",
    "Uuid7": "UUIDv7",
    "Base64Key": "32 bytes in base64",
}
"""How the types that many fields share are called in the reference."""

PLAIN = {
    str: "text",
    int: "whole number",
    bool: "`true` or `false`",
    Any: "what the type carries",
}


def events_page() -> str:
    """Return the reference of every event type, noun by noun."""
    parts = [INTRODUCTION]
    noun = ""
    for row in EVENT_TYPES.values():
        if row.noun != noun:
            noun = row.noun
            parts.append(f"## {noun}\n")
        parts.append(_event_section(row))
    parts.append("## The statement\n")
    parts.append(_struct_section(base.Statement))
    parts.append("## Parts that events share\n")
    parts += [f"### {one.__name__}\n\n{_struct_section(one)}" for one in nested_structs()]
    return "\n".join(parts)


def _event_section(row: EventType) -> str:
    facts = [f"- on its own word: {_asserted_by(row)}"]
    if row.expected:
        facts.append(f"- expected to sign too: {_fields(row.expected)}")
    if row.needed:
        facts.append(f"- must sign too: {_fields(row.needed)}")
    if row.opens:
        facts.append(f"- opens the identifier: {row.opens[0]} (field `{row.opens[1]}`)")
    if row.updates:
        facts.append("- again by the same party: an update")
    if row.control:
        facts.append("- control entry: yes")
    if row.first_party_only:
        facts.append("- basis: `first_party` only")
    if row.fixed:
        facts.append("- can be neither corrected nor voided")
    return f"### {row.name}\n\n{_struct_section(row.data, facts)}"


def _asserted_by(row: EventType) -> str:
    if row.roles == ANY_PARTY:
        who = "any party"
    elif row.roles == TRADE_ROLES:
        who = "any trade role"
    elif row.roles > TRADE_ROLES:
        who = " or ".join(["any trade role", *sorted(row.roles - TRADE_ROLES)])
    else:
        who = " or ".join(sorted(row.roles))
    if row.relational:
        who += f", as {' or '.join(row.relational)}"
    return f"{who}; named in `{row.acting}`" if row.acting else who


def _fields(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _struct_section(struct: type[Struct], facts: list[str] | None = None) -> str:
    """Return prose, facts and the table of fields of a struct."""
    described = described_fields(struct)
    hints = get_type_hints(struct, include_extras=True)
    rows = [
        f"| `{name}` | {_type(hints[name])} | {described.get(name, '')} |"
        for name in struct.__struct_fields__
    ]
    table = "\n".join(["| field | type | meaning |", "|---|---|---|", *rows]) if rows else ""
    blocks = [_prose(struct), "\n".join(facts or []), table]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _prose(struct: type[Struct]) -> str:
    return _docstring(struct).split("Attributes:")[0].strip()


def _docstring(kind: type) -> str:
    """Return the docstring that stands in a class itself, without its indentation."""
    return inspect.cleandoc(vars(kind).get("__doc__") or "")


def described_fields(struct: type[Struct]) -> dict[str, str]:
    """Return what the Attributes sections of a struct and its bases say of each field."""
    found: dict[str, str] = {}
    for kind in reversed(struct.__mro__):
        _, _, section = _docstring(kind).partition("Attributes:\n")
        for name, meaning in re.findall(r"^ {4}(\w+): ((?:.|\n {5,})+)", section, re.MULTILINE):
            found[name] = " ".join(meaning.split()).replace("|", "\\|")
    return found


def _type(hint: Any) -> str:
    parts = alternatives(hint)
    names = [_one_type(part) for part in parts if part is not NoneType]
    return " or ".join(names) + (" or `null`" if NoneType in parts else "")


def _one_type(hint: Any) -> str:
    for module in (canonical, occurred, base):
        for name, words in WORDS.items():
            if getattr(module, name, None) == hint:
                return words
    meta = next((one for one in getattr(hint, "__metadata__", ()) if isinstance(one, Meta)), None)
    if meta is not None:
        kind = meta.extra and meta.extra["kind"]
        return f"{kind} identifier" if kind else _one_type(get_args(hint)[0]) + _bounds(meta)
    if get_origin(hint) is tuple:
        return f"list of {_type(get_args(hint)[0])}"
    if get_origin(hint) is Literal:
        return ", ".join(f"`{value}`" for value in get_args(hint))
    if isinstance(hint, type) and issubclass(hint, Struct):
        return f"[{hint.__name__}](#{hint.__name__.lower()})"
    return PLAIN[hint]


def _bounds(meta: Meta) -> str:
    if meta.pattern:
        return f" matching `{meta.pattern}`".replace("|", "\\|")
    return "" if meta.ge is None else f" from {meta.ge:,}" + (f" to {meta.le:,}" if meta.le else "")


def nested_structs() -> list[type[Struct]]:
    """Return the structs that stand in fields of the statement or of an event, by name."""
    found: dict[str, type[Struct]] = {}
    seen: list[type[Struct]] = [base.Statement, *(row.data for row in EVENT_TYPES.values())]
    while seen:
        members = get_type_hints(seen.pop(), include_extras=True).values()
        fresh = [one for member in members for one in _structs(member)]
        seen += [one for one in fresh if one.__name__ not in found]
        found |= {one.__name__: one for one in fresh}
    return [found[name] for name in sorted(found)]


def _structs(hint: Any) -> list[type[Struct]]:
    if isinstance(hint, type) and issubclass(hint, Struct):
        return [hint]
    return [one for part in get_args(hint) for one in _structs(part)]
