"""The one family of errors: each says what, where, how to mend it, and how a command ends."""

import inspect

import pytest

from ledger import errors
from ledger.errors import (
    EXIT_FAIL,
    EXIT_PASS,
    EXIT_UNDECIDED,
    EXIT_USAGE,
    Conflict,
    LedgerError,
    Malformed,
    Refused,
    Tampered,
    Unavailable,
)

FAMILY = {Malformed: 2, Refused: 2, Conflict: 2, Tampered: 3, Unavailable: 3}


def test_the_exit_codes_are_those_that_scripts_rely_on() -> None:
    assert (EXIT_PASS, EXIT_FAIL, EXIT_USAGE, EXIT_UNDECIDED) == (0, 1, 2, 3)


@pytest.mark.parametrize(("kind", "exit_code"), FAMILY.items())
def test_each_kind_ends_a_command_with_its_code_and_never_with_fail(
    kind: type[LedgerError], exit_code: int
) -> None:
    assert kind.exit_code == exit_code
    assert kind("A-CODE", "a message").exit_code != EXIT_FAIL


def test_the_family_is_complete() -> None:
    kinds = {
        one
        for _, one in inspect.getmembers(errors, inspect.isclass)
        if issubclass(one, LedgerError) and one is not LedgerError
    }
    assert kinds == set(FAMILY)


def test_an_error_names_its_place_where_it_has_one() -> None:
    error = Refused("KEY-REVOKED", "the key was revoked", where="entry 7", hint="use another")
    assert str(error) == "KEY-REVOKED: the key was revoked (entry 7)"
    assert (error.code, error.message, error.where, error.hint) == (
        "KEY-REVOKED",
        "the key was revoked",
        "entry 7",
        "use another",
    )


def test_an_error_without_a_place_says_nothing_of_one() -> None:
    error = Malformed("URL", "no ledger")
    assert str(error) == "URL: no ledger"
    assert error.where is None
    assert error.hint is None
