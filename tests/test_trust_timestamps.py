"""Time stamps of a local authority, checked; and every way in which they do not hold."""

import sys
import time
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import LedgerError, Malformed, Refused, Unavailable
from ledger.log.checkpoint import Checkpoint
from ledger.trust import timestamps
from ledger.trust.timestamps import (
    check_token,
    covers,
    nonce_of,
    open_token,
    parse_roots,
    request,
    token_in,
)
from tests.authority import NAME, Authority, authority

TEXT = Checkpoint("ledger.example/chips", 500, bytes(range(32))).text()


@pytest.fixture(scope="module")
def token() -> bytes:
    return authority().token(TEXT)


def test_a_token_says_when_and_who(token: bytes) -> None:
    stamp = check_token(token, TEXT, authority().roots)
    now = time.time()
    assert now - 100 < stamp.earliest < stamp.latest < now + 100
    assert stamp.latest - stamp.earliest in {6, 7}  # 2.5001 seconds on either side
    assert stamp.authority == NAME


def test_the_time_without_accuracy_is_the_time(tmp_path: Path) -> None:
    plain = Authority(tmp_path)
    lines = (tmp_path / "tsa.cnf").read_text().splitlines(keepends=True)
    plain.write(
        "tsa.cnf", "".join(x for x in lines if not x.startswith(("accur", "clock", "tsa_")))
    )
    stamp = check_token(plain.token(TEXT, "-sha512", "-cert", "-no_nonce"), TEXT, plain.roots)
    assert stamp.earliest == stamp.latest


@pytest.mark.parametrize("hashed", ["sha256", "sha384", "sha512"])
def test_each_of_three_digests_will_do(hashed: str) -> None:
    token = authority().token(TEXT, f"-{hashed}", "-cert")
    assert check_token(token, TEXT, authority().roots).authority == NAME


def test_a_token_over_anything_else_is_refused(token: bytes) -> None:
    for other in (TEXT[:-1], TEXT + "\n", TEXT.replace("500", "501"), ""):
        with pytest.raises(Refused, match="TIMESTAMP-DIFFERS"):
            check_token(token, other, authority().roots)
    assert covers(token, TEXT)
    assert not covers(token, TEXT[:-1])


def test_a_digest_that_is_weak_is_none_of_the_three(tmp_path: Path) -> None:
    old = Authority(tmp_path)
    old.write("tsa.cnf", (tmp_path / "tsa.cnf").read_text().replace("sha384", "sha1"))
    with pytest.raises(Refused, match="TIMESTAMP-DIFFERS"):
        check_token(old.token(TEXT, "-sha1", "-cert"), TEXT, old.roots)


def test_a_signature_that_was_altered_is_refused(token: bytes) -> None:
    altered = bytearray(token)
    altered[-5] ^= 1
    with pytest.raises(Refused, match="TIMESTAMP-SIGNATURE"):
        check_token(bytes(altered), TEXT, authority().roots)
    of_another_text = authority().token(TEXT + "x")
    moved = of_another_text.replace(
        sha256((TEXT + "x").encode()).digest(), sha256(TEXT.encode()).digest()
    )
    with pytest.raises(Refused, match="TIMESTAMP-SIGNATURE"):
        check_token(moved, TEXT, authority().roots)


def test_an_authority_under_no_root_that_was_given_is_none(token: bytes) -> None:
    with pytest.raises(Refused, match="TIMESTAMP-AUTHORITY"):
        check_token(token, TEXT, authority("other").roots)
    both = (*authority("other").roots, *authority().roots)
    assert check_token(token, TEXT, both).authority == NAME


def test_a_certificate_that_is_none_for_time_stamps_makes_none(tmp_path: Path) -> None:
    lax = Authority(tmp_path)
    lax.write("usage", "basicConstraints = critical, CA:FALSE\n")
    good = (tmp_path / "tsa.pem").read_bytes()
    lax.openssl(
        *("x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key"),
        *("-CAcreateserial", "-out", "lax.pem", "-days", "9", "-extfile", "usage"),
    )
    token = lax.token(TEXT)
    der, weak = parse_roots(good)[0], parse_roots((tmp_path / "lax.pem").read_bytes())[0]
    with pytest.raises(LedgerError):
        check_token(token.replace(der, weak), TEXT, lax.roots)


