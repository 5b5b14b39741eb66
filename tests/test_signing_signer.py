"""Keys in memory: the same signature from every library, and no secret shown."""

import hashlib
import sys

import pytest

from ledger.errors import Malformed
from ledger.signing.ed25519 import verify
from ledger.signing.signer import MemorySigner, Signer, key_id

# RFC 8032 section 7.1, tests 1 to 3: seed, public key, message, signature.
RFC_8032 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701"
            "cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ),
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d"
            "0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f7609"
            "84dc6594a7c15e9716ed28dc027beceea1ec40a"
        ),
    ),
]


@pytest.fixture(params=["as installed", "without pynacl"])
def _libraries(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "without pynacl":
        monkeypatch.setitem(sys.modules, "nacl.bindings", None)


@pytest.mark.usefixtures("_libraries")
@pytest.mark.parametrize(("seed", "public_key", "message", "signature"), RFC_8032)
def test_signs_as_the_standard_says(
    seed: str, public_key: str, message: str, signature: str
) -> None:
    signer: Signer = MemorySigner.from_seed(bytes.fromhex(seed))
    assert signer.public_key.hex() == public_key
    assert signer.sign(bytes.fromhex(message)).hex() == signature


def test_a_generated_key_is_new_and_its_signature_counts() -> None:
    one, other = MemorySigner.generate(), MemorySigner.generate()
    assert one != other
    assert one.public_key != other.public_key
    assert verify(one.public_key, b"dispatch", one.sign(b"dispatch"))
    assert not verify(other.public_key, b"dispatch", one.sign(b"dispatch"))


def test_the_same_seed_gives_the_same_signer() -> None:
    one = MemorySigner.generate()
    assert MemorySigner.from_seed(one.seed) == one


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_a_seed_of_another_length_is_malformed(size: int) -> None:
    with pytest.raises(Malformed, match="SEED-LENGTH"):
        MemorySigner.from_seed(bytes(size))


def test_the_secret_is_never_shown() -> None:
    seed = bytes(range(65, 97))
    shown = repr(MemorySigner.from_seed(seed)) + str(MemorySigner.from_seed(seed))
    assert repr(seed)[2:-1] not in shown
    assert seed.hex() not in shown
    assert "seed" not in shown


def test_a_key_is_named_by_the_hash_of_its_raw_bytes() -> None:
    public_key = MemorySigner.from_seed(bytes(32)).public_key
    assert key_id(public_key) == hashlib.sha256(public_key).hexdigest()
