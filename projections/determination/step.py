"""Three-valued judgements, the status of a rule on a day, and the step that both make."""

from collections.abc import Iterable
from typing import Literal, NamedTuple, TypeVar

from projections.determination.facts import Word
from projections.packs.form import Pack, Rule

T = TypeVar("T")
Result = Literal["applies", "would apply", "does not apply", "not decidable"]
"""`would apply`: its test is met, and the rule did not bind on that day."""

_BINDING = {"in_force", "guidance"}
_STATUS = {
    "in_force": "in force",
    "guidance": "guidance",
    "published": "published",
    "suspended": "suspended",
    "not_enforced": "not enforced",
    "bill": "bill",
    "unknown": "unknown whether in force",
}


class Judgement(NamedTuple):
    """Whether something holds: True, False, or None where the facts do not say.

    Attributes:
        holds: whether.
        why: the reason, in a clause.
        words: the facts that were looked at.
        unknown: what is not known, and would make it surer.
    """

    holds: bool | None
    why: str
    words: tuple[Word, ...] = ()
    unknown: tuple[str, ...] = ()


class Standing(NamedTuple):
    """A rule's status on a day; `code` is `not_yet` or `ended` outside its periods."""

    code: str
    text: str


class Step(NamedTuple):
    """What one rule of a pack says of one subject; `met`: whether its test is, in force or not."""

    pack: Pack
    rule: Rule
    standing: Standing
    about: str
    result: Result
    why: str
    words: tuple[Word, ...]
    unknown: tuple[str, ...]
    met: bool | None = False

    @property
    def said(self) -> str:
        """The step in a sentence that begins with whose word it is."""
        if self.result == "applies":
            return f"{self.pack.cited} says: {self.rule.says}"
        if self.result == "would apply":
            return f"{self.pack.cited}, {self.standing.text}, would say: {self.rule.says}"
        return f"{self.pack.cited}: {self.result}"


def both(*parts: Judgement) -> Judgement:
    """Return whether all hold: one that does not decides, then one that is unknown."""
    return _joined(parts, decisive=False)


def either(*parts: Judgement) -> Judgement:
    """Return whether any holds: one that does decides, then one that is unknown."""
    return _joined(parts, decisive=True)


def _joined(parts: tuple[Judgement, ...], *, decisive: bool) -> Judgement:
    """Join judgements: those that decide give the reasons, and alone if they decide at once."""
    decided = [one for one in parts if one.holds is decisive]
    deciding = decided or [one for one in parts if one.holds is None] or list(parts)
    return Judgement(
        deciding[0].holds,
        "; ".join(unique(one.why for one in deciding)),
        unique(word for one in (decided or parts) for word in one.words),
        unique(text for one in deciding for text in one.unknown),
    )


def unique(items: Iterable[T]) -> tuple[T, ...]:
    """Return the items in their order, each once."""
    return tuple(dict.fromkeys(items))


def standing(rule: Rule, day: str) -> Standing:
    """Return a rule's status on a day, `YYYY-MM-DD`."""
    for period in rule.periods:
        if period.since <= day and (period.until is None or day <= period.until):
            until = "" if period.until is None else f" to {period.until}"
            return Standing(period.status, f"{_STATUS[period.status]} from {period.since}{until}")
    before = [one.until for one in rule.periods if one.until is not None and one.until < day]
    after = [one.since for one in rule.periods if day < one.since]
    ended = f"ended on {before[-1]}" if before else ""
    begins = f"begins on {after[0]}" if after else ""
    return Standing("ended" if before else "not_yet", ", ".join(filter(None, (ended, begins))))


def outside(rule: Rule, day: str) -> bool:
    """Say whether a day is in none of a rule's periods, so that its test need not be asked."""
    return standing(rule, day).code in {"not_yet", "ended"}


def step(pack: Pack, rule: Rule, day: str, about: str, judged: Judgement) -> Step:
    """Return the step that a judgement of a rule's test makes on a day."""
    now = standing(rule, day)
    why, unknown = judged.why, judged.unknown
    result: Result
    if outside(rule, day):
        return Step(pack, rule, now, about, "does not apply", f"the rule {now.text}", (), ())
    if judged.holds is None:
        result = "not decidable"
    elif not judged.holds:
        result = "does not apply"
    elif now.code in _BINDING:
        result = "applies"
    elif now.code == "unknown":
        result, why = "not decidable", f"{why}, but it is {now.text}"
    else:
        result = "would apply"
    if result != "does not apply":
        unknown = unique((*unknown, *rule.remarks))
    if rule.confidence != "sourced":
        unknown = (*unknown, f"no source was checked for the rule ({rule.confidence})")
    return Step(pack, rule, now, about, result, why, judged.words, unknown, judged.holds)
