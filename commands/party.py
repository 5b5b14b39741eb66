"""`chipledger party`: who is who, what they may do, who stands behind them."""

from hashlib import sha256
from pathlib import Path

import click

from commands.attachments import read_capped
from commands.context import Desk
from commands.names import country as country_code
from commands.names import did_you_mean
from commands.recording import Given, Item, record, record_all, recording
from ledger.errors import Malformed
from ledger.events import EVENT_TYPES
from ledger.events.base import DOCUMENT_BYTES_MAX, EventData, check_identifier
from ledger.events.event_type import ROLES
from ledger.events.party import (
    ActsFor,
    HeadquartersDeclared,
    OwnershipDeclared,
    PartyChecked,
    PartyRegistered,
    RoleGranted,
    RoleWithdrawn,
)

KINDS = ("listed", "private", "holding", "state", "natural")
CHECKS = ("list", "kyc", "end_use", "military_wmd", "users")
RESULTS = ("clear", "match", "inconclusive")
role_choice = click.Choice(sorted(ROLES))


@click.group("party")
def command() -> None:
    """Register parties, and state what is known of them."""


@command.command()
@click.argument("party")
@click.option("--name", required=True, help="Name in the register of companies.")
@click.option("--display-name", help="Name that tables print; the legal name where absent.")
@click.option("--kind", type=click.Choice(KINDS))
@click.option("--founded", metavar="DATE", help="With its precision: 2023, ../2023-12.")
@click.option("--country", metavar="COUNTRY", help="Country of registration (ISO 3166-1).")
@click.option("--lei", help="Legal entity identifier (ISO 17442).")
@click.option("--role", "roles", type=role_choice, multiple=True, help="Grant it too; repeatable.")
@recording
def add(
    desk: Desk,
    *,
    given: Given,
    party: str,
    name: str,
    display_name: str | None,
    kind: str | None,
    founded: str | None,
    country: str | None,
    lei: str | None,
    roles: tuple[str, ...],
) -> None:
    """Register PARTY; again, to update what is registered."""
    data = PartyRegistered(
        party=check_identifier(party),
        legal_name=name,
        display_name=display_name or name,
        kind=kind,  # type: ignore[arg-type]  # a Choice
        founded=founded,
        country=None if country is None else country_code(country),
        lei=lei,
    )
    roles = tuple(dict.fromkeys(roles))
    grants = [Item(RoleGranted(party=party, role=role)) for role in roles]  # type: ignore[arg-type]  # a Choice
    known = desk.reader().authority.knows(party, desk.reader().size)
    verb = "Update the registration of" if known else "Register"
    summary = [f"{verb} {party} ({name})", *(f"Grant {party} the role {one}" for one in roles)]
    step = f"chipledger key generate {party}, then chipledger key enroll {party}"
    record_all(desk, given, [Item(data), *grants], summary=summary, next_command=step)


@command.command()
@click.argument("party")
@click.argument("roles", metavar="[ROLE]...", type=role_choice, nargs=-1)
@click.option("--acts-for", metavar="PARTY", help="The principal whose acts it may state.")
@click.option("--type", "types", multiple=True, help="Event type of the agency; repeatable.")
@click.option("--withdraw", is_flag=True, help="End the role or agency.")
@click.option("--reason", help="Why it ends.")
@recording
def role(
    desk: Desk,
    *,
    given: Given,
    party: str,
    roles: tuple[str, ...],
    acts_for: str | None,
    types: tuple[str, ...],
    withdraw: bool,
    reason: str | None,
) -> None:
    """Grant PARTY roles, or let it act for another; `--withdraw` ends that."""
    check_identifier(party)
    if bool(roles) == (acts_for is not None):
        raise Malformed(
            "ROLE-NONE",
            "name roles, or --acts-for: one of the two",
            hint=f"the roles are {', '.join(role_choice.choices)}",
        )
    what = [f"the role {one}" for one in roles] or [f"the right to act for {acts_for}"]
    if withdraw and reason is None:
        raise Malformed("REASON-MISSING", "--withdraw needs a --reason")
    others = [] if withdraw or acts_for is None else [desk.hand(acts_for)]  # the principal signs
    agency = None if withdraw or acts_for is None else _agency(acts_for, types)
    changes: list[EventData] = [
        RoleWithdrawn(party=party, role=one, acts_for=acts_for, reason=reason)  # type: ignore[arg-type]  # a Choice
        if withdraw and reason is not None
        else RoleGranted(party=party, role=one, acts_for=agency)  # type: ignore[arg-type]  # a Choice
        for one in roles or (None,)
    ]
    verb, way = ("Withdraw", "from") if withdraw else ("Grant", "to")
    record_all(
        desk,
        given,
        [Item(one) for one in changes],
        summary=[f"{verb} {one} {way} {party}" for one in what],
        next_command=f"chipledger show {party}",
        others=others,
    )


