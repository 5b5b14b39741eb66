"""What every pack says of a shipment, rule by rule."""

from collections.abc import Iterator

from projections.determination.facts import Said, Shipment, Word
from projections.determination.items import are_items, chips, classification, meets
from projections.determination.owners import headquartered, listed_owners
from projections.determination.places import all_in_places
from projections.determination.step import Judgement, Step, both, step
from projections.packs.conditions import (
    Authorized,
    Contains,
    Destination,
    ListedOwners,
    Located,
    Passage,
    Recipient,
    RemoteUse,
    Thresholds,
    Window,
)
from projections.packs.form import Rule
from projections.packs.load import Packs


def determination(packs: Packs, shipment: Shipment, day: str) -> list[Step]:
    """Return a step for each rule and each subject that it is about, as it stood on a day.

    Args:
        packs: the packs, which give the order: first the classes of the models, then by pack.
        shipment: what is said of it.
        day: whose rules are asked, `YYYY-MM-DD`.
    """
    steps = [one for model in shipment.models for one in classification(packs, model, day)]
    for pack, rule in packs.rules():
        if not isinstance(rule.test, Thresholds | Contains):
            steps += [
                step(pack, rule, day, about, judged)
                for about, judged in _judged(packs, rule, shipment, day)
            ]
    return steps


def _judged(
    packs: Packs, rule: Rule, shipment: Shipment, day: str
) -> Iterator[tuple[str, Judgement]]:
    """Yield for each subject of a rule whether its test is met."""
    match rule.test:
        case Recipient() as test:
            goods = both(_reached(packs, rule, shipment), _items(packs, test, shipment, day))
            for one in shipment.recipients:
                there = headquartered(packs, test.places, one, day)
                yield one.party, both(there, goods)
        case ListedOwners() as test:
            for one in shipment.parties:
                yield one.party, listed_owners(packs, test, one)
        case RemoteUse() as test:
            yield from _used_from(packs, test, shipment, day)
        case _:
            yield shipment.shipment, _of_shipment(packs, rule, shipment, day)


def _of_shipment(packs: Packs, rule: Rule, shipment: Shipment, day: str) -> Judgement:
    """Return whether the test of a rule about a whole shipment is met."""
    match rule.test:
        case Destination() as test:
            there = _destination(packs, test, shipment, day)
            leaves = _leaves(packs, rule, shipment, test)
            return both(leaves, there, _items(packs, test, shipment, day))
        case Window() as test:
            return _window(packs, test, shipment, day)
        case Authorized() as test:
            return _authorized(test, shipment)
        case Passage() as test:
            return both(_passes(test, shipment), _items(packs, test, shipment, day))
        case Located() as test:
            goods = _items(packs, test, shipment, day)
            unknown = () if shipment.inspections else (test.not_recorded,)
            return goods._replace(words=(*goods.words, *shipment.inspections), unknown=unknown)
        case _:  # pragma: no cover  the rest is about models, or parties
            raise TypeError(rule.rule)


def _items(
    packs: Packs,
    test: Recipient | Destination | Window | Passage | Located,
    shipment: Shipment,
    day: str,
) -> Judgement:
    return are_items(packs, test.items, shipment.models, day)


def _leaves(
    packs: Packs, rule: Rule, shipment: Shipment, test: Destination | None = None
) -> Judgement:
    """Return whether the goods leave, or are outside, the country whose rule it is.

    Goods that come home from abroad do not, where a rule is about destinations and does not name
    that country: what goes anywhere, or to a group of countries, is what leaves.
    """
    home = next(pack.jurisdiction for pack, one in packs.rules() if one.rule == rule.rule)
    places = {one.value for one in (*shipment.origins, *shipment.destinations)}
    if shipment.origins and shipment.destinations and places == {home}:
        words = _words((*shipment.origins, *shipment.destinations))
        return Judgement(False, f"it stays in {home}", words)
    abroad = test is not None and home not in test.places.countries
    if abroad and {one.value for one in shipment.destinations} == {home}:
        return Judgement(False, f"it comes to {home}", _words(shipment.destinations))
    return Judgement(True, f"it does not stay in {home}")


def _reached(packs: Packs, rule: Rule, shipment: Shipment) -> Judgement:
    """Return whether a rule about recipients wherever they are reaches the goods.

    The packs do not say whether it does where the goods never leave the country whose rule it is.
    """
    leaves = _leaves(packs, rule, shipment)
    if leaves.holds:
        return leaves
    unknown = ("whether the rule reaches what stays in the country",)
    return leaves._replace(holds=None, unknown=unknown)


