"""One acceptance rule, whatever the library: edge vectors, strangers' vectors, mutations."""

import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import Malformed, Unavailable
from ledger.signing import curve, ed25519
from ledger.signing.backends import Backend, installed
from ledger.signing.edge_vectors import EDGE_VECTORS, MESSAGE, PUBLIC_KEY
from ledger.signing.signer import MemorySigner

BASE = bytes.fromhex("58" + "66" * 31)
TORSION = bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")
VECTORS = Path(
    os.environ.get("CHIPLEDGER_VECTORS", Path(__file__).parents[1] / "../shared/vectors")
)
WYCHEPROOF = VECTORS / "wycheproof_ed25519.json"

every_backend = pytest.mark.parametrize("backend", installed(), ids=lambda backend: backend.name)


def point(encoding: bytes) -> curve.Point:
    found = curve.decode(encoding)
    assert found is not None
    return found


def may_be_enrolled(key: bytes) -> bool:
    try:
        ed25519.check_public_key(key)
    except Malformed:
        return False
    return True


def times(scalar: int, encoding: bytes) -> curve.Point:
    return curve.multiply(scalar, point(encoding))


def challenge(r: bytes, key: bytes, message: bytes) -> int:
    return int.from_bytes(hashlib.sha512(r + key + message).digest(), "little") % curve.L


class YesMan:
    """Says yes to everything, so that a verdict is that of our own checks alone."""

    name = "yes"

    def verify(self, public_key: bytes, message: bytes, signature: bytes) -> bool:  # noqa: ARG002  a backend's signature
        return True


class Arithmetic:
    """The equation in plain integers, without or with the cofactor (as ZIP 215 has it)."""

    name = "arithmetic"

    def __init__(self, cofactor: int) -> None:
        self.cofactor = cofactor

    def verify(self, public_key: bytes, message: bytes, signature: bytes) -> bool:
        r, s = signature[:32], int.from_bytes(signature[32:], "little")
        k = challenge(r, public_key, message)
        right = curve.add(point(r), times(k, public_key))
        minus_right = (curve.P - right[0], right[1], right[2], curve.P - right[3])
        difference = curve.add(times(s, BASE), minus_right)
        return curve.is_identity(curve.multiply(self.cofactor, difference))


def our_checks(signature: bytes, public_key: bytes = PUBLIC_KEY) -> bool:
    return ed25519._accepts(YesMan(), public_key, MESSAGE, signature)


# --- the rule's first four steps


@pytest.mark.parametrize(
    ("s", "counts"),
    [
        (0, True),
        (2**252 - 1, True),
        (2**252, True),
        (curve.L - 1, True),
        (curve.L, False),
        (curve.L + 1, False),
        (2**253, False),
        (2**256 - 1, False),
    ],
)
def test_s_must_be_less_than_the_order(s: int, *, counts: bool) -> None:
    assert our_checks(BASE + s.to_bytes(32, "little")) is counts


@pytest.mark.parametrize("sign", [0, 1 << 255])
@pytest.mark.parametrize(
    ("y", "counts"), [(curve.P - 2, True), *((curve.P + n, False) for n in range(19))]
)
def test_y_of_r_must_be_less_than_p(y: int, sign: int, *, counts: bool) -> None:
    assert our_checks((y | sign).to_bytes(32, "little") + bytes(32)) is counts


def test_small_order_is_what_the_arithmetic_says() -> None:
    assert {curve.encode(times(n, TORSION)) for n in range(8)} == ed25519.SMALL_ORDER


@pytest.mark.parametrize("r", sorted(ed25519.SMALL_ORDER | ed25519.SIGNED_ZERO), ids=bytes.hex)
def test_r_of_small_order_is_refused(r: bytes) -> None:
    assert our_checks(r + bytes(32)) is False


def test_lengths_are_checked_before_anything_else() -> None:
    signature = BASE + bytes(32)
    assert our_checks(signature)
    for size in (0, 1, 31, 63):
        assert not our_checks(signature[:size])
    assert not our_checks(signature + b"\0")
    assert not our_checks(signature, PUBLIC_KEY[:31])
    assert not our_checks(signature, PUBLIC_KEY + b"\0")


# --- the edge vectors


