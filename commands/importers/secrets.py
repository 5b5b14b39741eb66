"""Passwords and other secrets in a file: such a file is never stored, and its digest is not signed.

A short password can be guessed from the digest of a file whose other bytes are known. What was read
of the file stands as evidence in its place.
"""

import re
from collections.abc import Iterator, Sequence

from commands.importers.columns import folded
from commands.importers.table import letters, value_of

_NAME = re.compile(
    r"password|passwd|passphrase|pwd$|secret|credential|privatekey|apikey|token$"
    r"|(bmc|ipmi|idrac|ilo|admin|root|user)pass$"
)
_TEXT = re.compile(
    r"\b(?:password|passwd|passphrase|pwd|secret|api[ _-]?key|token)\b[\"']?\s*[:=]\s*[^\s,;]"
    r"|://[^/\s:@]+:[^/\s@]+@"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY",
    re.IGNORECASE,
)
_NAMED_MAX = 5


_HINTS = ("pass", "pwd", "secret", "credential", "private", "api", "token", "://")


def may_be_in(text: str) -> bool:
    """Say whether a text is worth a closer look: most files are not."""
    lowered = text.lower()
    return any(one in lowered for one in _HINTS)


def is_secret_name(name: str) -> bool:
    """Say whether what stands under a name is to be kept secret."""
    return _NAME.search(folded(name)) is not None


def in_text(text: str, where: str) -> Iterator[str]:
    """Yield where a text holds a secret: the lines, the first five of them."""
    for count, found in enumerate(_TEXT.finditer(text)):
        if count == _NAMED_MAX:
            return
        line = text.count("\n", 0, found.start()) + 1
        yield f"{where}:{line}"


def in_cells(rows: Sequence[Sequence[str]], where: str) -> Iterator[str]:
    """Yield the cells that name a secret with something below them, or beside."""
    names: dict[str, bool] = {}
    for line, row in enumerate(rows):
        for place, cell in enumerate(row):
            if cell not in names:
                names[cell] = is_secret_name(cell)
            if names[cell] and _is_followed(rows, line, place):
                yield f"{where}, cell {letters(place)}{line + 1}"


def _is_followed(rows: Sequence[Sequence[str]], line: int, place: int) -> bool:
    beside = rows[line][place + 1 : place + 2]
    below = (cell for row in rows[line + 1 :] for cell in row[place : place + 1])
    return any(value_of(cell) is not None for cell in (*beside, *below))


def in_tree(tree: object, where: str, *, depth_max: int = 100) -> Iterator[str]:
    """Yield the members of a JSON document that name a secret and hold one."""
    if not depth_max:
        return
    if isinstance(tree, dict):
        for name, value in tree.items():
            path = f"{where}/{name}"
            if isinstance(value, str) and is_secret_name(str(name)) and value_of(value):
                yield path
            yield from in_tree(value, path, depth_max=depth_max - 1)
    elif isinstance(tree, list):
        for number, value in enumerate(tree):
            yield from in_tree(value, f"{where}/{number}", depth_max=depth_max - 1)
