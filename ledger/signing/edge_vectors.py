"""The signatures on which a library shows whether it computes our rule: `ed25519` says how.

All are of one key, made with the arithmetic of `curve` (the tests make them again and compare).
Those that must not count are the ones that libraries in use accept: S not reduced, R with a part of
small order (the cofactored equation takes it), R itself of small order, R in a second encoding.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class EdgeVector:
    """One signature and whether it counts: 32, any number of, and 64 bytes."""

    name: str
    public_key: bytes
    message: bytes
    signature: bytes
    counts: bool


PUBLIC_KEY: Final = bytes.fromhex(
    "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"
)
"""The key of seed 00 01 02 … 1f."""
MESSAGE: Final = b"chipledger edge vector"


def _vector(name: str, message: bytes, r: str, s: str, *, counts: bool) -> EdgeVector:
    return EdgeVector(name, PUBLIC_KEY, message, bytes.fromhex(r + s), counts)


EDGE_VECTORS: Final = (
    _vector(
        "a good signature",
        MESSAGE,
        "f2def31a0e42b384424b95a2f97c3370e062e6a86320b91b288af9f2772a3c01",
        "d2688823e7f38087b6c97e5b010ee707635fab4107b596f53368f4f10f3f0a02",
        counts=True,
    ),
    _vector(
        "a good signature of no bytes",
        b"",
        "9ca53579530654d5c3df77089ef45eda613e2fedf670e96bedac4639504e5845",
        "ef4b95d5793077233dd16817b2532e9c5525872a73a4ad74b759369a9e05c102",
        counts=True,
    ),
    _vector(
        "a good signature of 200 bytes",
        b"x" * 200,
        "bfde5544a6092e1383bf1706c9e439f35afe5759b65d3385192e4649d7677e08",
        "c236723d82f4ac15ff20d5f443abbe120399c0b4941e78f891ec2fc01cc5bb0b",
        counts=True,
    ),
    _vector(
        "of another message",
        MESSAGE + b"!",
        "f2def31a0e42b384424b95a2f97c3370e062e6a86320b91b288af9f2772a3c01",
        "d2688823e7f38087b6c97e5b010ee707635fab4107b596f53368f4f10f3f0a02",
        counts=False,
    ),
    _vector(
        "S + L",
        MESSAGE,
        "f2def31a0e42b384424b95a2f97c3370e062e6a86320b91b288af9f2772a3c01",
        "bf3c7e80015793df8c6676fedf07c61c635fab4107b596f53368f4f10f3f0a12",
        counts=False,
    ),
    _vector(
        "S with its highest bit set",
        MESSAGE,
        "f2def31a0e42b384424b95a2f97c3370e062e6a86320b91b288af9f2772a3c01",
        "d2688823e7f38087b6c97e5b010ee707635fab4107b596f53368f4f10f3f0a82",
        counts=False,
    ),
    _vector(
        "S = L - S",
        MESSAGE,
        "f2def31a0e42b384424b95a2f97c3370e062e6a86320b91b288af9f2772a3c01",
        "1b6b6d39336f91d01fd37847ddebf70c9da054bef84a690acc970b0ef0c0f50d",
        counts=False,
    ),
    _vector(
        "R with the other sign",
        MESSAGE,
        "f2def31a0e42b384424b95a2f97c3370e062e6a86320b91b288af9f2772a3c81",
        "d2688823e7f38087b6c97e5b010ee707635fab4107b596f53368f4f10f3f0a02",
        counts=False,
    ),
    _vector(
        "R plus a point of order 2",
        MESSAGE,
        "fb200ce5f1bd4c7bbdb46a5d0683cc8f1f9d19579cdf46e4d775060d88d5c3fe",
        "2873df311e86b52b8e8cfadf776057ed55e8508fff07707e780c1b2af3ac480a",
        counts=False,
    ),
    _vector(
        "R plus a point of order 4",
        MESSAGE,
        "e1d44c1aba9346b45ff9f3e5d876b801b4d5bc0bd849392275c0b3da7e76ea90",
        "87b95c1fe9e9a65a2b2c91e4b8c842d8446e8a7c5bd2cefa75a479e927686b0f",
        counts=False,
    ),
    _vector(
        "R plus a point of order 8",
        MESSAGE,
        "f34aebc36ea59b5a1c2c75872c545a4359b78a3425e75b99806d121c5121e109",
        "4041774f35d69a5e8aa192b3e32a109ece2ca90edb650dafc9787eadfe6ee004",
        counts=False,
    ),
    _vector(
        "R of order 1",
        MESSAGE,
        "0100000000000000000000000000000000000000000000000000000000000000",
        "1e9ec2ec67bf06e613af8520023d702a15407abf20bb3fad641fd93075df230c",
        counts=False,
    ),
    _vector(
        "R of order 2",
        MESSAGE,
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "96d0357090634380334f05450576af2855fec1794c8bdb15634e046ac55d7708",
        counts=False,
    ),
    _vector(
        "R of order 4",
        MESSAGE,
        "0000000000000000000000000000000000000000000000000000000000000000",
        "81ed10e0c8356490393f4983d67690429c00dba788beeecf021a34ce66cf0c0c",
        counts=False,
    ),
    _vector(
        "R of order 4",
        MESSAGE,
        "0000000000000000000000000000000000000000000000000000000000000080",
        "4123876340830cd2d6183ce7abb9c63ff52a0c72c8b1d756555bf95b6dca7c08",
        counts=False,
    ),
    _vector(
        "R of order 8",
        MESSAGE,
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "ef745a564c58afda46e80bcefe37de7ace634b1d8e7907da0b9348082519c80b",
        counts=False,
    ),
    _vector(
        "R of order 8",
        MESSAGE,
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "f50b52d71b97476da0f4ac12dfea5caae5f91072fa8b21fd935b6fbbeb69c702",
        counts=False,
    ),
    _vector(
        "R of order 8",
        MESSAGE,
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "10f12d54e8226e505d4bef4ed91a9412eeb56a1441f907711753de42cf2a3601",
        counts=False,
    ),
    _vector(
        "R of order 8",
        MESSAGE,
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "89d3c73e4d8191806b8091494da0acf8a6412ade81307f807ae7d1eef3132e09",
        counts=False,
    ),
    _vector(
        "R = O with a sign bit",
        MESSAGE,
        "0100000000000000000000000000000000000000000000000000000000000080",
        "a26d0395d4352be8f5e2429a3e7e78d66134c94f88dcee129bde9af76f5b7d08",
        counts=False,
    ),
    _vector(
        "R = O with y = p + 1",
        MESSAGE,
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "76903cad93f02d9952d607805ce7f5dd89a26e26b8fb1b448912f8fb24fbcb07",
        counts=False,
    ),
)
