"""The submission service keeps to its own description: schemathesis tries it, over HTTP."""

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis.errors import Unsatisfiable

from tests.office import Office
from tests.service_process import Maker, Running
from tests.test_appending import forged

SEED = int(os.environ.get("CHIPLEDGER_SEED", "1"))
OPERATIONS = 8
"""All but the description itself, which schemathesis leaves out where it was read from there."""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    made = Office.make(tmp_path_factory.mktemp("office") / "desk")
    made.party("nvidia", "maker")
    return made


@pytest.fixture(scope="module")
def running(office: Office) -> Iterator[Running]:
    one = Running(office)
    yield one
    assert one.end(signal.SIGTERM) == 0
    assert office.audit().verdict == "PASS"


def try_all(running: Running, examples: int) -> int:
    """Try every operation with what its description allows, and with what it does not."""
    import schemathesis  # noqa: PLC0415  slow to import, and no other test needs it
    from schemathesis.core.result import Ok  # noqa: PLC0415
    from schemathesis.generation import GenerationMode  # noqa: PLC0415
    from schemathesis.specs.openapi.checks import positive_data_acceptance  # noqa: PLC0415

    # no schema says that a payload is a statement, or that bytes hash to what the address names
    unknowable: list[Any] = [positive_data_acceptance]

    schema = schemathesis.openapi.from_url(f"{running.url}openapi.json")
    tried = 0
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        for mode in GenerationMode:

            @seed(SEED)
            @settings(
                max_examples=examples,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy(generation_mode=mode))
            def conforms(case: schemathesis.Case[Any]) -> None:
                case.call_and_validate(excluded_checks=unknowable)

            with suppress(Unsatisfiable):  # what takes nothing cannot be given anything wrong
                conforms()
        tried += 1
    return tried


def test_the_service_keeps_to_its_description(running: Running) -> None:
    assert try_all(running, 8) == OPERATIONS
    assert running.process.poll() is None


def test_what_is_recorded_and_refused_is_answered_as_described(
    running: Running, office: Office
) -> None:
    import schemathesis  # noqa: PLC0415

    schema = schemathesis.openapi.from_url(f"{running.url}openapi.json")
    operation = schema["/v1/events"]["POST"]
    maker = Maker(office)
    first, second = maker.batch("B-1"), maker.batch("B-2")
    same_name = maker.batch("B-1", occurred="2026-01-06")
    maker.close()
    for envelopes, status in (
        ([first, second], 201),
        ([first], 200),
        ([same_name, first], 207),
        ([same_name], 409),
        ([forged(first)], 403),
    ):
        body: Any = {"envelopes": [msgspec.to_builtins(one.envelope) for one in envelopes]}
        case = operation.Case(body=body, media_type="application/json")
        assert case.call_and_validate().status_code == status


@pytest.mark.slow
def test_the_service_keeps_to_its_description_at_length(running: Running) -> None:
    assert try_all(running, 200) == OPERATIONS
    assert running.process.poll() is None
