"""Where a party and its ultimate parent are headquartered, and what listed parties own of it.

Claims weigh unequally: anybody's adverse word counts, and only the evidence of others clears it.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal

from projections.determination.facts import Chain, Party, Said, Share, Word
from projections.determination.memory import remembered
from projections.determination.places import in_places
from projections.determination.step import Judgement, unique
from projections.packs.conditions import ListedOwners, Places
from projections.packs.load import Packs

_HALF = Decimal(50)
_WHOLE = Decimal(100)
Declaration = tuple[str, Said, Judgement]
"""Whose headquarters, where they are said to be, and whether that is one of the places."""

_ENDS = {"listed", "state", "natural"}
"""Kinds of party that need no owner named."""


@remembered
def headquartered(packs: Packs, places: Places, chain: Chain, day: str) -> Judgement:
    """Return whether a party, or its ultimate parent, is headquartered in one of these places."""
    said = [*_declared(chain)]
    words = tuple(one.word for _, one in said) + _shares(chain)
    adverse: list[Declaration] = []
    clear: list[Declaration] = []
    open_: list[Declaration] = []
    for what, one in said:
        judged = in_places(packs, places, one.value, day)
        kept = {True: adverse, False: clear, None: open_}[judged.holds]
        kept.append((what, one, judged))
    words = unique(
        (*words, *(word for _, _, one in (*adverse, *clear, *open_) for word in one.words))
    )
    late = unique(text for _, _, one in (*adverse, *clear) for text in one.unknown)
    if adverse:
        what, one, judged = adverse[0]
        differs = [two for other, two, _ in clear if other == what and two.evidenced]
        why = f"{what} is said to be headquartered in {one.value}, and {judged.why}"
        if differs:
            why = f"{what} is said to be headquartered in {one.value} and in {differs[0].value}"
            return Judgement(None, why, words, ("which declaration is right",))
        return Judgement(True, why, words, late)
    if not chain.known:
        why = f"who stands behind {chain.party} is unknown: {chain.reason}"
        return Judgement(None, why, words, ("its ultimate parent and where that is", *late))
    if open_:
        return Judgement(None, open_[0][2].why, words, open_[0][2].unknown)
    if not any(one.evidenced for one in chain.itself.headquarters):
        why = f"nobody but itself says where {chain.party} is headquartered"
        return Judgement(None, why, words, ("its headquarters",))
    why = f"{chain.party}: {chain.reason}, in none of these places"
    return Judgement(False, why, words, (*late, *_minor(packs, places, chain, day)))


def _minor(packs: Packs, places: Places, chain: Chain, day: str) -> Iterator[str]:
    """Yield who is said to be in one of the places and to own no more than half."""
    above = _parents(chain)
    for name, party in chain.members.items():
        there = [in_places(packs, places, one.value, day).holds for one in party.headquarters]
        if name not in above and any(there):
            yield f"whether {party.party}, which owns no more than half, counts as a parent"


def _declared(chain: Chain) -> Iterator[tuple[str, Said]]:
    """Yield the countries that count: of the party, of its last owners, of the ultimate parent."""
    above = _parents(chain)
    for name, party in above.items():
        last = not any(one.owner.lower() in above for one in _leading(party))
        if name == chain.party.lower() or (last and party.kind != "natural"):
            yield from ((party.party, one) for one in party.headquarters)
        yield from ((f"the parent of {party.party}", one) for one in party.parents)


def _parents(chain: Chain) -> dict[str, Party]:
    """Return the party and, upwards, who is said to own most of it or an unknown share."""
    found: dict[str, Party] = {}
    waiting = [chain.party.lower()]
    while waiting:
        name = waiting.pop(0)
        if name in found or name not in chain.members:
            continue
        found[name] = chain.members[name]
        waiting += [one.owner.lower() for one in _leading(found[name])]
    return found


def _leading(party: Party) -> list[Share]:
    return [one for one in party.owners if one.percent is None or one.percent > _HALF]


def _shares(chain: Chain) -> tuple[Word, ...]:
    return tuple(share.word for party in chain.members.values() for share in party.owners)


@remembered
def listed_owners(_packs: Packs, test: ListedOwners, chain: Chain) -> Judgement:
    """Return whether listed parties own a party to the share, counted together.

    An owner that is itself owned so far by listed parties counts as one. An unknown share, and
    owners whom nobody named, may be theirs.
    """
    party = chain.itself
    registered = () if party.registered is None else (party.registered,)
    if party.country == test.home:
        return Judgement(False, f"{party.party} is registered in {test.home}", registered)
    words = (
        registered
        + _shares(chain)
        + tuple(one.word for member in chain.members.values() for one in member.checks)
    )
    share = Decimal(test.percent)
    least = _treated(chain, share, _named_share)
    if _owned(party, least, _named_share) >= share:
        owners = ", ".join(one.owner for one in party.owners if one.owner.lower() in least)
        why = f"{party.party} is said to be owned to {test.percent} % or more by {owners}"
        return Judgement(True, why, words)
    unknown = [*_unclear(chain)]
    most = _treated(chain, share, _possible_share)
    if _owned(party, most, _possible_share) >= share or unknown:
        why = f"how much of {party.party} listed parties own is unknown"
        return Judgement(None, why, words, unique(unknown))
    why = f"named owners of {party.party} were checked, and listed ones own less"
    return Judgement(False, why, words)


Counted = Callable[[Share], Decimal]


def _named_share(share: Share) -> Decimal:
    return share.percent or Decimal(0)


def _possible_share(share: Share) -> Decimal:
    return _WHOLE if share.percent is None else share.percent


def _treated(chain: Chain, enough: Decimal, counted: Counted) -> set[str]:
    """Return who is listed, or owned so far by them; grows until nobody joins."""
    found = {name for name, one in chain.members.items() if _is_listed(one)}
    while True:
        joined = {
            name
            for name, one in chain.members.items()
            if name not in found and _owned(one, found, counted) >= enough
        }
        if not joined:
            return found
        found |= joined


def _owned(party: Party, owners: set[str], counted: Counted) -> Decimal:
    """Return how much of a party these own: for each the largest share that anybody claims."""
    largest: dict[str, Decimal] = {}
    for share in party.owners:
        name = share.owner.lower()
        if name in owners:
            largest[name] = max(largest.get(name, Decimal(0)), counted(share))
    return sum(largest.values(), Decimal(0))


def _is_listed(party: Party) -> bool:
    return any(one.value == "match" for one in party.checks)


def _unclear(chain: Chain) -> Iterator[str]:
    """Yield what keeps one from saying that no listed party owns so much."""
    for party in chain.members.values():
        if not any(one.value == "clear" for one in party.checks) and not _is_listed(party):
            yield f"no clear list check of {party.party} is on record"
        if any(one.value == "inconclusive" for one in party.checks):
            yield f"a list check of {party.party} is inconclusive"
        named = sum((_named_share(one) for one in _once(party)), Decimal(0))
        if party.kind not in _ENDS and named <= _HALF:
            yield f"owners of more than half of {party.party}"
        if any(one.owner.lower() not in chain.members for one in party.owners):
            yield f"owners of {party.party}, beyond those that were followed"
        if any(one.percent is None for one in party.owners):
            yield f"the share of an owner of {party.party}"


def _once(party: Party) -> list[Share]:
    """Return one share for each owner, the largest that is claimed."""
    largest: dict[str, Share] = {}
    for share in party.owners:
        kept = largest.setdefault(share.owner.lower(), share)
        if _named_share(share) > _named_share(kept):
            largest[share.owner.lower()] = share
    return list(largest.values())
