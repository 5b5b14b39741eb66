"""Where entries are kept: one table of bytes under one lock, and what can be rebuilt from it.

* `reader.py`: what is kept, and what any database lets us read of it.
* `transaction.py`: the one way to write: look, append, seal.
* `recorder.py`: both together, `LedgerRecorder`; also a `DCBRecorder` (eventsourcing).
* `sqlite.py`, with `schema.py` and `connection.py`: the ledger as one SQLite file.
* `highwater.py`: the newest tree shown, kept outside the store, to notice an older copy of it.

Nothing here knows what an entry means: bytes, a type and tags come in, the same bytes go out.
Triggers stop accidents; only verification finds tampering.
"""
