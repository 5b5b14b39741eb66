"""`kill -9` at every system call by which a writer appends to PostgreSQL.

As in tests/test_crash.py, on the other store: the process that appends is stopped at its n-th call,
for n from 1 until it ends by itself, and killed there, or within a write when half of it went out.
What it connected with before is not among these calls. The server, which goes on, either commits
what came in whole or rolls it back.
"""

import time

import pytest

from ledger.application import Ledger
from tests import traced
from tests.aftermath import judge_ledger
from tests.durable_case import acknowledge
from tests.machine import Property
from tests.test_postgres_crash import Bench, Copy, served
from tests.traced import WHY_NOT, Plan

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)]
bench = pytest.fixture(scope="module")(served)


def kill(bench: Bench, operation: str, plan: Plan) -> bool:
    """Append, killed by the plan, and judge what is left; say whether it was killed."""
    copy, submissions = bench.copy(), bench.batch(operation)
    opened: list[Ledger] = []
    outcome = traced.run(
        lambda: acknowledge(opened[0].append_many(submissions)),
        copy.folder,
        plan,
        before=lambda: opened.append(copy.open(bench.server.url(copy.database))),
    )
    assert outcome.killed or outcome.exit_code == 0, outcome.said
    wait_for_the_server(bench, copy)
    try:
        judge_ledger(copy.folder, outcome.said, submissions, bench.next)
    except BaseException as error:
        error.add_note(f"{operation}: {plan}; it said {outcome.said}")
        raise
    copy.forget()
    return outcome.killed


def wait_for_the_server(bench: Bench, copy: Copy) -> None:
    """Wait until the server has noticed that nobody is there."""
    asked = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{copy.database}'"  # noqa: S608
    while bench.server.ask("postgres", asked):
        time.sleep(0.01)


@pytest.mark.parametrize("where", ["before", "inside"])
@pytest.mark.parametrize("operation", ["append", "bulk append"])
def test_a_writer_to_a_database_is_killed_at_every_call(
    bench: Bench, operation: str, where: str, record_property: Property
) -> None:
    number = 1
    while kill(bench, operation, Plan(kill_at=number, inside=where == "inside")):
        number += 1
    assert number > 1
    record_property("cases", number - 1)
    record_property("counted", f"{operation} to PostgreSQL, killed {where} all {number - 1} calls")
