"""From the files that exist anyway to what the ledger records: strict readers, and no I/O."""
