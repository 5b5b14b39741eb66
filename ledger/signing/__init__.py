"""Signatures: who signed exactly which bytes, and the keys it takes.

`ed25519` says which signatures and keys count, `signer` makes them, `envelope` binds them to a
statement, `keyfile` keeps keys in files, `fingerprint` reads them over a telephone.
"""
