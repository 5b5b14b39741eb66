"""Step 2: what the policy asks of witnesses, and what the report says of their word."""

import pytest

from ledger.log.cosignature import cosign
from ledger.log.note import Note, NoteSignature, format_note, sign_note, verifier_key
from ledger.source import Anchor
from ledger.store.reader import Anchor as StoredAnchor
from ledger.trust import Trust
from ledger.trust.policy import Policy, parse_policy
from ledger.verify.audit import audit
from ledger.verify.report import Report
from ledger.verify.witnesses import judge_witnesses
from tests.forger import Forger
from tests.forgeries import noted, rotated, witness
from tests.harness import ORIGIN, codes, signer_of
from tests.told import told

LOG = verifier_key(ORIGIN, signer_of("ledger").public_key)
WITNESSES = "".join(f"witness {name} {witness(name).verifier_key}\n" for name in ("w1", "w2", "w3"))
TWO = f"log {LOG}\n{WITNESSES}group two 2 w1 w2 w3\nquorum two\n"


def policy(text: str = TWO) -> Policy:
    return parse_policy(text.encode("utf-8", "surrogateescape"))


def line(name: str, size: int, at: int) -> NoteSignature:
    return cosign(noted(size).text, f"witness.example/{name}", signer_of(name), at)


def anchor(size: int, *lines: NoteSignature) -> Anchor:
    note = noted(size)
    return Anchor(size, format_note(Note(note.text, (*note.signatures, *lines))), None)


def judged(*anchors: Anchor, asked: Policy | None = None, **trust: object) -> Report:
    forger = Forger(told())
    forger.anchors += [StoredAnchor(one.size, one.note, one.token or b"") for one in anchors]
    return audit(forger.source(), told().trust(policy=asked or policy(), **trust))


def step_2(report: Report) -> tuple[str, int]:
    return report.steps[1].verdict, report.steps[1].checked


def test_a_quorum_over_an_anchor_says_up_to_where() -> None:
    report = judged(anchor(5, line("w1", 5, 100), line("w2", 5, 90)))
    assert (report.verdict, report.cosigned) == ("PASS", 5)
    assert step_2(report) == ("PASS", 2)
    assert "whether witnesses saw entry 5 and later ones" in report.not_checked
    assert not any("no policy" in one for one in report.not_checked)
    assert report.trust.policy == policy().sha256
    first, last = report.dated
    assert (first.entry, first.not_after) == (0, "1970-01-01T00:01:40Z")
    assert (last.entry, last.not_after, last.not_before) == (report.size - 1, None, None)


def test_the_newest_anchor_with_the_quorum_counts() -> None:
    report = judged(
        anchor(5, line("w1", 5, 1), line("w2", 5, 1)),
        anchor(9, line("w1", 9, 2), line("w3", 9, 2)),
        anchor(11, line("w2", 11, 3)),
    )
    assert (report.verdict, report.cosigned) == ("PASS", 9)


def test_cosignatures_of_one_checkpoint_are_put_together() -> None:
    report = judged(anchor(5, line("w1", 5, 7)), anchor(5, line("w3", 5, 9), line("w1", 5, 8)))
    assert (report.verdict, report.cosigned) == ("PASS", 5)
    assert report.dated[0].not_after == "1970-01-01T00:00:09Z"


def test_the_whole_ledger_may_be_cosigned() -> None:
    size = told().ledger.size
    report = judged(anchor(size, line("w1", size, 1), line("w2", size, 1)))
    assert report.cosigned == size
    assert not any("witnesses" in one for one in report.not_checked)


@pytest.mark.parametrize("names", [[], ["w1"]])
def test_too_few_leave_it_undecided(names: list[str]) -> None:
    report = judged(anchor(5, *(line(name, 5, 1) for name in names)))
    assert (report.verdict, codes(report)) == ("UNDECIDED", {"WITNESS-QUORUM"})
    assert report.cosigned is None
    [mark] = report.marks
    assert mark.expected == "the quorum two"
    assert mark.found == ("cosignatures of witness.example/w1" if names else "no cosignature")


def test_two_over_different_checkpoints_are_no_quorum() -> None:
    report = judged(anchor(5, line("w1", 5, 1)), anchor(6, line("w2", 6, 1)))
    assert codes(report) == {"WITNESS-QUORUM"}


def test_a_known_witness_with_a_wrong_line_fails_whatever_others_say() -> None:
    good = (line("w1", 5, 1), line("w2", 5, 1))
    report = judged(anchor(5, *good), anchor(6, line("w3", 5, 1)))
    assert (report.verdict, codes(report)) == ("FAIL", {"WITNESS-SIGNATURE"})
    assert "witness.example/w3" in report.marks[0].found


def test_strangers_are_ignored() -> None:
    stranger = sign_note(noted(5).text, "witness.example/w9", signer_of("w9"))
    report = judged(anchor(5, line("w1", 5, 1), stranger, line("w2", 5, 1)))
    assert (report.verdict, report.cosigned) == ("PASS", 5)


def test_a_policy_that_asks_for_no_witness_says_nothing_of_them() -> None:
    report = judged(asked=policy(f"log {LOG}\nquorum none\n"))
    assert (report.verdict, report.cosigned, report.dated) == ("PASS", None, ())
    assert step_2(report) == ("PASS", 1)


@pytest.mark.parametrize(
    "key",
    [
        verifier_key(ORIGIN, signer_of("w1").public_key),
        verifier_key("ledger.other.invalid", signer_of("ledger").public_key),
    ],
)
def test_a_policy_for_other_logs_is_not_for_this_one(key: str) -> None:
    report = judged(asked=policy(f"log {key}\nquorum none\n"))
    assert (report.verdict, codes(report)) == ("FAIL", {"POLICY-LOG"})


def test_a_rotated_key_is_followed_and_either_may_be_listed() -> None:
    old, new = (verifier_key(ORIGIN, signer_of(name).public_key) for name in ("ledger", "ledger 2"))
    elsewhere = verifier_key("ledger.other.invalid", signer_of("w1").public_key)
    for listed in ((old,), (new,), (elsewhere, old)):
        text = "".join(f"log {one}\n" for one in listed) + "quorum none\n"
        report = audit(rotated().source(), told().trust(policy=policy(text)))
        assert codes(report) == {"HANDOVER-MISSING"}


def test_what_is_no_note_is_left_to_step_1() -> None:
    found = judge_witnesses(policy(), told().ledger.authority, [b"", b"a\n\nb\n"])
    assert [one.code for one in found.marks] == ["WITNESS-QUORUM"]


def test_a_quorum_of_any_octets_can_be_reported() -> None:
    text = f"witness \udcff {witness().verifier_key}\nquorum \udcff\n"
    report = judged(asked=policy(text))
    assert report.marks[0].expected == "the quorum \ufffd"


def test_nothing_is_asked_where_the_trust_asks_for_nothing() -> None:
    report = audit(Forger(told()).source(), Trust(fingerprint=told().ledger.fingerprint))
    assert step_2(report) == ("NOT ASKED", 0)
    assert "witness cosignatures and time stamps: no policy was given" in report.not_checked
