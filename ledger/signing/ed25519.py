"""Which Ed25519 keys and signatures count: one rule, the same with every library.

RFC 8032 leaves room, and OpenSSL, libsodium and WebCrypto use it differently: an R that is the
identity, small-order keys, encodings that are not canonical. So the rule is ours. A signature
counts when, in this order:

1. the key is 32 bytes and the signature 64, R followed by S;
2. S < L, little-endian (RFC 8032 section 5.1.7 step 1);
3. R's y < p;
4. R is none of the eight canonical encodings of points of small order, and does not carry the sign
   bit with x = 0;
5. a backend finds that [S]B = R + [SHA-512(R, A, M)]A, without the cofactor.

A key counts when its bytes are a point's one encoding, A is not the identity, and [L]A is the
identity. That costs a millisecond, so it is asked at enrolment and once per key in every audit.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from itertools import chain
from typing import Final

from ledger.errors import Malformed, Unavailable
from ledger.signing import curve
from ledger.signing.backends import Backend, installed
from ledger.signing.edge_vectors import EDGE_VECTORS
from ledger.signing.signer import PUBLIC_KEY_SIZE, SIGNATURE_SIZE

SMALL_ORDER: Final = frozenset(
    bytes.fromhex(y)
    for y in (
        "0100000000000000000000000000000000000000000000000000000000000000",  # order 1
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  # order 2
        "0000000000000000000000000000000000000000000000000000000000000000",  # order 4
        "0000000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",  # order 8
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    )
)
"""The canonical encodings of the points A with [8]A = O."""

SIGNED_ZERO: Final = frozenset(
    bytes.fromhex(y)
    for y in (
        "0100000000000000000000000000000000000000000000000000000000000080",  # y = 1, x = -0
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",  # y = -1, x = -0
    )
)
"""The two encodings that carry the sign bit where x = 0."""

_R_REFUSED: Final = SMALL_ORDER | SIGNED_ZERO
_S_TOP: Final = 0x10  # the highest byte of L
_Y_TOP: Final = 0x7F  # the highest byte of p
_Y_MASK: Final = (1 << 255) - 1
_CHUNK_MIN: Final = 64  # about 4 ms of work, so that starting a thread costs next to nothing


def verify(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Return whether a signature counts under a key that has passed `check_public_key`.

    The key is 32 raw bytes, the signature 64. A key that has not passed gives no promise: libraries
    differ on it.

    Raises:
        Unavailable: ED25519-NO-BACKEND.
    """
    return _accepts(active_backend(), public_key, message, signature)


def verify_many(items: Sequence[tuple[bytes, bytes, bytes]], threads: int = 1) -> list[bool]:
    """Return for each (public key, message, signature) whether it counts, in order.

    As `verify`, on up to `threads` threads: the libraries release the interpreter's lock.

    Raises:
        Unavailable: ED25519-NO-BACKEND.
    """
    accept = partial(_accept_chunk, active_backend())
    size = max(_CHUNK_MIN, -(-len(items) // max(threads, 1)))
    if len(items) <= size:
        return accept(items)
    chunks = [items[start : start + size] for start in range(0, len(items), size)]
    with ThreadPoolExecutor(len(chunks)) as pool:
        return list(chain.from_iterable(pool.map(accept, chunks)))


def check_public_key(public_key: bytes) -> None:
    """Check that a raw public key may be enrolled: canonical, A ≠ O, [L]A = O.

    Raises:
        Malformed: KEY-WRONG-LENGTH, KEY-NOT-CANONICAL (y ≥ p, or x = 0 with the sign bit),
            KEY-NOT-ON-CURVE, KEY-SMALL-ORDER ([8]A = O) or KEY-MIXED-ORDER ([L]A ≠ O).
    """
    flaw = _flaw(public_key)
    if flaw is not None:
        code, message = flaw
        raise Malformed(code, message, hint="make the key anew with a standard tool")


@lru_cache(maxsize=1)
def backends() -> tuple[Backend, ...]:
    """Return the installed backends that get every edge vector right, fastest first."""
    return trustworthy(installed())


def active_backend() -> Backend:
    """Return the backend in use: the fastest that is installed and gets every edge vector right.

    Raises:
        Unavailable: ED25519-NO-BACKEND.
    """
    for backend in backends():
        return backend
    raise Unavailable(
        "ED25519-NO-BACKEND",
        "no installed library gives the right verdict on every Ed25519 edge vector",
        hint="reinstall cryptography; `chipledger doctor` tells what each installed library does",
    )


def trustworthy(candidates: Iterable[Backend]) -> tuple[Backend, ...]:
    """Return the backends that, after our own checks, get every edge vector right."""
    return tuple(
        backend
        for backend in candidates
        if all(
            _accepts(backend, vector.public_key, vector.message, vector.signature) is vector.counts
            for vector in EDGE_VECTORS
        )
    )


def _accept_chunk(backend: Backend, items: Sequence[tuple[bytes, bytes, bytes]]) -> list[bool]:
    return [_accepts(backend, *item) for item in items]


def _accepts(backend: Backend, public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Return whether a signature counts: steps 1 to 4 of the list above, then the backend's 5."""
    return (
        len(public_key) == PUBLIC_KEY_SIZE
        and len(signature) == SIGNATURE_SIZE
        # The highest byte alone settles nearly every signature: S < 2^252 < L, y < 2^255 - 2^248.
        and (signature[63] < _S_TOP or int.from_bytes(signature[32:], "little") < curve.L)
        and (signature[31] & _Y_TOP != _Y_TOP or _y_is_canonical(signature[:32]))
        and signature[:32] not in _R_REFUSED
        and backend.verify(public_key, message, signature)
    )


def _y_is_canonical(encoding: bytes) -> bool:
    """Return whether y < p, the sign bit apart."""
    return int.from_bytes(encoding, "little") & _Y_MASK < curve.P


def _flaw(public_key: bytes) -> tuple[str, str] | None:
    """Return code and message of why a key may not be enrolled, or None."""
    if len(public_key) != PUBLIC_KEY_SIZE:
        return "KEY-WRONG-LENGTH", f"an Ed25519 public key is 32 bytes, this is {len(public_key)}"
    if not _y_is_canonical(public_key) or public_key in SIGNED_ZERO:
        return "KEY-NOT-CANONICAL", "these bytes are not the one encoding of a public key"
    point = curve.decode(public_key)
    if point is None:
        return "KEY-NOT-ON-CURVE", "these bytes are no point of the curve edwards25519"
    if public_key in SMALL_ORDER:
        return "KEY-SMALL-ORDER", "this key is a point of small order: anybody can sign for it"
    if not curve.is_identity(curve.multiply(curve.L, point)):
        return "KEY-MIXED-ORDER", "this key has a part of small order"
    return None
