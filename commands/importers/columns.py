"""Which column of a list is which: by its usual names, or by what a layout says."""

import re
from collections.abc import Mapping, Sequence

from commands.importers.layout import NO_LAYOUT, Layout
from ledger.errors import Malformed

_NUMBER = re.compile(r"(?:numbers?|num|nos?|nr)\Z")


def find_columns(
    head: Sequence[str],
    where: str,
    columns: Mapping[str, Sequence[str]],
    layout: Layout = NO_LAYOUT,
) -> tuple[dict[str, int], tuple[str, ...]]:
    """Return the place of each column that was found, and the names of the others.

    Raises:
        Malformed: CSV-COLUMNS where two mean the same, or one that a layout names is not there;
            LAYOUT-COLUMN where a layout is of a column that nobody reads.
    """
    meant = {other: name for other, name in meanings(columns).items() if name not in layout.columns}
    for name, heading in layout.columns.items():
        if name not in columns:
            raise Malformed(
                "LAYOUT-COLUMN",
                f"no column is called {name!r}",
                where="columns",
                hint=f"the columns are {', '.join(columns)}",
            )
        meant[folded(heading)] = name
    at: dict[str, int] = {}
    ignored: list[str] = []
    for place, cell in enumerate(head):
        means = meaning(meant, cell)
        if means is None:
            ignored.append(cell.strip() or f"column {place + 1}")
        elif means in at:
            raise Malformed(
                "CSV-COLUMNS",
                f"{head[at[means]].strip()!r} and {cell.strip()!r} both mean {means}",
                where=where,
                hint=f"keep one of them, or say which: --column {means}=HEADING",
            )
        else:
            at[means] = place
    lost = [text for name, text in layout.columns.items() if name not in at]
    if lost:
        raise Malformed(
            "CSV-COLUMNS",
            f"there is no column {' and no '.join(lost)}, which the layout names",
            where=where,
            hint="compare the head of the file with --column and --map",
        )
    return at, tuple(ignored)


def no_columns(
    absent: Sequence[str], where: str, columns: Mapping[str, Sequence[str]]
) -> Malformed:
    """Return the error of a head without these columns."""
    if not absent:
        return Malformed(
            "CSV-COLUMNS",
            "no row names a column that is read",
            where=where,
            hint=f"one line names the columns, such as {', '.join(columns)}; --column"
            f" {next(iter(columns))}=HEADING says which is which",
        )
    usual = "; ".join(f"{name}: {', '.join(columns[name])}" for name in absent)
    return Malformed(
        "CSV-COLUMNS",
        f"there is no column {' and no '.join(absent)}",
        where=where,
        hint=f"one line names the columns; other names are understood ({usual}), and --column"
        f" {absent[0]}=HEADING says which it is",
    )


def meanings(columns: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return which column each of their usual names is of."""
    return {other: name for name, others in columns.items() for other in (name, *others)}


def meaning(meant: Mapping[str, str], heading: str) -> str | None:
    """Return which column a heading is of: `Cabinet No.` is the cabinet, as is `Cabinet`."""
    name = folded(heading)
    return meant.get(name) or meant.get(_NUMBER.sub("", name))


def folded(heading: str) -> str:
    """Return the name of a column without blanks, case and punctuation."""
    return re.sub(r"[\W_]", "", heading.lower())
