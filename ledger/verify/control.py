"""The control chain: who was who, read backwards from the last entry, folded forwards.

Each entry names the newest control entry before it. The reduce pass recomputes that chain from
all entries; here it is followed first, because it names the ledger's own keys.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ledger.authority import Authority
from ledger.entry import decode_entry, read_event
from ledger.errors import Malformed, Unavailable
from ledger.events.ledger import LedgerOpened
from ledger.verify.report import Mark

ReadEntry = Callable[[int], bytes]
"""Returns the bytes at a position."""

SEES_ALL = 2**53
"""No position lies behind it."""


@dataclass(slots=True)
class Control:
    """What the control chain says.

    Attributes:
        authority: folded over the chain.
        blind_after: position of the first control entry of a type that this version does not know;
            nobody's rights behind it can be judged.
        chain: positions of the control entries from entry 0 on, and of the last entry.
        mark: why the chain could not be read, or None.
    """

    authority: Authority = field(default_factory=Authority)
    blind_after: int = SEES_ALL
    chain: Sequence[int] = ()
    mark: Mark | None = None


def read_control(read: ReadEntry, size: int) -> Control:
    """Read and fold the control chain of a log of `size` entries, at least one."""
    control = Control()
    index = size - 1
    chain = [index]
    try:
        while index > 0:
            earlier = decode_entry(read(index)).control
            if earlier >= index:
                expected = f"a position before {index}"
                control.mark = Mark("CONTROL-CHAIN", index, expected, str(earlier))
                return control
            index = earlier
            chain.append(index)
        control.chain = chain[::-1]
        for index in control.chain:
            statement = read_event(index, read(index)).statement
            if isinstance(statement.data, LedgerOpened) == (index == 0):
                control.authority.apply(index, statement)
            elif index == 0:
                control.mark = Mark("ENTRY0-MALFORMED", 0, "LedgerOpened", statement.type)
                break
            # a second opening opens nothing; the rights pass marks it
    except Malformed as error:
        code = "ENTRY-MALFORMED" if index else "ENTRY0-MALFORMED"
        control.mark = Mark(code, index, "its one canonical spelling", str(error))
    except Unavailable as error:
        if error.code != "TYPE-UNKNOWN":
            raise
        control.blind_after = index
        if index == 0:
            control.mark = Mark("TYPE-UNKNOWN", 0, "LedgerOpened", error.message)
    return control
