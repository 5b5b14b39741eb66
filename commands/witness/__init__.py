"""A witness of other people's ledgers (C2SP tlog-witness), and how a ledger asks one."""
