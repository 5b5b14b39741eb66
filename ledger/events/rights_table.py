"""The table of event types as a ledger names it: by the digest of the rights that it states."""

from ledger import canonical
from ledger.canonical import Canonical
from ledger.events import EVENT_TYPES


class RightsRow(Canonical, frozen=True, kw_only=True):
    """One row of the rights table as its digest covers it."""

    type: str
    acting: str | None
    roles: tuple[str, ...]
    expected: tuple[str, ...]
    needed: tuple[str, ...]
    opens: str | None
    control: bool
    first_party_only: bool
    updates: bool
    fixed: bool


def rights_table() -> bytes:
    """Return the canonical bytes of the rights that this table states; what their digest covers."""
    rows = tuple(
        RightsRow(
            type=row.name,
            acting=row.acting,
            roles=tuple(sorted(row.roles)),
            expected=row.expected,
            needed=row.needed,
            opens=row.opens[0] if row.opens else None,
            control=row.control,
            first_party_only=row.first_party_only,
            updates=row.updates,
            fixed=row.fixed,
        )
        for row in EVENT_TYPES.values()
    )
    return canonical.encode(canonical.ordered(*rows))
