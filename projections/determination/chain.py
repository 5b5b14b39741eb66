"""The chain of ownership above a party, as claimed on a date, with the word for each link."""

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any, Protocol

from projections.determination.facts import Chain, Clocks, Party, Said, Share, Word
from projections.determination.selects import HEADQUARTERS, LIST_CHECKS, PARTY, SHARES
from projections.questions import questions

STEPS_MAX = 32
MEMBERS_MAX = 1000


class Rows(Protocol):
    """What facts are read from."""

    clocks: Clocks

    def rows(self, sql: str, **values: object) -> list[Mapping[str, Any]]:
        """Return the rows of a SELECT."""
        ...


def chain_of(source: Rows, party: str) -> Chain:
    """Return a party and everybody who is said to own a share of it, to the last owner named."""
    members: dict[str, Party] = {}
    waiting = [party]
    for _ in range(STEPS_MAX):
        above = []
        for name in waiting:
            if name.lower() not in members and len(members) < MEMBERS_MAX:
                members[name.lower()] = found = _party(source, name, party)
                above += [one.owner for one in found.owners]
        waiting = above
    asked = source.rows(_ownership(), party=party)[0]
    return Chain(party, members, asked["result"] == "known", str(asked["reason"]))


@cache
def _ownership() -> str:
    return questions()["ownership"].sql


def _party(source: Rows, name: str, asked: str) -> Party:
    registered = source.rows(PARTY, party=name)
    row = registered[0] if registered else None
    kind, country = (None, None) if row is None else (row["kind"], row["country"])
    where = "" if country is None else f" in {country}"
    word = (
        None if row is None else _word(row, f"{name} registered{where}, kind {kind or 'unknown'}")
    )
    said = source.rows(HEADQUARTERS, party=name, asked=asked)
    return Party(
        party=name,
        kind=kind,
        country=country,
        headquarters=tuple(_at(one, "country", f"{name} headquartered") for one in said),
        parents=tuple(
            _at(one, "parent_country", f"parent of {name} headquartered")
            for one in said
            if one["parent_country"] is not None
        ),
        owners=tuple(_share(one) for one in source.rows(SHARES, party=name)),
        checks=tuple(
            Said(
                one["result"], _word(one, f"{one['list_name'] or 'a list'}: {name} {one['result']}")
            )
            for one in source.rows(LIST_CHECKS, party=name)
        ),
        registered=word,
    )


def _at(row: Mapping[str, Any], column: str, what: str) -> Said:
    text = f"{what} in {row[column]}"
    return Said(row[column], _word(row, text), bool(row["evidenced"]))


def _share(row: Mapping[str, Any]) -> Share:
    percent = None if row["percent"] is None else Decimal(row["percent"])
    how = "an unknown share" if percent is None else f"{percent} %"
    text = f"{row['owner']} owns {how} of {row['owned']}"
    return Share(row["owner"], row["owned"], percent, _word(row, text))


def _word(row: Mapping[str, Any], text: str) -> Word:
    reported = row["basis"] == "third_party_report"
    return Word(text, entry=row["event_idx"], by=row["asserted_by"], reported=reported)
