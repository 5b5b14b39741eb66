"""Docstrings as Google lays them out: prose, then sections of named entries; strictly read."""

import inspect
import re
import sys
from dataclasses import dataclass, field

ENTRIES = ("Args", "Attributes", "Raises")
TEXTS = ("Returns", "Yields")
_SECTION = re.compile(rf"^({'|'.join((*ENTRIES, *TEXTS))}):$")
_ENTRY = re.compile(r"^ {4}(\w[\w*, ]*): (\S.*)$")
_MORE = re.compile(r"^ {5,}(\S.*)$")


@dataclass(slots=True)
class Docstring:
    """What a docstring says.

    Attributes:
        prose: everything before the sections.
        sections: of each section with entries, what it says of each name; of each other section,
            its text under the empty name.
    """

    prose: str = ""
    sections: dict[str, dict[str, str]] = field(default_factory=dict)

    def entries(self, section: str) -> dict[str, str]:
        """Return what a section says of each name, nothing where there is no such section."""
        return self.sections.get(section, {})


def read_docstring(text: str, where: str) -> Docstring:
    """Return what a docstring says.

    Args:
        text: the docstring, indented or not.
        where: what it belongs to, for errors.

    Raises:
        SystemExit: a line of a section belongs to no entry.
    """
    found = Docstring()
    prose: list[str] = []
    section: dict[str, str] | None = None
    free = False
    name = ""
    for line in inspect.cleandoc(text).splitlines():
        head = _SECTION.match(line)
        if head is not None:
            section, name, free = {}, "", head[1] in TEXTS
            found.sections[head[1]] = section
        elif section is None:
            prose.append(line)
        elif line:
            entry = None if free else _ENTRY.match(line)
            if entry is not None:
                name = entry[1]
                section[name] = entry[2]
                continue
            more = _MORE.match(line) if not free and name else None
            if more is None and not (free and line.startswith("    ")):
                sys.exit(f"{where}: a line of its docstring belongs to no entry: {line!r}")
            section[name] = f"{section.get(name, '')} {line.strip()}".lstrip()
    found.prose = "\n".join(prose).strip()
    return found
