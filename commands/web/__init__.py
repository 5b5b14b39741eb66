"""`chipledger serve`: pages over the read models, as a plugin of Datasette. Nothing writes here."""
