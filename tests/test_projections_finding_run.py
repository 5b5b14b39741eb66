"""Findings: their order, subjects, thresholds, answers, and rules whose rows are none."""

from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ledger.errors import Malformed
from ledger.events.assurance import FindingAnswered
from projections.determination.tables import judging
from projections.finding_rules import SEVERITIES, Rule, find_rules, rules
from projections.finding_run import Clocks, Finding, Scope, findings
from projections.packs.load import packs
from tests.mini_case import mini_case, project
from tests.tale import Tale, found
from tests.test_projections_finding_rules import OWN

ZONE = ZoneInfo("UTC")
LATER = "2026-06-01T00:00:00Z"


def of_mini(scope: Scope | None = None) -> list[Finding]:
    case = mini_case()
    reader = judging(case.view.connection, packs(), ZONE)
    return findings(reader, rules().values(), Clocks(LATER, case.end), scope or Scope())


def overdue(*answers: Any, about: Any = None, subject: str = "shipment:s1") -> Tale:
    tale = Tale().built()
    tale.dispatch()
    sent = tale.last
    for answer in answers:
        data = FindingAnswered(
            code="SHIP-OVERDUE", subject=subject, answer=answer, reason="held at customs",
            entry=about or sent.target,
        )  # fmt: skip
        tale.say("aolani", data, "2026-03-10")
    return tale


def test_the_gravest_come_first() -> None:
    order = [SEVERITIES.index(one.severity) for one in of_mini()]
    assert order == sorted(order)
    assert "INSPECTION-MISMATCH" in {one.rule.code for one in of_mini()}


def test_what_concerns_one_subject_is_what_all_findings_say_of_it() -> None:
    everything = of_mini()
    for subject in {one.subject for one in everything}:
        some = of_mini(Scope(subject))
        assert [one for one in some if one.subject == subject] == [
            one for one in everything if one.subject == subject
        ]


def test_entries_that_name_a_subject_concern_it() -> None:
    tale = Tale().built()
    tale.dispatch(also=())
    (one,) = found(tale, "COSIGN-MISSING", scope=Scope(("shipment", "S1")))
    assert one.about == f"entry:{tale.last.index}"
    assert not found(tale, "COSIGN-MISSING", scope=Scope(("shipment", "S2")))
    assert not found(tale, "COSIGN-MISSING", scope=Scope(("entry", "S2")))


def test_a_finding_cannot_be_seen_before_what_it_rests_on() -> None:
    case = mini_case()
    reader = judging(case.view.connection, packs(), ZONE)
    for one in of_mini():
        before = Clocks(LATER, one.first_seen - 1)
        earlier = findings(reader, [one.rule], before)
        assert one.entries not in [other.entries for other in earlier]


def test_a_threshold_can_be_set_and_a_wrong_name_is_refused() -> None:
    tale = overdue()
    assert not found(tale, "SHIP-OVERDUE", scope=Scope(thresholds={"SHIP-OVERDUE.days": 90}))
    with pytest.raises(Malformed) as caught:
        found(tale, "SHIP-OVERDUE", scope=Scope(thresholds={"SHIP-OVERDUE.day": 90}))
    assert caught.value.code == "THRESHOLD"


def test_an_answer_annotates_and_the_newest_counts() -> None:
    (one,) = found(overdue("explained", "accepted"), "SHIP-OVERDUE")
    assert one.status == "accepted"
    assert one.reply is not None
    assert (one.reply.by, one.reply.reason) == ("aolani", "held at customs")
    (one,) = found(overdue(), "SHIP-OVERDUE")
    assert one.status == "open"


def test_an_answer_to_another_entry_or_subject_or_before_the_news_leaves_it_open() -> None:
    other = Tale().first("PartyRegistered").target
    (one,) = found(overdue("explained", about=other), "SHIP-OVERDUE")
    assert one.status == "open"
    (one,) = found(overdue("explained", subject="shipment:S2"), "SHIP-OVERDUE")
    assert one.status == "open"
    tale = overdue("explained")
    tale.again(tale.first("ShipmentDispatched"), incoterm="DAP")
    (one,) = found(tale, "SHIP-OVERDUE")
    assert one.status == "open"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("'it is there' AS facts", "'it is there' AS fact"),
        ("'it is there' AS facts", "NULL AS facts"),
        ("'it is there' AS facts", "'there' AS facts, 'deadly' AS severity"),
        ("'it is there' AS facts", "'there' AS facts, 'sure' AS certainty"),
        ("'it is there' AS facts", "'there' AS facts, 'any' AS kind"),
        ("json_array(batch.event_idx)", "'entry 7'"),
        ("json_array(batch.event_idx)", "'[]'"),
        ("json_array(batch.event_idx)", "json_array('7')"),
        ("json_array(batch.event_idx)", "'7'"),
    ],
)
def test_rows_that_are_no_findings_are_refused(tmp_path: Path, old: str, new: str) -> None:
    (tmp_path / "my-rule.sql").write_text(OWN.replace(old, new), encoding="utf-8")
    with pytest.raises(Malformed) as caught:
        ask(find_rules(rules(tmp_path), "MY-RULE"))
    assert caught.value.code == "RULE-ROWS"


def test_a_rule_of_ones_own_finds_and_may_do_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "my-rule.sql").write_text(OWN, encoding="utf-8")
    (mine,) = find_rules(rules(tmp_path), "MY-RULE")
    assert [one.about for one in ask([mine])] == ["batch:B1"]
    with pytest.raises(Malformed) as caught:
        ask([replace(mine, sql="PRAGMA user_version")])
    assert caught.value.code == "QUERY-SQL"


def ask(some: list[Rule]) -> list[Finding]:
    tale = Tale().built()
    with project(tale.log) as view:
        clocks = Clocks(LATER, tale.log.size - 1)
        return findings(judging(view.connection, packs(), ZONE), some, clocks)


def test_a_claim_by_a_reporter_raises_nothing_about_quantities() -> None:
    tale = Tale().built()
    tale.person("reporter", "private", None, "reporter")
    tale.dispatch(who="reporter", also=(), basis="third_party_report")
    for code in ("SHIP-OVERDUE", "COSIGN-MISSING", "NO-AUTH", "EEI-MISSING"):
        assert not found(tale, code)
