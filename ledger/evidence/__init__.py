"""Evidence that leaves the ledger: one file that a stranger can judge alone, offline."""
