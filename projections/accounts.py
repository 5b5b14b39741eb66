"""Accounts, lots, and what stands in them: where the postings of a page go.

A posting says that so many GPUs of one lot came into one account, or left it. Lots and accounts
are written once and named by number: a log has millions of postings, and few accounts. Beside the
postings stand their sums, of each account and of each lot in it, so that a question about what is
there now need not add up all that ever moved. Sums do not depend on how the postings came in.
"""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence

from projections.books import Posting

Key = tuple[str | None, ...]

_ACCOUNT = ("book", "model", "holder", "site", "state", "shipment", "owner", "lessee", "lease")
_MOST_TELLING_FIRST = (
    "shipment", "lease", "site", "holder", "owner", "lessee", "state", "model", "book",
)  # fmt: skip
_LOT = ("batch", "rack")

TABLES: tuple[str, ...] = (
    # An account of a book, for one model; quantity: all that its postings come to.
    """CREATE TABLE account (
        account INTEGER PRIMARY KEY,
        book TEXT NOT NULL,
        model TEXT NOT NULL COLLATE NOCASE,
        holder TEXT COLLATE NOCASE,
        site TEXT COLLATE NOCASE,
        state TEXT,
        shipment TEXT COLLATE NOCASE,
        owner TEXT COLLATE NOCASE,
        lessee TEXT COLLATE NOCASE,
        lease TEXT COLLATE NOCASE,
        quantity INTEGER NOT NULL)""",
    # Units that move together: of one batch, loose or in one rack.
    """CREATE TABLE lot (
        lot INTEGER PRIMARY KEY,
        batch TEXT COLLATE NOCASE,
        rack TEXT COLLATE NOCASE)""",
    # idx: the entry by which the event started to count, or, negated, stopped.
    """CREATE TABLE posted (
        id INTEGER PRIMARY KEY,
        idx INTEGER NOT NULL,
        event_idx INTEGER NOT NULL,
        lot INTEGER NOT NULL,
        account INTEGER NOT NULL,
        quantity INTEGER NOT NULL)""",
    # What the postings of a lot to an account come to. came: the one event by which units came
    # there; NULL: none ever did; -1: several did, or what one posted was reversed.
    """CREATE TABLE balance (
        lot INTEGER NOT NULL,
        account INTEGER NOT NULL,
        quantity INTEGER NOT NULL,
        came INTEGER,
        PRIMARY KEY (lot, account)) WITHOUT ROWID""",
    # The same as `posted`, all racks of a batch in one row.
    """CREATE TABLE movement (
        idx INTEGER NOT NULL,
        event_idx INTEGER NOT NULL,
        account INTEGER NOT NULL,
        batch TEXT COLLATE NOCASE,
        quantity INTEGER NOT NULL)""",
)
VIEWS: tuple[str, ...] = (
    # One side of a move, with all that is known of its account and lot. The plus sign: a question
    # that looks at a moment does not start from all events before it.
    """CREATE VIEW posting AS
        SELECT posted.id, posted.idx, posted.event_idx, account.book, account.model, lot.batch,
               lot.rack, account.holder, account.site, account.state, account.shipment,
               account.owner, account.lessee, account.lease, posted.quantity,
               +event.valid_at AS valid_at
        FROM posted
        JOIN account ON account.account = posted.account
        JOIN lot ON lot.lot = posted.lot
        JOIN event ON event.idx = posted.event_idx""",
)
KEYS: tuple[str, ...] = (
    f"CREATE INDEX account_by_all ON account ({', '.join(_MOST_TELLING_FIRST)})",
    "CREATE INDEX lot_by_rack ON lot (rack, batch)",
)
"""Indexes that catching up itself reads by."""
INDEXES: tuple[str, ...] = (
    "CREATE INDEX account_by_holder ON account (holder) WHERE holder IS NOT NULL",
    "CREATE INDEX account_by_site ON account (site) WHERE site IS NOT NULL",
    "CREATE INDEX account_by_shipment ON account (shipment) WHERE shipment IS NOT NULL",
    "CREATE INDEX account_by_owner ON account (owner) WHERE owner IS NOT NULL",
    "CREATE INDEX account_by_lessee ON account (lessee) WHERE lessee IS NOT NULL",
    "CREATE INDEX account_by_lease ON account (lease) WHERE lease IS NOT NULL",
    "CREATE INDEX lot_by_batch ON lot (batch) WHERE batch IS NOT NULL",
    "CREATE INDEX posted_by_event ON posted (event_idx)",
    "CREATE INDEX posted_by_lot ON posted (lot, account)",
    "CREATE INDEX posted_by_account ON posted (account)",
    # what stands, and nothing that is gone
    "CREATE INDEX balance_by_account ON balance (account, lot, quantity, came) WHERE quantity <> 0",
    "CREATE INDEX movement_by_account ON movement (account)",
    "CREATE INDEX movement_by_batch ON movement (batch) WHERE batch IS NOT NULL",
    "CREATE INDEX movement_by_event ON movement (event_idx)",
)


