"""Rights in an audit: `ledger.rights.may`, asked once for what it answers alike."""

from bisect import bisect_left
from collections.abc import Hashable

from ledger.authority import Authority
from ledger.errors import LedgerError
from ledger.events import EVENT_TYPES
from ledger.events.base import Statement
from ledger.rights import may


class RightsJudge:
    """Answers for every position of a log whose authority is folded.

    What a statement may that changes no authority depends on who says it, on what ground and of
    whom, and on the authority at its position, which is the same between two changes of it.
    """

    def __init__(self, authority: Authority, *, remembered: int = 10_000) -> None:
        """Take the folded authority; at most so many answers are remembered."""
        self._authority = authority
        self._remembered = remembered
        self._changes = sorted(_changes(authority))
        self._allowed: set[Hashable] = set()

    def error(self, statement: Statement, index: int) -> LedgerError | None:
        """Return why a statement may not stand at a position, or None."""
        question = self._question(statement, index)
        if question in self._allowed:
            return None
        try:
            may(self._authority, statement, index)
        except LedgerError as error:
            return error
        if question is not None:
            if len(self._allowed) >= self._remembered:
                self._allowed.clear()
            self._allowed.add(question)
        return None

    def _question(self, statement: Statement, index: int) -> Hashable:
        """Return all that the answer depends on, or None for a statement that is like no other."""
        asked = None if index == 0 else alike(statement)
        return None if asked is None else (bisect_left(self._changes, index), asked)


def alike(statement: Statement) -> Hashable:
    """Return what `may` looks at of a statement, beside the authority; None for one of a kind."""
    row = EVENT_TYPES[statement.type]
    if row.control:
        return None
    return (
        statement.type,
        statement.ledger,
        statement.asserted_by,
        statement.basis,
        statement.signatories,
        row.actor(statement.data),
        bool(statement.documents),
    )


def _changes(authority: Authority) -> set[int]:
    """Return the positions behind which authority differs from what it was up to them."""
    grants = [*authority.roles.values(), *authority.agencies.values()]
    found = {grant.start for many in grants for grant in many}
    found |= {grant.end for many in grants for grant in many}
    found |= {key.enrolled for key in authority.keys.values()}
    found |= {key.revoked for key in authority.keys.values() if key.revoked is not None}
    return found | set(authority.parties.values()) | {start for start, *_ in authority.rights}
