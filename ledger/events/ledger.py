"""The ledger itself: its opening, the keys of its checkpoints, its rights table."""

from typing import Annotated, Literal

from msgspec import Meta

from ledger.canonical import Sha256Hex
from ledger.events.base import Count, EventData, Name, Origin, PublicKey
from ledger.events.party import PartyFields

Purpose = Literal["record", "demonstration"]
Token = Annotated[
    str, Meta(pattern=r"^(?:[A-Za-z0-9+/]{4}){1,6000}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?\Z")
]
"""A time-stamp token (RFC 3161, DER) in base64; what it says is judged by an audit."""
Cosignature = Annotated[
    str, Meta(pattern=r"^\u2014 [!-*,-~]{1,200} [A-Za-z0-9+/]{40,8000}={0,2}\Z")
]
"""A signature line of a note (C2SP tlog-cosignature), without its line feed."""
RightsName = Annotated[str, Meta(pattern=r"^chipledger-rights-v[1-9][0-9]{0,2}\Z")]


class LedgerOpened(EventData, frozen=True, kw_only=True):
    """Entry 0, and only it: opens the ledger and names the key that signs its checkpoints.

    From here on the operator is registered, is the ledger operator for ever, has the role
    registrar, and has both keys in force.

    Attributes:
        origin: name of the ledger, a domain name with an optional path; binds every checkpoint.
        purpose: `record`, or `demonstration` for invented events.
        zone: IANA time zone in which dates without a time are read.
        rights: name of the rights table in force.
        rights_sha256: SHA-256 of that table's canonical bytes.
        checkpoint_key: the ledger's own key; it signs checkpoints and never events.
        operator: registration of the ledger operator.
        registrar_key: the operator's key, which signs this entry.
        recovery_key: the operator's second key, kept offline.
    """

    origin: Origin
    purpose: Purpose
    zone: Name
    rights: RightsName
    rights_sha256: Sha256Hex
    checkpoint_key: PublicKey
    operator: PartyFields
    registrar_key: PublicKey
    recovery_key: PublicKey


class LedgerKeyRotated(EventData, frozen=True, kw_only=True):
    """The ledger's checkpoints are signed by a new key from here on; last entry of its commit.

    The checkpoint that includes this entry as its last carries the signatures of both keys.

    Attributes:
        checkpoint_key: the new key.
        reason: why, in a sentence.
    """

    checkpoint_key: PublicKey
    reason: Name


class RightsAdopted(EventData, frozen=True, kw_only=True):
    """A later version of the rights table counts from the next entry on.

    Attributes:
        rights: name of the table.
        rights_sha256: SHA-256 of its canonical bytes.
    """

    rights: RightsName
    rights_sha256: Sha256Hex


class CheckpointAnchored(EventData, frozen=True, kw_only=True):
    """A checkpoint of this ledger that outsiders dated or cosigned: a lower bound for what follows.

    Whoever dated the checkpoint did so before this entry, so no later entry is older than that.

    Attributes:
        size: tree size of the checkpoint.
        root: its root hash.
        token: time-stamp token over the note's text, or None.
        cosignatures: signature lines of witnesses.
    """

    size: Count
    root: Sha256Hex
    token: Token | None = None
    cosignatures: tuple[Cosignature, ...] = ()
