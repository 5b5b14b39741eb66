"""Points of edwards25519 in plain integers, for checks that the libraries disagree on.

RFC 8032 section 5.1. Slow (a millisecond for one multiplication) and not constant in time: it only
ever sees public keys and published signatures, never a secret.
"""

from typing import Final

P: Final = 2**255 - 19
L: Final = 2**252 + 27742317777372353535851937790883648493  # the order of the base point
D: Final = -121665 * pow(121666, -1, P) % P
_SQRT_MINUS_ONE: Final = pow(2, (P - 1) // 4, P)
_SIGN_BIT: Final = 1 << 255

Point = tuple[int, int, int, int]
"""Extended coordinates (X, Y, Z, T): x = X/Z, y = Y/Z, x*y = T/Z."""

IDENTITY: Final[Point] = (0, 1, 1, 0)


def decode(encoding: bytes) -> Point | None:
    """Return the point of 32 bytes, or None if these are no point's one encoding.

    RFC 8032 section 5.1.3, with its strict reading: y < p, and no sign bit where x = 0.
    """
    number = int.from_bytes(encoding, "little")
    y, sign = number & (_SIGN_BIT - 1), number >> 255
    if y >= P:
        return None
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if v * x * x % P == P - u:
        x = x * _SQRT_MINUS_ONE % P
    if v * x * x % P != u or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


def encode(point: Point) -> bytes:
    """Return the 32 bytes of a point: y, little-endian, with x's lowest bit as the highest bit."""
    x, y, z, _ = point
    inverse = pow(z, -1, P)
    return (y * inverse % P | (x * inverse % P & 1) << 255).to_bytes(32, "little")


def add(a: Point, b: Point) -> Point:
    """Return the sum of two points; complete, so it doubles as well (RFC 8032 section 5.1.4)."""
    x1, y1, z1, t1 = a
    x2, y2, z2, t2 = b
    minus, plus = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P
    twist, double = 2 * D * t1 * t2 % P, 2 * z1 * z2 % P
    e, f, g, h = plus - minus, double - twist, double + twist, plus + minus
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def double(a: Point) -> Point:
    """Return twice a point (RFC 8032 section 5.1.4)."""
    x, y, z, _ = a
    xx, yy = x * x % P, y * y % P
    h = xx + yy
    e, g = h - (x + y) * (x + y) % P, xx - yy
    f = 2 * z * z % P + g
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def multiply(scalar: int, point: Point) -> Point:
    """Return a point times a whole number of 0 or more."""
    result = IDENTITY
    for bit in f"{scalar:b}":
        result = double(result)
        if bit == "1":
            result = add(result, point)
    return result


def is_identity(point: Point) -> bool:
    """Return whether a point is the neutral element."""
    x, y, z, _ = point
    return x % P == 0 and (y - z) % P == 0
