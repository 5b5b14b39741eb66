"""What SQLite is told of the tables, instead of counting them.

The figures are those of a large ledger, so that a question is gone about in the same way in every
file, whatever its size.
"""

_MANY = "10000000000"
_MORE = "1000000000000000000"
"""Rows in all, of what a question begins with and of what it looks up: more than any table has. A
filter over a whole table (a Bloom filter) is then never thought worth making."""

_ROWS: tuple[tuple[str, str, str], ...] = (
    ("document_ref", "document_ref_by_event", "2"),
    ("document_ref", "document_ref_by_sha256", "2"),
    ("reference", "reference_by_event", "2"),
    ("reference", "reference_by_value", "2"),
    ("named", "named_by_value", "1000000000 20 1"),
    ("named", "named_by_event", "11"),
    ("line", "line_by_event_idx", "6"),
    ("line", "line_by_rack", "10"),
    ("line", "line_by_batch", "400"),
    ("unit", "unit_by_serial", "2"),
    ("unit", "unit_by_rack", "72"),
    ("sighting", "sighting_by_serial", "2"),
    ("sighting", "sighting_by_rack", "72"),
    ("sighting", "sighting_by_event", "1000"),
    ("account", "account_by_all", "30 30 30 2 2 1 1 1 1"),
    ("account", "account_by_holder", "9000"),
    ("account", "account_by_site", "9000"),
    ("account", "account_by_shipment", "3"),
    ("account", "account_by_owner", "1000"),
    ("account", "account_by_lessee", "1000"),
    ("account", "account_by_lease", "3"),
    ("lot", "lot_by_rack", "2 1"),
    ("lot", "lot_by_batch", "50"),
    ("posted", "posted_by_event", "12"),
    ("posted", "posted_by_lot", "16 2"),
    ("posted", "posted_by_account", "220"),
    ("balance", "balance", "10 1"),
    ("balance", "balance_by_account", "70 1 1 1"),
    ("movement", "movement_by_account", "60"),
    ("movement", "movement_by_batch", "100"),
    ("movement", "movement_by_event", "3"),
)
STATISTICS = tuple(
    (table, index, f"{_MANY if table == 'account' else _MORE} {each}")
    for table, index, each in _ROWS
)
"""Table, index, and rows in all and for one value of its first column, first two columns …

Nothing is said of events and of what counts: they are looked up by position."""
