"""What no rule here tells: who tells it instead, or why nobody can."""

from typing import Final

TOLD_BY_VERIFY: Final = {
    "UNSIGNED": "a statement without a valid signature of each signatory; steps 4 and 6",
    "BAD-SIG": "a signature that is wrong; step 6",
    "KEY-REVOKED": "a key that is not in force at its entry; step 7",
    "ROLE": "a party that may not say this; step 7",
    "CHAIN-BROKEN": "entries or leaves that do not give the checkpoint; steps 3 and 5",
    "FORK": "two histories of one size; step 8, and any two checkpoints",
}
"""Codes of the domain that admission refuses and an audit shows, by what they would say."""

NOT_DECIDABLE: Final = {
    "LOCATION-FAIL": (
        "No event states a country that a device proved. An inspection of strength 5 says that a"
        " place was proven, and not which; a difference is among its exceptions"
        " (INSPECTION-MISMATCH)."
    ),
    "INVOICE-NO-DCS": (
        "Whether an invoice bears the destination control statement is in its bytes, which no rule"
        " reads; the document's digest, kind and title are what is signed."
    ),
}
"""Codes that the vocabulary cannot decide, and why."""
