"""Clocks set back and ahead: entries are never dated before the ones they follow.

A ledger of record takes the machine's clock; here the machine's clock is what the test says. A
demonstration has a clock of its own, to which no limit applies.
"""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from commands.context import CLOCK_AHEAD_MAX
from commands.main import main
from ledger.application import Ledger
from ledger.draft import Submission
from ledger.errors import Unavailable
from ledger.events.party import PartyRegistered
from ledger.occurred import parse_recorded
from ledger.writing import CLOCK_BEHIND_MAX
from tests.harness import Story
from tests.machine import SEED, Property
from tests.office import Office
from tests.stores import Store

MICROSECOND = timedelta(microseconds=1)
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


class Clock:
    """The machine's clock, that somebody sets."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = NOON
        for module in ("ledger.appending", "commands.context", "commands.init"):
            monkeypatch.setattr(f"{module}.system_clock", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def registration(story: Story, name: str) -> Submission:
    data = PartyRegistered(party=name, legal_name=f"{name} Ltd", display_name=name)
    return story.submission(data, "operator")


def newest(ledger: Ledger) -> datetime:
    return parse_recorded(ledger.event(ledger.size - 1).entry.recorded_at)


def play(story: Story, clock: Clock, chance: random.Random, steps: int) -> tuple[int, int]:
    """Set the clock anew before each submission; return how many were recorded and refused."""
    recorded = refused = 0
    for number in range(steps):
        spread = chance.choice([timedelta(seconds=2), CLOCK_BEHIND_MAX, timedelta(days=3)])
        before = newest(story.ledger)
        clock.now = before + spread * chance.uniform(-1.2, 1)
        submission = registration(story, f"party-{number}")
        size = story.ledger.size
        if before - clock.now > CLOCK_BEHIND_MAX:
            with pytest.raises(Unavailable, match="CLOCK-BEHIND"):
                story.ledger.append(submission)
            assert story.ledger.size == size
            refused += 1
        else:
            assert story.ledger.append(submission).index == size
            assert newest(story.ledger) == max(clock.now, before)
            recorded += 1
    assert story.audit().verdict == "PASS"
    return recorded, refused


def test_a_clock_that_is_set_again_and_again(
    clock: Clock, store: Store, record_property: Property
) -> None:
    with Story(store.place, purpose="record") as story:
        recorded, refused = play(story, clock, random.Random(SEED), 60)
    assert recorded
    assert refused
    told = f"clock set 60 times: {recorded} events recorded, {refused} refused, seed {SEED}"
    record_property("counted", f"{store.kind}, {told}")


@pytest.mark.slow
@pytest.mark.parametrize("part", range(2))
def test_many_clocks_that_are_set_again_and_again(
    clock: Clock, part: int, record_property: Property
) -> None:
    chance = random.Random(f"{SEED} {part}")
    cases = 0
    for _ in range(10):
        clock.now = NOON
        with Story(purpose="record") as story:
            cases += sum(play(story, clock, chance, 200))
    record_property("cases", cases)


@pytest.mark.parametrize(
    ("behind", "refused"), [(CLOCK_BEHIND_MAX, False), (CLOCK_BEHIND_MAX + MICROSECOND, True)]
)
def test_five_minutes_behind_are_allowed_and_not_a_microsecond_more(
    clock: Clock, behind: timedelta, *, refused: bool
) -> None:
    with Story(purpose="record") as story:
        clock.now = NOON - behind
        submission = registration(story, "nvidia")
        if refused:
            with pytest.raises(Unavailable, match="CLOCK-BEHIND"):
                story.ledger.append(submission)
        else:
            story.ledger.append(submission)
        assert newest(story.ledger) == NOON
        assert story.ledger.size == 1 + (not refused)


def test_after_a_clock_far_ahead_nothing_is_recorded_until_time_has_caught_up(
    clock: Clock, tmp_path: Path
) -> None:
    with Story(tmp_path / "ledger.db", purpose="record") as story:
        first = registration(story, "early")
        story.ledger.append(first)
        clock.now = NOON + timedelta(days=1000)
        story.ledger.append(registration(story, "ahead"))
        clock.now = NOON
        late = registration(story, "late")
        with pytest.raises(Unavailable, match="CLOCK-BEHIND"):
            story.ledger.append(late)
        story.ledger.close()
        clock.now = NOON + timedelta(days=1000)
        with Ledger.open(story.url, story.writing()) as again:
            assert again.append(late).index == 3
            assert again.append(first).repeated


def test_two_writers_with_clocks_apart_date_entries_in_order(tmp_path: Path, clock: Clock) -> None:
    with Story(tmp_path / "ledger.db", purpose="record") as story:
        given = [registration(story, f"party-{number}") for number in range(6)]
        with Ledger.open(story.url, story.writing()) as slow:
            for number, submission in enumerate(given):
                ahead = number % 2 == 0
                clock.now = NOON + timedelta(minutes=number + (4 if ahead else 0))
                (story.ledger if ahead else slow).append(submission)
        moments = [parse_recorded(event.entry.recorded_at) for event in story.ledger.read()]
        assert moments == sorted(moments)
        assert len(set(moments)) == 4
        assert story.audit().verdict == "PASS"


def test_a_demonstration_has_any_clock(tmp_path: Path) -> None:
    with Story(tmp_path / "ledger.db") as story:
        for days in (3000, -2000, -900):
            story.now += timedelta(days=days)
            story.ledger.append(registration(story, f"party{days}"))
        assert newest(story.ledger) > story.now
        assert story.audit().verdict == "PASS"


def test_the_command_line_asks_about_a_clock_far_ahead_and_not_before(
    clock: Clock, tmp_path: Path
) -> None:
    """A ledger of record, as it is made and written to by hand."""
    password = tmp_path / "password"
    password.write_text("correct horse battery staple\n")
    folder = tmp_path / "ledger"
    given = ("--password-file", str(password))
    named = ("--origin", "ledger.example/2026", "--party", "operator", "--name", "Operator Sdn Bhd")
    result = CliRunner().invoke(main, ("init", str(folder), *named, "--yes", *given))
    assert result.exit_code == 0, result.output
    office = Office(folder)
    say = ("party", "headquarters", "operator", "MY", "--on", "2026-11-01", *given)
    clock.now = NOON + CLOCK_AHEAD_MAX + timedelta(seconds=1)
    office.fail("CLOCK-AHEAD", *say, "--yes")
    office.fail("DECLINED", *say, typed="n\n")
    clock.now = NOON - CLOCK_BEHIND_MAX - timedelta(seconds=1)
    office.fail("CLOCK-BEHIND", *say, "--yes", exit_code=3)
    clock.now = NOON + CLOCK_AHEAD_MAX
    assert office.record(*say) == [1]
    other = ("party", "headquarters", "operator", "SG", "--on", "2026-11-02", *given)
    clock.now += CLOCK_AHEAD_MAX + timedelta(seconds=1)
    assert "recorded as entry 2" in office.run(*other, typed="y\ny\n")
