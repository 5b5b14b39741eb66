"""Golden files: every layer of one example of every event type, and an independent reading of it.

The files guard against a change that nobody meant. That they are right in the first place is
checked here with nothing of the product's own code: `json`, `hashlib`, and another library.
"""

import base64
import hashlib
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ledger.events import EVENT_TYPES, decode_statement
from ledger.rights import RIGHTS_SHA256
from tests.golden import generate
from tests.harness import signer_of

SIGNERS = {
    hashlib.sha256(signer_of(name).public_key).hexdigest(): signer_of(name).public_key
    for name in ("operator", "nvidia", "aivres", "aivres-2", "aolani", "bytedance",
                 "straits-freight", "harbour-audit", "press-desk")
}  # fmt: skip


@pytest.fixture(scope="module")
def written() -> dict[str, str]:
    return generate.files()


@pytest.mark.parametrize("name", ["events", *EVENT_TYPES])
def test_a_golden_file_is_what_the_code_writes(name: str, written: dict[str, str]) -> None:
    path = generate.FOLDER / f"{name}.txt"
    assert path.read_text(encoding="utf-8") == written[path.name], (
        f"{path.name} differs: formats are frozen. If the change is meant, run `make golden` and "
        "commit the files with its decision record"
    )


def test_no_golden_file_is_left_over(written: dict[str, str]) -> None:
    assert {path.name for path in generate.FOLDER.glob("*.txt")} == set(written)


def test_writing_them_again_changes_nothing_and_removes_what_is_left_over(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path.name: path.read_bytes() for path in generate.FOLDER.glob("*.txt")}
    monkeypatch.setattr(generate, "FOLDER", tmp_path)
    folder = generate.FOLDER
    (folder / "Gone.v1.txt").write_text("old")
    generate.main()
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert f"wrote {len(before)} " in capsys.readouterr().out


def sections(name: str) -> dict[str, str]:
    text = (generate.FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    parts = [part.partition("\n") for part in text.removeprefix("# ").split("\n# ")]
    return {heading: body.rstrip("\n") for heading, _, body in parts}


def canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_the_bytes_are_what_the_formats_say(name: str) -> None:
    golden = sections(name)
    payload = golden["statement"].encode()
    statement, envelope = json.loads(golden["statement"]), json.loads(golden["envelope"])
    entry = json.loads(golden["entry"])
    for layer in ("statement", "envelope", "entry"):
        assert canonical(json.loads(golden[layer])) == golden[layer]
    assert statement["type"] == name
    assert set(statement) == {
        "ledger", "id", "type", "occurred", "asserted_by", "basis", "signatories", "corrects",
        "references", "documents", "annex", "seen", "data",
    }  # fmt: skip
    assert golden["payload sha256"] == hashlib.sha256(payload).hexdigest()
    kind = "application/vnd.chipledger.statement+json"
    assert golden["pae"] == f"DSSEv1 {len(kind)} {kind} {len(payload)} {payload.decode()}"
    assert set(envelope) == {"payload", "payloadType", "signatures"}
    assert envelope["payloadType"] == kind
    assert base64.b64decode(envelope["payload"]) == payload
    assert entry["envelope"] == envelope
    assert set(entry) == {"envelope", "recorded_at", "recorder", "control"}
    leaf = hashlib.sha256(b"\0" + golden["entry"].encode()).hexdigest()
    assert golden["leaf"] == leaf
    assert [one["keyid"] for one in envelope["signatures"]] == [
        one["key"] for one in statement["signatories"]
    ]
    new_key = statement["data"].get("key", {}) if name == "KeyEnrolled.v1" else {}
    for one in envelope["signatures"]:
        public_key = SIGNERS[one["keyid"]]
        verifier = Ed25519PublicKey.from_public_bytes(public_key)
        verifier.verify(base64.b64decode(one["sig"]), golden["pae"].encode())
    if new_key:
        raw = base64.b64decode(new_key["key"])
        assert hashlib.sha256(raw).hexdigest() in [one["keyid"] for one in envelope["signatures"]]


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_the_content_tag_covers_what_is_said_and_not_who_signs_it(name: str) -> None:
    golden = sections(name)
    statement = json.loads(golden["statement"])
    references = [one for one in statement["references"] if one["type"] != "idempotency"]
    said = (
        statement
        | dict.fromkeys(("id", "signatories", "annex", "seen"))
        | {"references": references}
    )
    digest = hashlib.sha256(canonical(said).encode()).hexdigest()
    tags = golden["tags"].splitlines()
    assert [tag for tag in tags if tag.startswith("content:")] == [f"content:{digest}"]
    assert tags == sorted(set(tags))
    assert f"id:{statement['id']}" in tags


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_an_example_leaves_no_field_untold(name: str) -> None:
    """An example that leaves a field null or empty would not guard its spelling."""
    untold = {
        "CertificationChanged.v1": set(),
        "LeaseStarted.v1": {"pool", "parent_lease"},
        "LeaseChanged.v1": {"parent_lease"},
        "LeaseEnded.v1": {"lines", "site", "parent_lease"},
        "PartyRegistered.v1": set(),
        "RoleGranted.v1": {"role"},
        "RoleWithdrawn.v1": {"role"},
        "HeadquartersDeclared.v1": {"parent_country"},
        "KeyRevoked.v1": {"doubted_since"},
        "ShipmentDispatched.v1": {"to_ledger"},
    }
    data = json.loads(sections(name)["statement"])["data"]
    empty = {field for field, value in data.items() if value is None or value == []}
    assert empty <= untold.get(name, set())


def test_the_golden_statements_are_read_back() -> None:
    for name in EVENT_TYPES:
        assert decode_statement(sections(name)["statement"].encode()).type == name


def test_the_rights_table_has_the_digest_that_ledgers_name() -> None:
    last = (generate.FOLDER / "events.txt").read_text().splitlines()[-1]
    assert last == f"chipledger-rights-v1 {RIGHTS_SHA256}"
