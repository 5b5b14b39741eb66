"""Asking of many shipments and parties, and remembering what does not change between their days."""

from bisect import bisect_left

from projections.determination.chain import chain_of
from projections.determination.facts import Chain, Clocks, Model, Said, Shipment
from projections.determination.gather import Gatherer
from projections.determination.selects import CHANGES_OF_MODELS, CHANGES_OF_OWNERS
from projections.packs.load import Packs
from projections.questions import Reader


class Remembering:
    """Asks of many shipments, and remembers what does not change between their days.

    A chain of owners changes only at the instants of declarations and checks, a model only at
    those of classifications.
    """

    def __init__(self, reader: Reader, packs: Packs, known_at: int) -> None:
        """Ask as known at an entry."""
        self.reader = reader
        self.packs = packs
        self.known_at = known_at
        self._changes: dict[str, list[str]] = {}
        self._models = [str(row[0]) for row in reader(CHANGES_OF_MODELS, {})[1]]
        self._chains: dict[str, list[tuple[tuple[int, ...], Chain]]] = {}
        self._now: tuple[str, dict[str, Chain]] = ("", {})
        self.sites: dict[str | None, tuple[Said, ...]] = {}
        self._classes: dict[tuple[str, int], Model] = {}

    def whole(self, shipment: str, clocks: Clocks) -> Shipment | None:
        """Return all that is recorded of a shipment, with users and inspections of its site."""
        return _Whole(self, clocks).shipment(shipment)

    def chain(self, gatherer: "Remembered", party: str) -> Chain:
        """Return the chain above a party, as of the gatherer's clocks."""
        as_of, name = gatherer.clocks.as_of, party.lower()
        if self._now[0] != as_of:
            self._now = (as_of, {})
        if name not in self._now[1]:
            self._now[1][name] = self._chain(gatherer, party)
        return self._now[1][name]

    def _chain(self, gatherer: "Remembered", party: str) -> Chain:
        kept = self._chains.setdefault(party.lower(), [])
        for state, chain in kept:
            if state == self._state(chain, gatherer.clocks.as_of):
                return chain
        found = chain_of(gatherer, party)
        kept.append((self._state(found, gatherer.clocks.as_of), found))
        return found

    def _state(self, chain: Chain, as_of: str) -> tuple[int, ...]:
        """Return how much was told by then of each member; nothing else makes another chain."""
        return tuple(bisect_left(self._told_of(one), as_of) for one in chain.members)

    def _told_of(self, party: str) -> list[str]:
        """Return the instants at which anything was told that can change what is above a party."""
        if party not in self._changes:
            rows = self.reader(CHANGES_OF_OWNERS, {"party": party})[1]
            self._changes[party] = [str(row[0]) for row in rows]
        return self._changes[party]

    def state_of_models(self, as_of: str) -> int:
        """Return how often anything was told of models by then."""
        return bisect_left(self._models, as_of)

    def model(self, gatherer: "Remembered", name: str) -> Model:
        """Return what is said of a model, as of the gatherer's clocks."""
        key = (name.lower(), gatherer.state_of_models)
        if key not in self._classes:
            self._classes[key] = gatherer.model_anew(name)
        return self._classes[key]


class Remembered(Gatherer):
    """Gathers as of one pair of clocks, out of what is remembered.

    Without users and inspections: they belong to a site and not to a shipment to it, and a site
    of a long history has thousands.
    """

    def __init__(self, asked: Remembering, clocks: Clocks) -> None:
        super().__init__(asked.reader, asked.packs, clocks)
        self._asked = asked

    @property
    def state_of_models(self) -> int:
        """How often anything was told of models."""
        return self._asked.state_of_models(self.clocks.as_of)

    def chain(self, party: str) -> Chain:
        """Return the chain that is remembered."""
        return self._asked.chain(self, party)

    def model(self, name: str, above: frozenset[str] = frozenset()) -> Model:
        """Return the model that is remembered; within an assembly it is looked up anew."""
        return self.model_anew(name, above) if above else self._asked.model(self, name)

    def users(self, site: str | None) -> tuple[()]:
        """Return nobody."""
        del site
        return ()

    def inspections(self, site: str | None) -> tuple[()]:
        """Return none."""
        del site
        return ()

    def countries(self, site: str | None) -> tuple[Said, ...]:
        """Return the countries that are remembered; they do not change with the day."""
        if site not in self._asked.sites:
            self._asked.sites[site] = super().countries(site)
        return self._asked.sites[site]

    def model_anew(self, name: str, above: frozenset[str] = frozenset()) -> Model:
        """Return the model as the read models have it."""
        return super().model(name, above)


class _Whole(Remembered):
    """Gathers everything: for some shipments, and not for thousands."""

    users = Gatherer.users  # type: ignore[assignment]  # what the class above leaves out
    inspections = Gatherer.inspections  # type: ignore[assignment]  # the same
