"""Serial numbers of a file that the ledger has elsewhere already."""

from collections.abc import Iterator, Mapping, Sequence

from commands.act import Act
from commands.importers.table import Problem, Table

_AT_A_TIME = 500
_NEWEST = """
    SELECT unit.serial, unit.rack, unit.event_idx,
        max(unit.valid_at || printf('%012d', unit.event_idx)) AS newest
    FROM unit JOIN counting USING (event_idx)
    WHERE counting.to_idx IS NULL AND unit.event_idx <> ? AND unit.serial IN ({serials})
    GROUP BY unit.serial"""
_FILLED = """
    SELECT rack FROM posting
    WHERE book = 'possession' AND substr(holder, 1, 1) <> '@' AND rack = ?
    GROUP BY rack HAVING sum(quantity) > 0"""


def recorded_elsewhere(
    act: Act, table: Table, racks: Mapping[str, str | None], *, opening: bool
) -> list[Problem]:
    """Return a problem for each serial number that is recorded in another place.

    Args:
        act: what is about to be recorded.
        table: where the serial numbers stand.
        racks: serial number in lower case, to the rack that the file says it is in.
        opening: whether any record of it is one too many, also that of a batch or a loose unit.
    """
    lines = {str(row.values.get("serial")).lower(): row.line for row in table.rows}
    filled: dict[str, bool] = {}
    problems = []
    for serial, rack, entry in _newest(act, list(racks)):
        if rack is None and not opening:
            continue
        if rack is not None:
            if rack.lower() == (racks[serial.lower()] or "").lower() and not opening:
                continue
            key = rack.lower()
            if key not in filled:
                filled[key] = bool(list(act.view.rows(_FILLED, (rack,))))
            if not filled[key] and not opening:
                continue
        place = "in no rack" if rack is None else f"in rack {rack}"
        message = f"serial {serial} is recorded {place} already, by entry {entry}"
        problems.append(Problem(lines[serial.lower()], "SERIAL-RECORDED", message, "serial"))
    return problems


def in_another_rack(act: Act, table: Table, rack: str | None = None) -> list[Problem]:
    """Return a problem for each row whose serial number is recorded in another rack.

    Args:
        act: what is about to be recorded.
        table: the rows.
        rack: the rack of rows that name none, or None.
    """
    told = {
        str(row.values["serial"]).lower(): row.values.get("rack") or rack
        for row in table.rows
        if row.values.get("serial")
    }
    return recorded_elsewhere(act, table, told, opening=False)


def _newest(act: Act, serials: Sequence[str]) -> Iterator[tuple[str, str | None, int]]:
    """Yield serial number, rack and entry of the newest record of each one."""
    without = -1 if act.standing is None else act.standing.index
    for start in range(0, len(serials), _AT_A_TIME):
        part = serials[start : start + _AT_A_TIME]
        sql = _NEWEST.format(serials=", ".join("?" * len(part)))
        for row in act.view.rows(sql, (without, *part)):
            rack = None if row["rack"] is None else str(row["rack"])
            yield str(row["serial"]), rack, int(str(row["event_idx"]))
