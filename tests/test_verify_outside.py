"""Step 2: time stamps in anchors and in the log, and the bounds of time that follow from both."""

import base64
import sys
import time

import pytest

from ledger.events.ledger import CheckpointAnchored
from ledger.log.cosignature import cosign
from ledger.log.note import Note, format_note
from ledger.occurred import second_text
from ledger.store.reader import Anchor
from ledger.trust.policy import parse_policy
from ledger.verify.audit import audit, audit_to_record
from ledger.verify.report import Report
from tests.authority import NAME, authority
from tests.forger import Forger
from tests.forgeries import ONE_WITNESS, noted, witness
from tests.harness import Story, codes, signer_of
from tests.told import told

POLICY = parse_policy(ONE_WITNESS.encode())


def judged(*anchors: tuple[int, bytes], **trust: object) -> Report:
    forger = Forger(told())
    forger.anchors += [Anchor(size, format_note(noted(size)), token) for size, token in anchors]
    given = {"tsa_roots": authority().roots} | trust
    return audit(forger.source(), told().trust(**given))


def stamp(size: int, name: str = "tsa") -> tuple[int, bytes]:
    return size, authority(name).token(noted(size).text)


def cosignature(text: str, name: str, at: int) -> str:
    line = cosign(text, witness(name).name, signer_of(name), at)
    return format_note(Note(text, (line,))).decode().splitlines()[-1]


def anchored(story: Story, size: int, *, token: bytes | None, lines: tuple[str, ...] = ()) -> int:
    spelled = None if token is None else base64.b64encode(token).decode()
    root = story.ledger.root_at(size).hex()
    data = CheckpointAnchored(
        size=size, root=root, token=spelled, cosignatures=tuple(sorted(lines))
    )
    return story.record(data, "operator").index


def newest_text(story: Story) -> str:
    return "\n".join(story.ledger.checkpoint().decode().splitlines()[:3]) + "\n"


def test_a_time_stamp_bounds_what_its_checkpoint_holds() -> None:
    report = judged(stamp(5), stamp(9))
    assert (report.verdict, report.stamped) == ("PASS", 9)
    assert (report.steps[1].verdict, report.steps[1].checked) == ("PASS", 2)
    first, last = report.dated
    assert first.not_after is not None
    assert first.not_after <= second_text(int(time.time()) + 60)
    assert first.not_after_by == f"{NAME}, over 5 entries"
    assert (last.not_after, last.not_before) == (None, None)
    assert "witness cosignatures: no policy was given" in report.not_checked
    assert len(report.trust.tsa_roots) == 1


def test_without_roots_tokens_are_listed_as_not_checked() -> None:
    report = judged(stamp(5), tsa_roots=())
    assert (report.verdict, report.stamped, report.dated) == ("PASS", None, ())
    assert "1 time-stamp tokens" in report.not_checked


def test_a_root_that_is_given_asks_for_a_time_stamp() -> None:
    report = judged()
    assert (report.verdict, codes(report)) == ("UNDECIDED", {"TIMESTAMP-MISSING"})
    report = judged(stamp(5, "other"))
    assert (report.verdict, codes(report)) == ("UNDECIDED", {"TIMESTAMP-MISSING"})
    assert "1 time-stamp tokens of authorities without a root" in report.not_checked


def test_an_authority_without_a_root_beside_one_that_is_known_is_told() -> None:
    report = judged(stamp(5), stamp(9, "other"))
    assert (report.verdict, report.stamped) == ("PASS", 5)
    assert "1 time-stamp tokens of authorities without a root" in report.not_checked


def test_one_wrong_time_stamp_fails_whatever_others_say() -> None:
    report = judged(stamp(5), (9, stamp(8)[1]))
    assert (report.verdict, codes(report)) == ("FAIL", {"TIMESTAMP-DIFFERS"})


def test_without_the_extra_it_stays_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    given = stamp(5), stamp(9)
    monkeypatch.setitem(sys.modules, "rfc3161_client", None)
    report = judged(*given)
    assert (report.verdict, codes(report)) == ("UNDECIDED", {"TIMESTAMP-UNCHECKED"})
    assert judged(*given, tsa_roots=()).verdict == "PASS"


def test_a_time_stamp_over_what_is_no_note_is_left_to_step_1() -> None:
    forger = Forger(told())
    forger.anchors.append(Anchor(5, b"five", stamp(5)[1]))
    report = audit(forger.source(), told().trust(tsa_roots=authority().roots))
    assert codes(report) == {"ANCHOR-MALFORMED", "TIMESTAMP-MISSING"}


def test_what_the_log_holds_dates_what_follows_and_asks_for_nothing() -> None:
    with Story() as story:
        story.party("maker", "maker")
        size = story.ledger.size
        text = newest_text(story)
        at = anchored(
            story, size, token=authority().token(text), lines=(cosignature(text, "w1", 100),)
        )
        report = story.audit(tsa_roots=authority().roots, policy=POLICY)
        assert codes(report) == {"WITNESS-QUORUM", "TIMESTAMP-MISSING"}  # no anchor has them
        first, last = report.dated
        assert (last.entry, last.not_before_by) == (at, f"{NAME}, over {size} entries")
        assert (first.not_before, first.not_after) == (None, "1970-01-01T00:01:40Z")
        assert first.not_after_by == f"witnesses, over {size} entries"


def test_what_the_log_holds_and_nobody_known_made_dates_nothing_and_fails_nothing() -> None:
    with Story() as story:
        story.party("maker", "maker")
        size = story.ledger.size
        text = newest_text(story)
        wrong = cosignature(text, "w1", 1)[:-3] + "A=="
        lines = (cosignature(text, "w2", 7), wrong)
        anchored(story, size, token=authority("other").token(text), lines=lines)
        anchored(story, size, token=b"\x30\x03\x06\x01\x00")
        anchored(story, size, token=None, lines=(cosignature(text, "w2", 8),))
        for report in (story.audit(tsa_roots=authority().roots), story.audit(policy=POLICY)):
            assert report.verdict == "UNDECIDED"
            assert report.dated == ()
        assert story.audit().verdict == "PASS"


def test_an_audit_that_goes_on_says_that_it_looked_at_no_dates_before() -> None:
    with Story() as story:
        story.party("maker", "maker")
        size = story.ledger.size
        token = authority().token(newest_text(story))
        anchored(story, size, token=token)
        note = story.ledger.checkpoint()
        stamp = authority().token(newest_text(story))
        story.ledger._recorder.add_anchor(Anchor(story.ledger.size, note, stamp))
        trust = story.trust(tsa_roots=authority().roots)
        report, record = audit_to_record(story.ledger.source(), trust)
        assert (report.verdict, record is None) == ("PASS", False)
        assert report.dated[1].not_before is not None
        story.party("buyer", "owner")
        going_on = story.audit(tsa_roots=authority().roots, record=record)
        assert (going_on.verdict, going_on.stamped) == ("PASS", size + 1)
        assert f"dates that the log holds before entry {size + 1}" in going_on.not_checked
        assert going_on.dated[1].not_before is None


def test_a_single_entry_has_one_line() -> None:
    with Story() as story:
        note = story.ledger.checkpoint()
        story.ledger._recorder.add_anchor(Anchor(1, note, authority().token(newest_text(story))))
        report = story.audit(tsa_roots=authority().roots)
        assert [one.entry for one in report.dated] == [0]