def _agency(principal: str, types: tuple[str, ...]) -> ActsFor:
    if not types:
        raise Malformed(
            "AGENCY-TYPES",
            "an agency names the event types that it covers",
            hint="add --type ShipmentReceived, once for each; `chipledger events` lists them",
        )
    return ActsFor(principal=principal, types=tuple(sorted({_type(one) for one in types})))


def _type(text: str) -> str:
    """Return the name of an event type as agencies write it, without its version.

    Raises:
        Malformed: AGENCY-TYPES, with the nearest names.
    """
    known = {name.partition(".")[0].lower(): name.partition(".")[0] for name in EVENT_TYPES}
    found = known.get(text.partition(".")[0].lower())
    if found is None:
        raise Malformed(
            "AGENCY-TYPES",
            f"{text[:60]!r} is no event type",
            where="--type",
            hint=did_you_mean(text, known) or "`chipledger events` lists them",
        )
    return found


@command.command()
@click.argument("party")
@click.argument("country", metavar="COUNTRY")
@click.option("--parent-country", metavar="COUNTRY", help="Of the ultimate parent, if different.")
@recording
def headquarters(
    desk: Desk, *, given: Given, party: str, country: str, parent_country: str | None
) -> None:
    """State that PARTY is headquartered in COUNTRY."""
    data = HeadquartersDeclared(
        party=check_identifier(party),
        country=country_code(country),
        parent_country=None if parent_country is None else country_code(parent_country),
    )
    summary = [f"{party} is headquartered in {data.country}"]
    record(desk, given, data, summary=summary, next_command=f"chipledger show {party}")


@command.command()
@click.argument("owned")
@click.option("--owner", metavar="PARTY", help="Who owns it; left out where nobody is named.")
@click.option("--percent", help="Share as a decimal; 0 ends it.")
@click.option("--direct/--indirect", default=None, help="Whether it is held directly.")
@recording
def ownership(
    desk: Desk,
    *,
    given: Given,
    owned: str,
    owner: str | None,
    percent: str | None,
    direct: bool | None,
) -> None:
    """State who owns the party OWNED."""
    data = OwnershipDeclared(
        owner=owner, owned=check_identifier(owned), percent=percent, direct=direct
    )
    share = "an unknown share" if percent is None else f"{percent} %"
    summary = [f"{owner or 'somebody unnamed'} owns {share} of {owned}"]
    record(desk, given, data, summary=summary, next_command=f"chipledger show {owned}")


@command.command()
@click.argument("party")
@click.option("--kind", type=click.Choice(CHECKS), default="list", show_default=True)
@click.option("--result", type=click.Choice(RESULTS), required=True)
@click.option("--list", "list_name", help="Name and date of the list.")
@click.option("--list-file", type=click.Path(path_type=Path), help="The list; its digest is kept.")
@click.option("--remark", help="What was found.")
@recording
def check(
    desk: Desk,
    *,
    given: Given,
    party: str,
    kind: str,
    result: str,
    list_name: str | None,
    list_file: Path | None,
    remark: str | None,
) -> None:
    """State that PARTY was checked against a list, or by questions."""
    digest = None
    if list_file is not None:
        digest = sha256(read_capped(list_file, DOCUMENT_BYTES_MAX)).hexdigest()
    data = PartyChecked(
        party=check_identifier(party),
        kind=kind,  # type: ignore[arg-type]  # a Choice
        list_name=list_name,
        list_sha256=digest,
        result=result,  # type: ignore[arg-type]  # a Choice
        remark=remark,
    )
    summary = [f"{party} was checked ({kind}): {result}"]
    record(desk, given, data, summary=summary, next_command=f"chipledger show {party}")
