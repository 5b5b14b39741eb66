"""Accounts that an event would bring below zero, as the read models stand."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from commands.supposed import as_event
from ledger.events import EVENT_TYPES
from ledger.events.base import Statement
from projections.books import Posting, postings
from projections.books.posting import UNALLOCATED
from projections.view import View

ACCOUNTS = {
    "possession": ("holder", "site", "state", "shipment", "model", "batch", "rack"),
    "title": ("owner", "model", "batch"),
    "use": ("lessee", "lease", "model", "site"),
}
"""Book to the columns that make an account, the first of which names who has it."""

_SHOWN = 5
Account = tuple[str, tuple[str | None, ...]]


def shortfalls(view: View, *statements: Statement) -> Iterator[str]:
    """Yield a line for each account that the statements together would bring below zero, a few."""
    changes: defaultdict[Account, int] = defaultdict(int)
    for statement in statements:
        if _is_another_version(view, statement):
            continue
        moved = postings(as_event(statement))
        for posting in moved:
            changes[_account(posting)] += posting.quantity
        for account, quantity in _replaced(view, statement).items() if moved else ():
            changes[account] -= quantity
    yield from _short(view, changes)


def reversal_shortfalls(view: View, idx: int) -> Iterator[str]:
    """Yield a line for each account that would be below zero without the event of entry `idx`."""
    changes: defaultdict[Account, int] = defaultdict(int)
    for row in view.rows("SELECT * FROM posting WHERE event_idx = ?", (idx,)):
        changes[_account_of(row)] -= int(str(row["quantity"]))
    yield from _short(view, changes)


def _short(view: View, changes: Mapping[Account, int]) -> Iterator[str]:
    """Yield what these changes would leave below zero, the first few."""
    short = []
    for account, change in changes.items():
        if change < 0 and _may_be_short(account):
            left = _balance(view, account) + change
            if left < 0:
                short.append(_words(account, left))
    yield from sorted(short)[:_SHOWN]
    if len(short) > _SHOWN:
        yield f"{len(short) - _SHOWN:,} more accounts would be below zero"


def _is_another_version(view: View, statement: Statement) -> bool:
    """Say whether another party told the same event before, so that only one of the two posts."""
    opened = EVENT_TYPES[statement.type].opened(statement.data)
    if opened is None or statement.corrects is not None:
        return False
    rows = view.rows("SELECT 1 AS one FROM event WHERE opened = ? LIMIT 1", (opened,))
    return any(True for _ in rows)


def _account(posting: Posting) -> Account:
    values = (getattr(posting, name) for name in ACCOUNTS[posting.book])
    return posting.book, tuple(None if one is None else one.lower() for one in values)


def _replaced(view: View, statement: Statement) -> dict[Account, int]:
    """Return what the event that the statement corrects has posted, by account."""
    found: defaultdict[Account, int] = defaultdict(int)
    if statement.corrects is None:
        return found
    sql = "SELECT * FROM posting WHERE event_idx = (SELECT idx FROM event WHERE id = ?)"
    for row in view.rows(sql, (statement.corrects.id,)):
        found[_account_of(row)] += int(str(row["quantity"]))
    return found


def _account_of(row: Mapping[str, object]) -> Account:
    book = str(row["book"])
    values = (row[name] for name in ACCOUNTS[book])
    return book, tuple(None if one is None else str(one).lower() for one in values)


def _may_be_short(account: Account) -> bool:
    holder = account[1][0] or ""
    return not holder.startswith("@") or holder == UNALLOCATED


def _balance(view: View, account: Account) -> int:
    book, values = account
    terms = [
        f"{name} IS NULL" if value is None else f"{name} = ?"
        for name, value in zip(ACCOUNTS[book], values, strict=True)
    ]
    given = [book, *(one for one in values if one is not None)]
    where = " AND ".join(terms)  # our own column names
    sql = f"SELECT coalesce(sum(quantity), 0) AS held FROM posting WHERE book = ? AND {where}"  # noqa: S608  as said
    return next(int(str(row["held"])) for row in view.rows(sql, given))


def _words(account: Account, left: int) -> str:
    book, values = account
    if book == "use":
        lessee, _, model, site = values
        if lessee == UNALLOCATED:
            return f"{-left:,} GPUs of {model} more than run at {site} (LEASE-OVER-CAPACITY)"
    named = ", ".join(
        f"{name} {value}"
        for name, value in zip(ACCOUNTS[book], values, strict=True)
        if value is not None
    )
    return f"{book}: {left:,} GPUs would be left with {named} (NEG-BALANCE)"
