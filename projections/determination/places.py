"""Whether a country is in a country group, as the packs' lists have it on a day."""

from collections.abc import Iterable

from projections.determination.facts import Said, Word
from projections.determination.memory import remembered
from projections.determination.step import Judgement, both, either
from projections.packs.conditions import Places
from projections.packs.load import Packs


@remembered
def in_places(packs: Packs, places: Places, country: str, day: str) -> Judgement:
    """Return whether a country is one of these places on a day."""
    whole = _whole(packs, country)
    if whole in places.countries:
        return Judgement(True, f"{_called(country, whole)} is named by the rule")
    inside = either(
        Judgement(False, f"{_called(country, whole)} is not named by the rule"),
        *(_in_group(packs, group, country, day) for group in places.groups),
    )
    if not places.except_groups or inside.holds is False:
        return inside
    excepted = either(*(_in_group(packs, one, country, day) for one in places.except_groups))
    return both(inside, _denied(excepted))


def _denied(one: Judgement) -> Judgement:
    return one._replace(holds=None if one.holds is None else not one.holds)


def all_in_places(
    packs: Packs, places: Places, said: Iterable[Said], day: str, what: str
) -> Judgement:
    """Return whether a country that may be said several times is one of these places.

    Args:
        packs: where the groups are from.
        places: the places.
        said: each country named, with the word that it rests on.
        day: on which the groups are asked.
        what: what the country is of, for people.
    """
    named = {one.value: one for one in said}
    words = tuple(one.word for one in said)
    if not named:
        return Judgement(None, f"no {what} is recorded", (), (f"the {what}",))
    parts = [in_places(packs, places, country, day) for country in sorted(named)]
    verdicts = {one.holds for one in parts}
    together = either(*parts) if True in verdicts else both(*parts)
    words = (*words, *together.words)
    if len(verdicts) > 1:
        why = f"the {what} is said to be {' and '.join(sorted(named))}"
        return Judgement(None, why, words, (f"which {what} is right",))
    return together._replace(words=words)


def _in_group(packs: Packs, group: str, country: str, day: str) -> Judgement:
    whole = _whole(packs, country)
    called = _called(country, whole)
    lists = [
        (pack, one)
        for pack in packs
        for one in pack.memberships
        if group in one.groups and (one.since or "") <= day <= (one.until or "9999")
    ]
    naming = [(pack, one) for pack, one in lists if whole in one.countries]
    for pack, one in naming or [(pack, one) for pack, one in lists if one.complete]:
        holds = one.member and whole in one.countries
        why = f"{called} {'is' if holds else 'is not'} in {group}"
        cited = f"{pack.cited}: {', '.join(one.sources)}"
        word = Word(f"{why}, list of {one.listed}", source=cited)
        late = one.since is None and day < one.listed
        unknown = (f"groups of {called} before the list of {one.listed}",) if late else ()
        return Judgement(holds, why, (word,), unknown)
    why = f"whether {called} is in {group} is in no pack"
    return Judgement(None, why, (), (f"whether {called} is in {group}",))


def _whole(packs: Packs, country: str) -> str:
    parts = {one.country: one.of for pack in packs for one in pack.part_of}
    return parts.get(country, country)


def _called(country: str, whole: str) -> str:
    return country if country == whole else f"{country} (as {whole})"
