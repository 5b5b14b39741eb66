"""One family of errors, each with a stable code that is documented and never reused.

Callers branch on the class or the code, people read the message and the hint:

* `Malformed`: bytes or arguments that are not what the format says.
* `Refused`: well-formed, but not allowed: signature, key, role, another ledger's event.
* `Conflict`: contradicts what is recorded: same id with other bytes, an identifier used again.
* `Tampered`: what is stored contradicts itself or what was shown before.
* `Unavailable`: something needed is absent, unknown, locked or busy; nothing is decided.
"""

from typing import ClassVar

EXIT_PASS = 0
EXIT_FAIL = 1
EXIT_USAGE = 2
EXIT_UNDECIDED = 3


class LedgerError(Exception):
    """Base of all errors that the ledger raises on purpose.

    Attributes:
        code: stable name, upper case with hyphens, such as `KEY-REVOKED`.
        message: what happened, one sentence without final full stop.
        where: the file, line, entry, field or step it is about, or None.
        hint: how to mend it, or None.
        exit_code: what a command line ends with: 2 usage, 3 undecided.
    """

    exit_code: ClassVar[int] = EXIT_USAGE

    def __init__(
        self, code: str, message: str, *, where: str | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        return f"{self.code}: {self.message}{place}"


class Malformed(LedgerError):  # noqa: N818  the family reads as verdicts, as in the specification
    """Bytes or arguments are not what the format says; nothing was written."""


class Refused(LedgerError):  # noqa: N818
    """Well-formed, but nobody with this key, role or ledger may record it."""


class Conflict(LedgerError):  # noqa: N818
    """Contradicts something already recorded."""


class Tampered(LedgerError):  # noqa: N818
    """What is stored contradicts itself or an earlier state: verify before going on."""

    exit_code: ClassVar[int] = EXIT_UNDECIDED


class Unavailable(LedgerError):  # noqa: N818
    """Something needed is absent, unknown, locked or busy; nothing is decided."""

    exit_code: ClassVar[int] = EXIT_UNDECIDED
