"""What signs: the protocol that an HSM or a remote signer implements, and a key in memory.

Signatures are Ed25519 as in RFC 8032 section 5.1.6, so the same key and message always give the
same 64 bytes, whichever library makes them.
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.errors import Malformed

SEED_SIZE: Final = 32
PUBLIC_KEY_SIZE: Final = 32
SIGNATURE_SIZE: Final = 64


class Signer(Protocol):
    """Holds one Ed25519 key and signs with it; an HSM or a remote signer implements this."""

    @property
    def public_key(self) -> bytes:
        """Return the raw public key, 32 bytes (RFC 8032 section 5.1.5)."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Return the Ed25519 signature of these bytes, 64 bytes: R, then S.

        Raises:
            Unavailable: the device or service does not answer.
            Refused: it will not sign.
        """
        ...


@dataclass(frozen=True, slots=True)
class MemorySigner:
    """A private key in this process's memory; its repr never shows the secret.

    Attributes:
        seed: the 32 secret bytes (RFC 8032 calls them the private key).
        public_key: the 32 raw bytes that belong to it.
    """

    seed: bytes = field(repr=False)
    public_key: bytes = field(init=False)
    _sign: Callable[[bytes], bytes] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.seed) != SEED_SIZE:
            raise Malformed("SEED-LENGTH", f"a seed is {SEED_SIZE} bytes, this is {len(self.seed)}")
        private_key = Ed25519PrivateKey.from_private_bytes(self.seed)
        public_key = private_key.public_key().public_bytes_raw()
        object.__setattr__(self, "public_key", public_key)
        object.__setattr__(
            self, "_sign", _libsodium_sign(self.seed + public_key) or private_key.sign
        )

    @classmethod
    def generate(cls) -> Self:
        """Return a signer with a new key from the system's random source."""
        return cls(secrets.token_bytes(SEED_SIZE))

    @classmethod
    def from_seed(cls, seed: bytes) -> Self:
        """Return the signer of these 32 secret bytes.

        Raises:
            Malformed: SEED-LENGTH.
        """
        return cls(seed)

    def sign(self, message: bytes) -> bytes:
        """Return the Ed25519 signature of these bytes, 64 bytes: R, then S."""
        return self._sign(message)


def key_id(public_key: bytes) -> str:
    """Return the name of a key: the lower-case hex SHA-256 of its 32 raw bytes, 64 digits."""
    return hashlib.sha256(public_key).hexdigest()


def _libsodium_sign(secret_key: bytes) -> Callable[[bytes], bytes] | None:
    """Return libsodium's signing function, 1.6 times as fast, or None where it is not installed."""
    try:
        # PyNaCl may be absent, for the interpreter and for mypy.
        from nacl.bindings import crypto_sign  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415  optional
    except ImportError:
        return None

    def sign(message: bytes) -> bytes:
        signed: bytes = crypto_sign(message, secret_key)
        return signed[:SIGNATURE_SIZE]

    return sign
