"""What a report is of: everything, or one thing in its recorded spelling."""

from collections.abc import Mapping

from commands.context import Desk
from commands.names import Kind, Names
from ledger.errors import Malformed
from projections.reports.model import Scope

TRANSACTION = "transaction"
_SHOWN = 5
_BY_PAPER = """
    SELECT DISTINCT named.kind, named.value
    FROM reference JOIN named ON named.event_idx = reference.event_idx
      AND named.kind IN ('shipment', 'lease')
    WHERE reference.value = ? AND (? IS NULL OR reference.type = ?)
    ORDER BY named.kind, named.value"""


def scope_of(desk: Desk, given: Mapping[str, str]) -> Scope:
    """Return the scope that options name: none, or one kind with its name.

    Raises:
        Malformed: REPORT-SCOPE for what nobody recorded, NAME.
    """
    for kind, text in given.items():
        if kind == TRANSACTION:
            return _transaction(desk, text)
        named: Kind = kind  # type: ignore[assignment]  # the other options are kinds
        names = Names(desk.view())
        spelled = names.spelled(named, text)
        if not names.knows(named, spelled):
            raise Malformed(
                "REPORT-SCOPE",
                f"the {kind} {spelled} was never recorded",
                where=f"--{kind}",
                hint="; ".join(names.doubts) or "`chipledger show NAME` tells what is known of it",
            )
        return Scope(kind=kind, name=spelled)
    return Scope()


def _transaction(desk: Desk, text: str) -> Scope:
    """Return the one shipment or lease that a name, or a number on its papers, stands for."""
    names = Names(desk.view())
    kinds: tuple[Kind, ...] = ("shipment", "lease")
    for kind in kinds:
        if names.knows(kind, text):
            return Scope(kind=kind, name=names.as_recorded(kind, text))
    type_, colon, value = text.partition(":")
    bound = (value, type_, type_) if colon else (text, None, None)
    found = [(str(row["kind"]), str(row["value"])) for row in desk.view().rows(_BY_PAPER, bound)]
    if len(found) == 1:
        [(one, name)] = found
        return Scope(kind=one, name=name)
    listed = ", ".join(f"--{one} {name}" for one, name in found[:_SHOWN])
    more = len(found) - _SHOWN
    raise Malformed(
        "REPORT-SCOPE",
        f"{text[:60]!r} names {len(found):,} shipments and leases",
        where="--transaction",
        hint=(f"choose {listed}" + (f" or one of {more:,} more" if more > 0 else ""))
        if found
        else "name a shipment, a lease, or a number on its papers as TYPE:VALUE",
    )