def made_again() -> Iterator[tuple[str, bytes, bytes, bool]]:
    """Yield the edge vectors anew, from the seed 00 01 02 … 1f."""
    digest = hashlib.sha512(bytes(range(32))).digest()
    a = int.from_bytes(digest[:32], "little") & ((1 << 254) - 8) | 1 << 254
    assert curve.encode(times(a, BASE)) == PUBLIC_KEY

    def nonce(message: bytes) -> int:
        return int.from_bytes(hashlib.sha512(digest[32:] + message).digest(), "little") % curve.L

    def solve(r: bytes, nonce: int, message: bytes = MESSAGE) -> bytes:
        s = (nonce + challenge(r, PUBLIC_KEY, message) * a) % curve.L
        return r + s.to_bytes(32, "little")

    for name, message in (("", MESSAGE), (" of no bytes", b""), (" of 200 bytes", b"x" * 200)):
        r = curve.encode(times(nonce(message), BASE))
        yield f"a good signature{name}", message, solve(r, nonce(message), message), True
    r_point = times(nonce(MESSAGE), BASE)
    good = solve(curve.encode(r_point), nonce(MESSAGE))
    r, s = good[:32], int.from_bytes(good[32:], "little")
    yield "of another message", MESSAGE + b"!", good, False
    yield "S + L", MESSAGE, r + (s + curve.L).to_bytes(32, "little"), False
    yield "S with its highest bit set", MESSAGE, r + (s | 1 << 255).to_bytes(32, "little"), False
    yield "S = L - S", MESSAGE, r + (curve.L - s).to_bytes(32, "little"), False
    yield "R with the other sign", MESSAGE, r[:31] + bytes([r[31] ^ 0x80]) + good[32:], False
    for multiple, order in ((4, 2), (2, 4), (1, 8)):
        mixed = curve.encode(curve.add(r_point, times(multiple, TORSION)))
        yield f"R plus a point of order {order}", MESSAGE, solve(mixed, nonce(MESSAGE)), False
    for multiple, order in ((0, 1), (4, 2), (2, 4), (6, 4), (1, 8), (3, 8), (5, 8), (7, 8)):
        small = curve.encode(times(multiple, TORSION))
        yield f"R of order {order}", MESSAGE, solve(small, 0), False
    signed = (1 | 1 << 255).to_bytes(32, "little")
    yield "R = O with a sign bit", MESSAGE, solve(signed, 0), False
    second = (curve.P + 1).to_bytes(32, "little")
    yield "R = O with y = p + 1", MESSAGE, solve(second, 0), False


def test_edge_vectors_are_those_that_the_arithmetic_makes() -> None:
    assert [
        (vector.name, vector.message, vector.signature, vector.counts) for vector in EDGE_VECTORS
    ] == list(made_again())
    assert {vector.public_key for vector in EDGE_VECTORS} == {PUBLIC_KEY}


@every_backend
@pytest.mark.parametrize("vector", EDGE_VECTORS, ids=lambda vector: vector.name)
def test_each_edge_vector_gets_its_verdict(backend: Backend, vector: Any) -> None:
    verdict = ed25519._accepts(backend, vector.public_key, vector.message, vector.signature)
    assert verdict is vector.counts


def test_the_equation_in_plain_integers_passes_the_edge_vectors() -> None:
    strict = Arithmetic(cofactor=1)
    assert ed25519.trustworthy([strict]) == (strict,)


@pytest.mark.parametrize("liar", [YesMan(), Arithmetic(cofactor=8)], ids=["yes", "cofactor"])
def test_a_backend_that_gets_an_edge_vector_wrong_is_not_used(liar: Backend) -> None:
    honest = installed()
    assert ed25519.trustworthy((liar, *honest)) == honest


# --- backends


