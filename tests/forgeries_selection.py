"""Forged selections, for the conditions that only a part of a log can meet."""

from collections.abc import Callable, Sequence

from ledger.evidence.lines import ConsistencyLine, Line, SelectedLine
from tests.forger import Forger
from tests.forgeries import Case, case
from tests.selections import (
    bent,
    file_of,
    forged_selection,
    lines_of,
    opened,
    selected,
    unproven,
    without,
)
from tests.told import ACCEPTANCE, BATCH, SHIPMENT, told


def of_all(change: Callable[[Sequence[Line]], Sequence[Line]]) -> Case:
    """Return the case of a selection of every entry, changed."""
    lines = lines_of(selected(told().ledger, range(told().ledger.size)))
    return Case(opened(file_of(change(lines))), told().trust())


@case("INCLUSION-DIFFERS")
def a_proof_that_leads_elsewhere() -> Case:
    return of_all(
        lambda lines: [
            bent(one) if isinstance(one, SelectedLine) and one.index == BATCH else one
            for one in lines
        ]
    )


@case("CONSISTENCY-DIFFERS")
def an_earlier_tree_that_this_one_does_not_continue() -> Case:
    first = next(
        one.size
        for one in lines_of(selected(told().ledger, range(told().ledger.size)))
        if isinstance(one, ConsistencyLine)
    )
    return of_all(
        lambda lines: [
            bent(one) if isinstance(one, ConsistencyLine) and one.size == first else one
            for one in lines
        ]
    )


@case("CONSISTENCY-MISSING")
def a_checkpoint_kept_earlier_that_nothing_leads_from() -> Case:
    forger = Forger(told(), BATCH)
    note = forger.sign(forger.size, forger.root)
    lines = unproven(lines_of(selected(told().ledger, [SHIPMENT])), BATCH)
    return Case(opened(file_of(lines)), told().trust(checkpoints=(note,)))


@case("CHAIN-INCOMPLETE")
def a_selection_that_leaves_out_a_control_entry() -> Case:
    return of_all(lambda lines: without(lines, 3))


@case("TARGET-ABSENT")
def a_counter_signature_without_what_was_signed() -> Case:
    return of_all(lambda lines: without(lines, SHIPMENT))


@case("SEEN-UNPROVEN")
def nothing_shows_what_a_signer_had_seen() -> Case:
    seen = told().ledger.event(ACCEPTANCE).statement.seen
    assert seen is not None
    return of_all(lambda lines: unproven(lines, seen.size))


def forged_case(forger: Forger, *positions: int) -> Case:
    """Return the case of a selection of a log that was forged."""
    return Case(opened(file_of(forged_selection(forger, positions))), forger.story.trust())