def _words(said: tuple[Said, ...]) -> tuple[Word, ...]:
    return tuple(one.word for one in said)


def _destination(packs: Packs, test: Destination, shipment: Shipment, day: str) -> Judgement:
    said = shipment.destinations
    if not test.anywhere:
        return all_in_places(packs, test.places, said, day, "destination")
    if not said:
        return Judgement(None, "no destination is recorded", (), ("the destination",))
    named = " or ".join(sorted({one.value for one in said}))
    return Judgement(True, f"it goes to {named}, as to any destination", _words(said))


def _window(packs: Packs, test: Window, shipment: Shipment, day: str) -> Judgement:
    there = all_in_places(packs, test.places, shipment.destinations, day, "destination")
    within = both(
        _from(test.origin, shipment),
        *(meets(test.condition, chip) for chip in chips(shipment.models)),
    )
    if test.outside:
        holds = None if within.holds is None else not within.holds
        within = within._replace(holds=holds)
    return both(there, _items(packs, test, shipment, day), within)


def _from(country: str, shipment: Shipment) -> Judgement:
    named = {one.value for one in shipment.origins}
    words = _words(shipment.origins)
    if not named:
        return Judgement(None, "no country of origin is recorded", (), ("where it leaves from",))
    if len(named) > 1 and country in named:
        why = f"it is said to leave from {' and '.join(sorted(named))}"
        return Judgement(None, why, words, ("where it leaves from",))
    why = f"it leaves from {' and '.join(sorted(named))}"
    return Judgement(country in named, why, words)


def _passes(test: Passage, shipment: Shipment) -> Judgement:
    """Return whether the goods leave a country or pass through it, other than to stay there."""
    ends = {one.value for one in shipment.destinations}
    words = _words((*shipment.origins, *shipment.legs, *shipment.destinations))
    touched = {one.value for one in (*shipment.origins, *shipment.legs)}
    stays = ends == {test.country}
    if stays:
        return Judgement(False, f"it is to stay in {test.country}", words)
    if test.country not in touched | ends:
        why = f"it is not recorded in {test.country}"
        if not ends:
            return Judgement(None, why, words, ("the destination",))
        return Judgement(False, why, words)
    permits = [one for one in shipment.authorizations if one.kind == "permit"]
    words = (*words, *(one.word for one in permits))
    notice = f"whether notice was given {test.notice_days} days before"
    unknown = (notice,) if permits else ("no permit is claimed for it", notice)
    if test.country in ends and test.country not in touched:
        why = f"whether it is to stay in {test.country} is said both ways"
        return Judgement(None, why, words, ("the destination",))
    return Judgement(True, f"it leaves or passes through {test.country}", words, unknown)


def _authorized(test: Authorized, shipment: Shipment) -> Judgement:
    kind = test.authorization
    words = tuple(one.word for one in shipment.authorizations)
    if any(one.kind == kind for one in shipment.authorizations):
        duties = tuple(f"to be shown: {one}" for one in test.duties)
        return Judgement(
            True, f"it is said to rest on an authorization of kind {kind}", words, duties
        )
    missing = [one.authorization for one in shipment.authorizations if one.kind is None]
    if missing:
        why = f"the authorization {missing[0]} is claimed and not recorded"
        return Judgement(None, why, words, (f"of which kind {missing[0]} is",))
    return Judgement(False, f"no authorization of kind {kind} is claimed for it", words)


def _used_from(
    packs: Packs, test: RemoteUse, shipment: Shipment, day: str
) -> Iterator[tuple[str, Judgement]]:
    if not shipment.users:
        where = "its destination" if shipment.site is None else shipment.site
        yield shipment.shipment, Judgement(False, f"no use of hardware at {where} is recorded")
    for chain, word in shipment.users:
        judged = headquartered(packs, test.places, chain, day)
        words = (word, *judged.words, *shipment.checks.get(chain.party.lower(), ()))
        judged = judged._replace(words=words)
        if judged.holds is not False:
            holds = None if test.needs_knowledge else judged.holds
            unknown = (*judged.unknown, test.not_recorded)
            judged = judged._replace(holds=holds, unknown=unknown)
        yield chain.party, judged
