"""Entry 0 of a new ledger, as a draft for its registrar to sign."""

from dataclasses import dataclass
from datetime import UTC, datetime

from ledger.authority import raw_key
from ledger.draft import Draft
from ledger.events import encode_statement
from ledger.events.base import PublicKey, Signatory, Statement, new_id, signatories
from ledger.events.ledger import LedgerOpened, Purpose
from ledger.events.party import PartyFields
from ledger.occurred import load_zone
from ledger.rights import RIGHTS_NAME, RIGHTS_SHA256
from ledger.signing.signer import key_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What a new ledger says of itself. `ledger.authority.public_key` makes the keys' form.

    Attributes:
        origin: the ledger's name, a domain name with an optional path, for ever.
        operator: who operates it; the registrar of all other parties.
        ledger_key: signs checkpoints and never events.
        registrar_key: the operator's key, which signs entry 0.
        recovery_key: the operator's second key, kept offline.
        zone: IANA time zone in which dates without a time are read, for ever.
        purpose: `record`, or `demonstration` for invented events.
    """

    origin: str
    operator: PartyFields
    ledger_key: PublicKey
    registrar_key: PublicKey
    recovery_key: PublicKey
    zone: str = "UTC"
    purpose: Purpose = "record"

    def draft(self, moment: datetime | None = None, *, identifier: str | None = None) -> Draft:
        """Return the draft of entry 0, dated on the day of the moment in the ledger's zone.

        Args:
            moment: when it is opened; now when None.
            identifier: UUIDv7 of the event, made from the moment when None.

        Raises:
            Malformed: ZONE-UNKNOWN, or whatever `ledger.events.encode_statement` refuses.
        """
        moment = moment or datetime.now(UTC)
        registrar = Signatory(party=self.operator.party, key=key_id(raw_key(self.registrar_key)))
        statement = Statement(
            ledger=self.origin,
            id=identifier or new_id(moment),
            type="LedgerOpened.v1",
            occurred=moment.astimezone(load_zone(self.zone)).date().isoformat(),
            asserted_by=registrar.party,
            basis="first_party",
            signatories=signatories(registrar),
            data=LedgerOpened(
                origin=self.origin,
                purpose=self.purpose,
                zone=self.zone,
                rights=RIGHTS_NAME,
                rights_sha256=RIGHTS_SHA256,
                checkpoint_key=self.ledger_key,
                operator=self.operator,
                registrar_key=self.registrar_key,
                recovery_key=self.recovery_key,
            ),
        )
        encode_statement(statement)
        return Draft(statement)
