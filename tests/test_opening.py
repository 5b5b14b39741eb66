"""Entry 0 as a draft: what it says, on which day, and what it cannot say."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ledger.application import Ledger
from ledger.authority import public_key
from ledger.errors import Malformed
from ledger.events.ledger import LedgerOpened
from ledger.events.party import PartyFields
from ledger.opening import Opening
from ledger.rights import RIGHTS_NAME, RIGHTS_SHA256
from ledger.writing import MEMORY, Writing
from tests.harness import ORIGIN, signer_of

OPENING = Opening(
    origin=ORIGIN,
    operator=PartyFields(party="operator", legal_name="Operator Ltd", display_name="Operator"),
    ledger_key=public_key(signer_of("ledger").public_key, "ledger"),
    registrar_key=public_key(signer_of("operator").public_key, "desk"),
    recovery_key=public_key(signer_of("recovery").public_key, "safe"),
    zone="Asia/Kuala_Lumpur",
)


def test_a_ledger_opens_with_the_signed_draft() -> None:
    signed = OPENING.draft().sign(signer_of("operator"))
    with Ledger.create(MEMORY, signed, Writing(signer=signer_of("ledger"))) as ledger:
        assert ledger.opening == LedgerOpened(
            origin=ORIGIN,
            purpose="record",
            zone="Asia/Kuala_Lumpur",
            rights=RIGHTS_NAME,
            rights_sha256=RIGHTS_SHA256,
            checkpoint_key=OPENING.ledger_key,
            operator=OPENING.operator,
            registrar_key=OPENING.registrar_key,
            recovery_key=OPENING.recovery_key,
        )


def test_the_opening_is_dated_in_the_zone_of_the_ledger() -> None:
    evening = datetime(2026, 1, 5, 20, 0, tzinfo=UTC)
    statement = OPENING.draft(evening).statement
    assert statement.occurred == "2026-01-06"
    named = OPENING.draft(evening, identifier=statement.id).statement
    assert named == statement
    assert [one.party for one in named.signatories] == ["operator"]


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("zone", "Asia/Nowhere", "ZONE-UNKNOWN"),
        ("origin", "no domain", "NOT-TYPED"),
        ("purpose", "trial", "NOT-TYPED"),
    ],
)
def test_what_no_entry_can_say_is_refused_before_anybody_signs(
    field: str, value: str, code: str
) -> None:
    with pytest.raises(Malformed) as refusal:
        replace(OPENING, **{field: value}).draft()  # type: ignore[arg-type]  # by name
    assert refusal.value.code == code
