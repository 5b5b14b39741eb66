"""What a list of hardware says twice: serial numbers, places in a rack, facts of one rack."""

from commands.importers.serial_list import repeated
from commands.importers.table import Problem


class Repeats:
    """What earlier rows said, so that a later one that contradicts them is told with its line."""

    def __init__(self) -> None:
        self._serials: dict[str, int] = {}
        self._places: dict[tuple[str, str, str], int] = {}
        self._facts: dict[tuple[str, str], str] = {}

    def serial(self, line: int, serial: str | None) -> Problem | None:
        """Return a problem for a serial number that an earlier line has."""
        return None if serial is None else repeated(line, serial, self._serials)

    def place(self, line: int, rack: str, tray: str | None, slot: str | None) -> Problem | None:
        """Return a problem for a slot that an earlier line has filled."""
        if tray is None or slot is None:
            return None
        first = self._places.setdefault((rack.lower(), tray.lower(), slot.lower()), line)
        if first == line:
            return None
        message = f"rack {rack}, tray {tray}, slot {slot} stands on line {first} already"
        return Problem(line, "POSITION-REPEATED", message, "slot")

    def chassis(self, line: int, rack: str, chassis: str | None) -> Problem | None:
        """Return a problem for a rack with another chassis than before."""
        before = self._before("chassis", rack, chassis)
        if before is None:
            return None
        message = f"chassis {chassis} of rack {rack}, which has {before} before"
        return Problem(line, "CHASSIS-DIFFERS", message, "chassis")

    def model(self, line: int, rack: str, model: str | None) -> Problem | None:
        """Return a problem for a rack of another model than before."""
        before = self._before("model", rack, model)
        if before is None:
            return None
        message = f"model {model} of rack {rack}, which is a {before} before"
        return Problem(line, "MODEL-DIFFERS", message, "model")

    def _before(self, what: str, rack: str, value: str | None) -> str | None:
        """Return what was said of a rack before, where it differs from what is said now."""
        if value is None:
            return None
        before = self._facts.setdefault((what, rack.lower()), value)
        return None if before.lower() == value.lower() else before
