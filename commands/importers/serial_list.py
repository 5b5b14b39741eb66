"""A list of serial numbers, one a row, and the batch manifest that it becomes."""

from collections.abc import Sequence

from commands.importers.serials import code_problem, no_zeros
from commands.importers.source_table import Asked, read_table
from commands.importers.table import Problem, reject
from ledger.draft import Document
from projections.units import BATCH_HEAD

SERIAL_COLUMN = ("serialnumber", "serialno", "sn", "gpuserial", "gpusn", "uid")


def read_serials(content: bytes, where: str) -> tuple[str, ...]:
    """Return the serial numbers of a CSV file, in its order.

    Raises:
        Malformed: as `read_table`; ROWS-REJECTED for serial numbers that are missing, repeated or
            not well-formed; CSV-EMPTY where there is none.
    """
    table = read_table(
        content, where, Asked(columns={"serial": SERIAL_COLUMN}, required=["serial"])
    )
    problems = list(table.problems)
    lines: dict[str, int] = {}
    found: list[str] = []
    for row in table.rows:
        serial = no_zeros(row.values["serial"])
        if serial is None:
            problems.append(
                Problem(row.line, "CELL-MISSING", "it names no serial number", "serial")
            )
            continue
        wrong = code_problem(row.line, "serial", serial) or repeated(row.line, serial, lines)
        if wrong is None:
            found.append(serial)
        else:
            problems.append(wrong)
    if problems or not found:
        reject(problems or [Problem(1, "CSV-EMPTY", "no serial number follows")], table.origin)
    return tuple(found)


def repeated(line: int, serial: str, lines: dict[str, int]) -> Problem | None:
    """Return a problem for a serial number that an earlier line has; take note of a new one."""
    first = lines.setdefault(serial.lower(), line)
    if first == line:
        return None
    return Problem(
        line, "SERIAL-REPEATED", f"serial {serial} stands on line {first} already", "serial"
    )


def manifest_of(batch: str, serials: Sequence[str]) -> Document:
    """Return the manifest of a batch, as the read models take it in."""
    text = "".join(f"{one}\n" for one in (*BATCH_HEAD, *map(quoted, serials)))
    return Document(text.encode(), "serial_manifest", f"Serials of {batch}", "text/csv")


def quoted(cell: str) -> str:
    """Return a cell as CSV writes it."""
    return f'"{cell.replace(chr(34), chr(34) * 2)}"' if set(cell) & set('",') else cell
