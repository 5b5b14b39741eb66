"""Sums beside postings: at both clocks they say what adding up every posting says."""

from collections.abc import Iterator

import pytest
from hypothesis import given

from ledger.errors import Malformed
from projections import runner
from projections.sql_parts import with_parts
from projections.view import MEMORY, View
from tests.histories import HISTORIES, History, play

MOMENTS = ("2026-02-02T00:00:00Z", "2026-03-15T00:00:00Z", "2027-01-01T00:00:00Z")
EVERY_ACCOUNT = "picked AS (SELECT account FROM account)"
EVERY_LOT = "picked_lot AS (SELECT lot FROM lot)"
ADDED_UP = """
    SELECT posted.account, posted.lot, sum(posted.quantity) AS quantity
    FROM posted JOIN event ON event.idx = posted.event_idx
    WHERE event.valid_at < :as_of AND posted.idx <= :known_at
    GROUP BY posted.account, posted.lot HAVING sum(posted.quantity) <> 0 ORDER BY 1, 2"""


def rows(view: View, parts: str, sql: str, clocks: dict[str, object]) -> list[dict[str, object]]:
    return list(view.rows(with_parts(f"-- with: {parts}\n{sql}", "test.sql"), clocks))


def at_every_entry(history: History) -> Iterator[tuple[View, dict[str, object]]]:
    log = play(history)
    view = View.open(MEMORY)
    runner.catch_up(view, log)
    for as_of in MOMENTS:
        for known_at in {log.size // 3, log.size - 1}:
            yield view, {"as_of": as_of, "known_at": known_at}


@given(HISTORIES)
def test_sums_say_what_the_postings_say_in_every_history(history: History) -> None:
    for view, clocks in at_every_entry(history):
        check_that_what_stands_is_all_that_was_posted_until_then(view, clocks)
        check_that_what_came_last_is_the_same_remembered_or_looked_up(view, clocks)


def check_that_what_stands_is_all_that_was_posted_until_then(
    view: View, clocks: dict[str, object]
) -> None:
    added = list(view.rows(ADDED_UP, clocks))
    ask = "SELECT account, lot, quantity FROM {} ORDER BY 1, 2"
    by_account = f"WITH {EVERY_ACCOUNT} {ask.format('accounts_standing')}"
    by_lot = f"WITH {EVERY_LOT} {ask.format('lots_standing')}"
    assert rows(view, "standing", by_account, clocks) == added
    assert rows(view, "standing_lots", by_lot, clocks) == added
    in_all = "SELECT sum(quantity) AS gpus FROM {} GROUP BY account HAVING gpus <> 0"
    assert rows(view, "total", f"{in_all.format('total')} ORDER BY account", clocks) == rows(
        view, "flow", f"{in_all.format('flow')} ORDER BY account", clocks
    )


def check_that_what_came_last_is_the_same_remembered_or_looked_up(
    view: View, clocks: dict[str, object]
) -> None:
    ask = f"""
        WITH {EVERY_ACCOUNT},
        standing AS (
          SELECT account, lot, quantity, REMEMBERED AS came, NULL AS apart FROM accounts_standing
        )
        SELECT account, event_idx, sum(rest) FROM summed WHERE rest > 0 GROUP BY 1, 2
        ORDER BY 1, 2"""  # noqa: S608  our own words
    remembered, looked_up = (ask.replace("REMEMBERED", one) for one in ("came", "-1"))
    parts = "standing, word_of"
    assert rows(view, parts, remembered, clocks) == rows(view, parts, looked_up, clocks)


def test_a_part_that_is_not_there_is_refused() -> None:
    with pytest.raises(Malformed) as caught:
        with_parts("-- with: nothing\nSELECT 1", "mine.sql")
    assert caught.value.code == "SQL-HEADER"
    assert caught.value.where == "mine.sql"