@pytest.fixture
def libraries(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Set which backends are installed, and forget what was found before and after."""

    def have(*candidates: Backend) -> None:
        monkeypatch.setattr(ed25519, "installed", lambda: candidates)
        ed25519.backends.cache_clear()

    yield have
    ed25519.backends.cache_clear()


def test_the_installed_backends_are_all_trustworthy_and_the_first_is_used() -> None:
    names = [backend.name for backend in installed()]
    assert [backend.name for backend in ed25519.backends()] == names
    assert ed25519.active_backend().name == names[0]
    assert names[-1] == "cryptography"


def test_without_pynacl_there_is_cryptography(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nacl.bindings", None)
    assert [backend.name for backend in installed()] == ["cryptography"]


def test_without_any_trustworthy_backend_nothing_is_decided(
    libraries: Callable[..., None],
) -> None:
    libraries(YesMan())
    with pytest.raises(Unavailable, match="ED25519-NO-BACKEND"):
        ed25519.verify(PUBLIC_KEY, MESSAGE, EDGE_VECTORS[0].signature)


# --- strangers' vectors


def wycheproof_cases() -> list[tuple[int, bytes, bytes, bytes, str]]:
    if not WYCHEPROOF.exists():
        return []
    groups = json.loads(WYCHEPROOF.read_text())["testGroups"]
    return [
        (
            case["tcId"],
            bytes.fromhex(group["publicKey"]["pk"]),
            bytes.fromhex(case["msg"]),
            bytes.fromhex(case["sig"]),
            case["result"],
        )
        for group in groups
        for case in group["tests"]
    ]


@pytest.mark.skipif(
    not WYCHEPROOF.exists(), reason=f"no {WYCHEPROOF.name} in the folder CHIPLEDGER_VECTORS names"
)
@every_backend
def test_wycheproof_agrees_on_every_case(backend: Backend) -> None:
    """Our rule differs from Wycheproof's in no case, keys included."""
    cases = wycheproof_cases()
    assert len(cases) == 151
    differing = [
        (number, result)
        for number, key, message, signature, result in cases
        if (may_be_enrolled(key) and ed25519._accepts(backend, key, message, signature))
        is not (result == "valid")
    ]
    assert differing == []


@every_backend
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_no_mutation_of_a_signature_counts(backend: Backend, data: st.DataObject) -> None:
    signer = MemorySigner.from_seed(data.draw(st.binary(min_size=32, max_size=32)))
    message = data.draw(st.binary(max_size=80))
    signature = signer.sign(message)
    assert ed25519._accepts(backend, signer.public_key, message, signature)
    position, bit = data.draw(st.integers(0, 63)), data.draw(st.integers(0, 7))
    mutated = bytearray(signature)
    mutated[position] ^= 1 << bit
    assert not ed25519._accepts(backend, signer.public_key, message, bytes(mutated))
    assert not ed25519._accepts(backend, signer.public_key, message + b"\0", signature)


@settings(max_examples=150, deadline=None)
@given(
    st.binary(min_size=32, max_size=32),
    st.binary(min_size=64, max_size=64) | st.binary(max_size=70),
    st.binary(max_size=20),
)
def test_all_backends_say_the_same_of_arbitrary_bytes(
    key: bytes, signature: bytes, message: bytes
) -> None:
    verdicts = {ed25519._accepts(each, key, message, signature) for each in installed()}
    assert verdicts == {False}


# --- many at once


@pytest.mark.parametrize("threads", [0, 1, 2, 5])
@pytest.mark.parametrize("count", [0, 1, 64, 65, 300])
def test_verify_many_answers_in_order(count: int, threads: int) -> None:
    signer = MemorySigner.from_seed(bytes(32))
    items, expected = [], []
    for number in range(count):
        message = b"%d" % number
        good = number % 7 != 3
        items.append((signer.public_key, message, signer.sign(message if good else b"other")))
        expected.append(good)
    assert ed25519.verify_many(items, threads=threads) == expected
    assert [ed25519.verify(*item) for item in items] == expected


# --- keys


def mixed(multiple: int) -> bytes:
    return curve.encode(curve.add(point(PUBLIC_KEY), times(multiple, TORSION)))


def number(y: int) -> bytes:
    return y.to_bytes(32, "little")


FLAWED_KEYS = [
    *((key, "KEY-SMALL-ORDER") for key in sorted(ed25519.SMALL_ORDER)),
    *((key, "KEY-NOT-CANONICAL") for key in sorted(ed25519.SIGNED_ZERO)),
    *((number(curve.P + n), "KEY-NOT-CANONICAL") for n in range(19)),
    *((number(curve.P + n | 1 << 255), "KEY-NOT-CANONICAL") for n in range(19)),
    (number(2), "KEY-NOT-ON-CURVE"),
    *((mixed(multiple), "KEY-MIXED-ORDER") for multiple in range(1, 8)),
    (b"", "KEY-WRONG-LENGTH"),
    (PUBLIC_KEY[:31], "KEY-WRONG-LENGTH"),
    (PUBLIC_KEY + b"\0", "KEY-WRONG-LENGTH"),
]


@pytest.mark.parametrize(
    ("key", "code"), FLAWED_KEYS, ids=lambda value: getattr(value, "hex", str)()
)
def test_a_key_with_a_flaw_may_not_be_enrolled(key: bytes, code: str) -> None:
    with pytest.raises(Malformed) as caught:
        ed25519.check_public_key(key)
    assert caught.value.code == code


@settings(max_examples=30, deadline=None)
@given(st.binary(min_size=32, max_size=32))
def test_a_key_made_from_any_seed_may_be_enrolled(seed: bytes) -> None:
    key = MemorySigner.from_seed(seed).public_key
    ed25519.check_public_key(key)
    assert curve.encode(point(key)) == key


@settings(max_examples=60, deadline=None)
@given(st.binary(min_size=32, max_size=32))
def test_a_point_has_one_encoding(encoding: bytes) -> None:
    found = curve.decode(encoding)
    assert found is None or curve.encode(found) == encoding


@pytest.mark.parametrize("encoding", [*sorted(ed25519.SIGNED_ZERO), number(curve.P + 1)])
def test_a_second_encoding_is_no_point(encoding: bytes) -> None:
    assert curve.decode(encoding) is None
