"""What the rules find in the read models, at any moment and in any state of knowledge.

A finding is an indicator: it says which recorded statements do not fit together, or which one is
missing. It concludes nothing about the world, and nothing in law.
"""

import difflib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, cast, get_args

import msgspec

from ledger.errors import Malformed
from projections.finding_rules import ANY, ENTRY, SEVERITIES, Rule, Severity
from projections.questions import Answer, Reader, answer

Certainty = Literal["indicator", "cannot be excluded", "not decidable"]
CERTAINTIES: tuple[Certainty, ...] = get_args(Certainty)
Status = Literal["open", "explained", "accepted", "resolved"]
Subject = tuple[str, str]
"""Kind and name, such as ("shipment", "SHP-13")."""

_NEEDED = {"subject", "entries", "facts"}
_MAY = {"kind", "severity", "certainty"}
_POSITIONS = msgspec.json.Decoder(list[int | None])
_NAMING = """
    SELECT event_idx FROM named
    WHERE kind = :kind AND value = :value AND event_idx <= :known_at"""
_ANSWERS = """
    SELECT finding_answer.code, finding_answer.subject, finding_answer.answer,
           finding_answer.reason, event.asserted_by, target.idx AS about, event.idx
    FROM finding_answer
    CROSS JOIN counting ON counting.event_idx = finding_answer.event_idx
      AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
    CROSS JOIN event ON event.idx = finding_answer.event_idx
    LEFT JOIN event AS target ON target.id = finding_answer.entry_id
    WHERE event.valid_at < :as_of
    ORDER BY finding_answer.event_idx"""


@dataclass(frozen=True, slots=True)
class Clocks:
    """When it was true, and what was known of it.

    Attributes:
        as_of: what happened before this instant counts, `YYYY-MM-DDTHH:MM:SSZ`.
        known_at: entries up to and including this index count.
    """

    as_of: str
    known_at: int


@dataclass(frozen=True, slots=True)
class Scope:
    """What is looked at, and what it is compared with.

    Attributes:
        subject: what findings are to be about, or None: everything. Of rules about entries, those
            that name it are looked at.
        thresholds: numbers in place of those of the rules, by `CODE.name`.
    """

    subject: Subject | None = None
    thresholds: Mapping[str, int] = field(default_factory=dict)


EVERYTHING = Scope()


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that a party gave to a finding.

    Attributes:
        answer: `explained` or `accepted`.
        by: who gave it.
        reason: why.
        entry: the entry that gives it.
    """

    answer: Literal["explained", "accepted"]
    by: str
    reason: str
    entry: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding.

    Attributes:
        rule: the rule that it comes from.
        severity: how grave it would be.
        subject: what it is about.
        certainty: what the entries allow to be said.
        facts: a sentence.
        entries: positions of the entries that it rests on, ascending.
        reply: the newest answer to it that knew all of these entries, or None.
        resolved_by: the entry with which it held no longer, or None.
    """

    rule: Rule
    severity: Severity
    subject: Subject
    certainty: Certainty
    facts: str
    entries: tuple[int, ...]
    reply: Reply | None = None
    resolved_by: int | None = None

    @property
    def first_seen(self) -> int:
        """The newest entry that it rests on: before it, nobody could have found this."""
        return max(self.entries)

    @property
    def status(self) -> Status:
        """Whether it is answered or over."""
        if self.resolved_by is not None:
            return "resolved"
        return "open" if self.reply is None else self.reply.answer

    @property
    def about(self) -> str:
        """What it is about, as `kind:name`."""
        return ":".join(self.subject)


def findings(
    reader: Reader, some: Iterable[Rule], clocks: Clocks, scope: Scope = EVERYTHING
) -> list[Finding]:
    """Return what rules find, the gravest first.

    Args:
        reader: runs the SELECTs on the read models.
        some: the rules to run.
        clocks: for when, and by what knowledge.
        scope: what is looked at.

    Raises:
        Malformed: THRESHOLD for one that no rule has; RULE-ROWS for a rule whose rows are none of
            a finding; QUERY-SQL.
        Unavailable: QUERY-FAILED.
    """
    listed = list(some)
    _check_thresholds(listed, scope.thresholds)
    found: list[Finding] = []
    for rule in listed:
        names = None if scope.subject is None else _names(reader, rule, clocks, scope.subject)
        if names is None or names:
            found += run(reader, rule, clocks, names=names, thresholds=scope.thresholds)
    if scope.subject is not None:
        found = [one for one in found if _concerns(one, scope.subject)]
    return answered(reader, sorted(found, key=_order), clocks)


def run(
    reader: Reader,
    rule: Rule,
    clocks: Clocks,
    *,
    names: Collection[str | int] | None = None,
    thresholds: Mapping[str, int] | None = None,
) -> list[Finding]:
    """Return what one rule finds, without answers; `names` are the subjects to look at, or None."""
    bound: dict[str, object] = {"as_of": clocks.as_of, "known_at": clocks.known_at}
    for one in rule.thresholds:
        bound[one.name] = (thresholds or {}).get(f"{rule.code}.{one.name}", one.value)
    if names is not None:
        bound["subjects"] = json.dumps(list(names))
        bound |= {f"subject_{number}": one for number, one in enumerate(names)}
    sql = rule.for_all if names is None else rule.for_some(len(names))
    return list(_read(rule, answer(reader, sql, bound, rule.name)))


