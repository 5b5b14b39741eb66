"""Which class a model is of, by its figures, and whether it is an item that a rule is about."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from fnmatch import fnmatchcase

from projections.determination.facts import Measure, Model, Word
from projections.determination.memory import remembered
from projections.determination.step import (
    Judgement,
    Step,
    both,
    either,
    outside,
    standing,
    step,
    unique,
)
from projections.packs.conditions import (
    Bound,
    Condition,
    Contains,
    Items,
    Thresholds,
)
from projections.packs.form import Pack, Rule
from projections.packs.load import Packs

_FIGURES = {
    "tpp": "TPP",
    "performance_density": "performance density",
    "memory_bandwidth": "memory bandwidth",
}


def classification(packs: Packs, model: Model, day: str) -> list[Step]:
    """Return a step for each rule that classifies models, as it stood on a day."""
    return [
        step(pack, rule, day, model.model, _classified(packs, rule, model, day))
        for pack, rule in packs.rules()
        if isinstance(rule.test, Thresholds | Contains)
    ]


@remembered
def is_item(packs: Packs, items: Items, model: Model, day: str) -> Judgement:
    """Return whether a model is one of the items: by a rule, or as anybody recorded it."""
    recorded = [
        one
        for one in model.eccns
        if any(fnmatchcase(one.value.lower(), form.lower()) for form in items.eccns)
    ]
    parts = [
        Judgement(True, f"{model.model} is recorded as {one.value}", (one.word,))
        for one in recorded
    ]
    rules = {rule.rule: (pack, rule) for pack, rule in packs.rules()}
    for name in items.rules:
        pack, rule = rules[name]
        if outside(rule, day):
            why = f"{name} {standing(rule, day).text}"
            parts.append(Judgement(False, why, (_of(pack, why),)))
            continue
        judged = _classified(packs, rule, model, day)
        why = f"{model.model} {_RESULT[judged.holds]} {name}"
        parts.append(Judgement(judged.holds, why, (_of(pack, why),), judged.unknown))
    return either(*parts)


_RESULT = {True: "is of", False: "is not of", None: "may or may not be of"}


def _of(pack: Pack, text: str) -> Word:
    return Word(text, source=pack.cited)


def are_items(packs: Packs, items: Items, models: tuple[Model, ...], day: str) -> Judgement:
    """Return whether any of the models is one of the items."""
    if not models:
        return Judgement(None, "no model is recorded")
    return either(*(is_item(packs, items, one, day) for one in models))


@remembered
def _classified(packs: Packs, rule: Rule, model: Model, day: str) -> Judgement:
    test = rule.test
    if isinstance(test, Thresholds):
        if model.is_only("assembly"):
            words = tuple(one.word for one in model.kinds)
            return Judgement(False, "it is an assembly, and its chips are judged", words)
        judged = either(*(meets(condition, model) for condition in test.any))
        return _beside_records(rule, model, judged)
    if not isinstance(test, Contains):  # pragma: no cover  `classification` asks these two only
        raise TypeError(rule.rule)
    return _containing(packs, test, model, day)


def _containing(packs: Packs, test: Contains, model: Model, day: str) -> Judgement:
    """Return whether an assembly contains such a chip, itself or in an assembly within it."""
    if model.is_only("chip"):
        return Judgement(False, "it is a chip", tuple(one.word for one in model.kinds))
    parts = []
    for inner, word in model.contents:
        nested = inner.contents or inner.is_only("assembly")
        judged = (
            _containing(packs, test, inner, day)
            if nested
            else is_item(packs, test.items, inner, day)
        )
        parts.append(judged._replace(words=(word, *judged.words)))
    if not parts:
        return Judgement(None, f"what {model.model} contains is not recorded", (), ("its chips",))
    return either(*parts)


def _beside_records(rule: Rule, model: Model, judged: Judgement) -> Judgement:
    """Set the recorded classifications beside what the figures say, and tell where they differ."""
    base = rule.rule.lower()
    told = [
        f"the figures say otherwise than {one.word.shown()}"
        for one in model.eccns
        if judged.holds is not None and one.value.lower().startswith(base) != judged.holds
    ]
    words = unique((*judged.words, *(one.word for one in model.eccns)))
    return judged._replace(words=words, unknown=unique((*judged.unknown, *told)))


def meets(condition: Condition, model: Model) -> Judgement:
    """Return whether all of a model's figures, as anybody gave them, are within the bounds."""
    return both(
        *(
            _within(_FIGURES[name], bound, model.figures.get(name, ()))
            for name, bound in condition.bounds()
        )
    )


def _within(figure: str, bound: Bound, measures: tuple[Measure, ...]) -> Judgement:
    if not measures:
        why = f"no {figure} is recorded"
        return Judgement(None, why, (), (f"the {figure}",))
    verdicts = {_compare(bound, one) for one in measures}
    words = tuple(one.word for one in measures)
    low, high = min(one.low for one in measures), max(one.high for one in measures)
    value = _number(low) if low == high else f"{_number(low)} to {_number(high)}"
    if verdicts == {True}:
        return Judgement(True, f"{figure} {value} is {_words(bound)}", words)
    if verdicts == {False}:
        return Judgement(False, f"{figure} {value} is not {_words(bound)}", words)
    why = f"{figure} is said to be {value}, on both sides of {_words(bound)}"
    return Judgement(None, why, words, (f"which {figure} is right",))


def _compare(bound: Bound, measure: Measure) -> bool | None:
    ends = {_inside(bound, measure.low), _inside(bound, measure.high)}
    if len(ends) == 1:
        [inside] = ends
        surrounds = not inside and _inside_any(bound, measure)
        return None if surrounds else inside
    return None


def _inside(bound: Bound, value: Decimal) -> bool:
    above = bound.at_least is None or value >= Decimal(bound.at_least)
    return above and (bound.below is None or value < Decimal(bound.below))


def _inside_any(bound: Bound, measure: Measure) -> bool:
    """Say whether a range that ends outside the bounds on both sides has values within."""
    least = Decimal(bound.at_least or 0)
    return measure.low < least <= measure.high


def _words(bound: Bound) -> str:
    least = "" if bound.at_least is None else f"{_number(Decimal(bound.at_least))} or more"
    below = "" if bound.below is None else f"below {_number(Decimal(bound.below))}"
    return " and ".join(filter(None, (least, below)))


def _number(value: Decimal) -> str:
    return f"{value:,f}"


def chips(models: Iterable[Model]) -> Iterator[Model]:
    """Yield the chips among models and within assemblies, each once."""
    found: dict[str, Model] = {}
    for model in models:
        inner = chips(one for one, _ in model.contents) if model.contents else (model,)
        found |= {one.model.lower(): one for one in inner}
    yield from found.values()
