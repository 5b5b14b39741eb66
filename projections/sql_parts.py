"""What several SQL files read by, written once: `projections/findings/parts/`.

A question or a rule names parts in its head, under `with`. A part is one common table expression
or a few that belong together, and may name others that it needs; some read by one that the file
itself has, and say so in their head.
"""

import re
from collections.abc import Iterable
from functools import cache
from importlib import resources

from ledger.errors import Malformed

_WITH = re.compile(r"^-- with: (.+)$", re.MULTILINE)
_BEGINS = re.compile(r"^\s*WITH\s+(?:RECURSIVE\s+)?", re.IGNORECASE)


def with_parts(text: str, where: str) -> str:
    """Return a file's text with the parts that its head names put before its own.

    Raises:
        Malformed: SQL-HEADER where there is no part of a name.
    """
    head, body = _split(text)
    named = _WITH.search(head)
    if named is None:
        return text
    try:
        parts = _parts(re.split(r"[,\s]+", named[1].strip())).values()
    except KeyError as error:
        raise Malformed(
            "SQL-HEADER",
            f"the head is not well-formed: there is no part {error}",
            where=where,
            hint="the files in projections/findings/parts/ are the parts",
        ) from error
    joined = ",\n".join(parts)
    begins = _BEGINS.match(body)
    rest = f",\n{body[begins.end() :]}" if begins else f"\n{body}"
    return f"{head}\nWITH RECURSIVE {joined}{rest}"


def _split(text: str) -> tuple[str, str]:
    lines = text.split("\n")
    count = next((n for n, line in enumerate(lines) if not line.startswith("--")), len(lines))
    return "\n".join(lines[:count]), "\n".join(lines[count:]).strip()


def _parts(names: Iterable[str]) -> dict[str, str]:
    """Return parts by name and those that they need, each after what it needs.

    Raises:
        KeyError: with a name that no part has.
    """
    found: dict[str, str] = {}
    shipped = _shipped_parts()
    for name in names:
        needs, body = shipped[name]
        found |= {one: text for one, text in _parts(needs).items() if one not in found}
        found.setdefault(name, body)
    return found


@cache
def _shipped_parts() -> dict[str, tuple[tuple[str, ...], str]]:
    """Return each part: what it needs, and its text."""
    found = {}
    for file in resources.files("projections.findings.parts").iterdir():
        if file.name.endswith(".sql"):
            head, body = _split(file.read_text(encoding="utf-8"))
            named = _WITH.search(head)
            needs = () if named is None else tuple(named[1].replace(",", " ").split())
            found[file.name.removesuffix(".sql")] = (needs, body)
    return found