def answered(reader: Reader, found: Sequence[Finding], clocks: Clocks) -> list[Finding]:
    """Return findings with the newest answer to each, of those that knew what it rests on."""
    if not found:
        return []
    bound = {"as_of": clocks.as_of, "known_at": clocks.known_at}
    replies: dict[tuple[str, str], list[tuple[Reply, int | None]]] = {}
    for code, subject, word, reason, by, about, idx in answer(
        reader, _ANSWERS, bound, "answers"
    ).rows:
        reply = Reply(cast("Literal['explained', 'accepted']", word), str(by), str(reason), _n(idx))
        key = str(code), str(subject).lower()
        replies.setdefault(key, []).append((reply, None if about is None else _n(about)))
    if not replies:
        return list(found)
    return [
        replace(one, reply=_reply(one, replies.get((one.rule.code, one.about.lower()), [])))
        for one in found
    ]


def _reply(one: Finding, replies: Sequence[tuple[Reply, int | None]]) -> Reply | None:
    """Return the newest answer that counts: later than what the finding rests on, and about it."""
    for reply, about in reversed(replies):
        if reply.entry > one.first_seen and (about is None or about in one.entries):
            return reply
    return None


def _names(reader: Reader, rule: Rule, clocks: Clocks, subject: Subject) -> list[str | int] | None:
    """Return which subjects of a rule are meant; none where it is about other things."""
    kind, name = subject
    if rule.subject == ENTRY:
        if kind == ENTRY:
            return [int(name)] if name.isdecimal() else []
        bound = {"known_at": clocks.known_at, "kind": kind, "value": name}
        return [_n(row[0]) for row in answer(reader, _NAMING, bound, "named").rows]
    if rule.subject == ANY:
        return [name, f"{kind}/{name.lower()}"]
    return [name] if rule.subject == kind else []


def _concerns(one: Finding, subject: Subject) -> bool:
    if one.rule.subject == ENTRY:
        return True
    kind, name = one.subject
    return kind == subject[0] and name.lower() == subject[1].lower()


def _check_thresholds(some: Iterable[Rule], set_to: Mapping[str, int]) -> None:
    known = sorted({f"{rule.code}.{one.name}" for rule in some for one in rule.thresholds})
    for name in set_to:
        if name not in known:
            raise Malformed(
                "THRESHOLD",
                f"no rule compares with {name[:60]!r}",
                hint=_like(name, known),
            )


def _like(name: str, known: Sequence[str]) -> str:
    """Return the nearest thresholds in words, or where all of them are told."""
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    meant = f"did you mean {' or '.join(near)}? " if near else ""
    return f"{meant}`chipledger findings --rules` lists them with their rules"


def _read(rule: Rule, found: Answer) -> Iterator[Finding]:
    columns = found.columns
    if not _NEEDED <= set(columns) <= _NEEDED | _MAY:
        raise _bad_rows(rule, f"the columns are {', '.join(columns)}")
    places = {name: columns.index(name) for name in columns}
    about, rests, told = (places[name] for name in ("subject", "entries", "facts"))
    may = ("severity", "certainty", "kind")
    in_severity, in_certainty, in_kind = (places.get(name, -1) for name in may)
    for plain in found.rows:
        row = (*plain, None)  # what the rule has no column for
        severity = row[in_severity] or rule.severity
        certainty = row[in_certainty] or "indicator"
        kind = row[in_kind] or rule.subject
        if severity not in SEVERITIES or certainty not in CERTAINTIES or kind == ANY:
            raise _bad_rows(rule, f"{severity!r}, {certainty!r} or {kind!r} is none")
        if row[about] is None or row[told] is None:
            raise _bad_rows(rule, "a row names no subject, or states no facts")
        yield Finding(
            rule=rule,
            severity=severity,
            subject=(str(kind), str(row[about])),
            certainty=certainty,
            facts=str(row[told]),
            entries=_entries(rule, row[rests]),
        )


def _entries(rule: Rule, text: object) -> tuple[int, ...]:
    try:
        listed = _POSITIONS.decode(str(text))
    except ValueError:  # also what msgspec raises
        listed = []
    known = [one for one in listed if one is not None]
    if not known:
        raise _bad_rows(rule, f"{str(text)[:60]!r} are no positions of entries")
    return tuple(known if len(known) == 1 else sorted(set(known)))


def _bad_rows(rule: Rule, said: str) -> Malformed:
    return Malformed(
        "RULE-ROWS",
        f"the rule gives rows that are no findings: {said}",
        where=f"{rule.name}.sql",
        hint="a row has subject, entries as a JSON array, facts; it may have kind, severity and"
        " certainty",
    )


def _order(one: Finding) -> tuple[object, ...]:
    return SEVERITIES.index(one.severity), one.rule.code, one.subject, one.entries, one.facts


def _n(value: object) -> int:
    return int(str(value))