_SEVERAL = -1
_BALANCE = """
    INSERT INTO balance VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET
      quantity = quantity + excluded.quantity,
      came = CASE WHEN excluded.came IS NULL THEN came
                  WHEN came IS NULL OR came = excluded.came THEN excluded.came
                  ELSE -1 END"""


class Posted:
    """The postings of one page, until they are written."""

    def __init__(self) -> None:
        """Begin without any."""
        self._sides: list[tuple[int, int, int, int, int, int | None]] = []
        self._lots: dict[Key, int] = {}
        self._accounts: dict[Key, int] = {}

    def add(self, by: int, event_idx: int, postings: Iterable[Posting], sign: int) -> None:
        """Take in what an event posts by an entry; sign -1: what it posted is reversed."""
        lots, accounts, sides = self._lots, self._accounts, self._sides
        for one in postings:
            account = (
                one.book, one.model, one.holder, one.site, one.state, one.shipment, one.owner,
                one.lessee, one.lease,
            )  # fmt: skip
            quantity = one.quantity
            came = _SEVERAL if sign < 0 else event_idx if quantity > 0 else None
            lot = lots.setdefault((one.batch, one.rack), len(lots))
            place = accounts.setdefault(account, len(accounts))
            sides.append((by, event_idx, lot, place, sign * quantity, came))

    def write(self, connection: sqlite3.Connection) -> None:
        """Write them in a transaction that the caller holds, and bring the sums up to date."""
        if not self._sides:
            return
        lots = _numbers(connection, "lot", _LOT, list(self._lots))
        accounts = _numbers(connection, "account", _ACCOUNT, list(self._accounts))
        rows = []
        sums: dict[tuple[int, int], tuple[int, int | None]] = {}
        moved: defaultdict[tuple[int, int, int, str | None], int] = defaultdict(int)
        batches = [batch for batch, _ in self._lots]
        for idx, event_idx, in_lot, in_account, quantity, by in self._sides:
            lot, account = lots[in_lot], accounts[in_account]
            rows.append((idx, event_idx, lot, account, quantity))
            moved[idx, event_idx, account, batches[in_lot]] += quantity
            before, came = sums.get((lot, account), (0, None))
            if by is not None and by != came:
                came = by if came is None else _SEVERAL
            sums[lot, account] = before + quantity, came
        connection.executemany("INSERT INTO posted VALUES (NULL, ?, ?, ?, ?, ?)", rows)
        connection.executemany(_BALANCE, [(*place, *summed) for place, summed in sums.items()])
        connection.executemany(
            "INSERT INTO movement VALUES (?, ?, ?, ?, ?)",
            [(*key, sum_) for key, sum_ in moved.items()],
        )
        in_accounts: defaultdict[int, int] = defaultdict(int)
        for (_, _, account, _), quantity in moved.items():
            in_accounts[account] += quantity
        connection.executemany(
            "UPDATE account SET quantity = quantity + ?2 WHERE account = ?1",
            list(in_accounts.items()),
        )


def _numbers(
    connection: sqlite3.Connection, table: str, columns: tuple[str, ...], keys: Sequence[Key]
) -> list[int]:
    """Return the number of each key in a table; new ones are numbered in their order."""
    same = " AND ".join(
        f"{name} IS json_extract(value, '$[{n}]')" for n, name in enumerate(columns)
    )
    found = connection.execute(
        f"SELECT key, {table} FROM json_each(?) CROSS JOIN {table} ON {same}",  # noqa: S608  our own names
        (json.dumps(keys),),
    )
    numbers: dict[int, int] = dict(found.fetchall())
    (last,) = connection.execute(f"SELECT coalesce(max({table}), 0) FROM {table}").fetchone()  # noqa: S608  our own names
    new: dict[Key, int] = {}
    rows = []
    for place, key in enumerate(keys):
        if place not in numbers:
            plain = tuple(one and one.lower() for one in key)
            if plain not in new:
                new[plain] = last = last + 1
                rows.append((last, *key, *((0,) if table == "account" else ())))
            numbers[place] = new[plain]
    if rows:
        marks = ", ".join("?" * len(rows[0]))
        connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608  our own names
    return [numbers[place] for place in range(len(keys))]