def test_a_token_without_its_certificate_is_of_nobody() -> None:
    with pytest.raises(Refused, match="TIMESTAMP-AUTHORITY"):
        check_token(authority().token(TEXT, "-sha256"), TEXT, authority().roots)


@pytest.mark.parametrize("junk", [b"", b"0", b"\x30\x00", b"\x30\x80\x00\x00", b"\xff" * 40])
def test_what_is_no_token_cannot_be_read(junk: bytes) -> None:
    with pytest.raises(Malformed, match="TIMESTAMP-FORM"):
        check_token(junk, TEXT, authority().roots)
    with pytest.raises(Malformed, match="TIMESTAMP-FORM"):
        open_token(junk, TEXT)


def test_any_cut_and_any_byte_put_elsewhere_gives_an_error_or_the_same_time(token: bytes) -> None:
    before = check_token(token, TEXT, authority().roots)

    @settings(max_examples=150)
    @given(st.integers(0, len(token) - 1), st.binary(max_size=3))
    def altered(at: int, put: bytes) -> None:
        with suppress(LedgerError):
            data = token[:at] + put + token[at + len(put) :]
            assert check_token(data, TEXT, authority().roots) == before
        with suppress(LedgerError):
            check_token(token[:at], TEXT, authority().roots)
            raise AssertionError

    altered()


def test_a_panic_of_the_library_is_an_error_and_an_interruption_is_none(
    token: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    class PanicException(BaseException):
        pass

    for raised, expected in ((PanicException, Malformed), (KeyboardInterrupt, KeyboardInterrupt)):

        def broken(_: bytes, raised: type[BaseException] = raised) -> None:
            raise raised

        monkeypatch.setattr("rfc3161_client.decode_timestamp_response", broken)
        with pytest.raises(expected):
            check_token(token, TEXT, authority().roots)


def test_without_the_extra_nothing_is_said(token: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rfc3161_client", None)
    with pytest.raises(Unavailable, match="TIMESTAMP-UNCHECKED"):
        check_token(token, TEXT, authority().roots)
    with pytest.raises(Unavailable, match="TIMESTAMP-UNCHECKED"):
        request(TEXT, nonce=False)


def test_a_request_is_answered_and_its_nonce_comes_back() -> None:
    query, nonce = request(TEXT, nonce=True)
    answer = token_in(authority().reply(query))
    assert answer is not None
    assert nonce_of(open_token(answer, TEXT)) == nonce is not None
    assert check_token(answer, TEXT, authority().roots).authority == NAME
    query, nonce = request(TEXT, nonce=False)
    assert nonce is None
    assert query == request(TEXT, nonce=False)[0]
    answer = token_in(authority().reply(query))
    assert answer is not None
    assert nonce_of(open_token(answer, TEXT)) is None


def test_a_token_is_found_in_a_response_and_as_itself(token: bytes) -> None:
    assert token_in(token) == token
    for junk in (b"", b"\x30\x00", token[:-1], token + b"\0", b"\x04\x03\x06\x01\x00"):
        assert token_in(junk) is None


def test_a_token_of_many_small_elements_costs_no_more_than_its_size() -> None:
    certificates = timestamps._element(0xA0, b"\x05\x00" * 500_000)
    content = timestamps._element(0xA0, timestamps._element(0x30, certificates))
    junk = timestamps._element(0x30, b"\x06\x01\x00" + content)
    begun = time.process_time()
    assert token_in(junk) == junk
    with pytest.raises(Malformed, match="TIMESTAMP-FORM"):
        open_token(junk, TEXT)
    assert time.process_time() - begun < 10


def test_a_refusal_holds_no_token() -> None:
    query = request(TEXT, nonce=False)[0]
    denied = authority().reply(
        query.replace(bytes.fromhex("608648016503040201"), bytes.fromhex("608648016503040209"))
    )
    assert token_in(denied) is None


def test_roots_are_read_from_a_pem_file() -> None:
    pem = authority().root_pem.read_bytes()
    both = parse_roots(pem + authority("other").root_pem.read_bytes())
    assert both == (*authority().roots, *authority("other").roots)
    for junk in (b"", b"text\n", pem[:-40], b"#" * 2_000_000 + pem, b"\xff"):
        with pytest.raises(Malformed, match="TSA-ROOT"):
            parse_roots(junk)
