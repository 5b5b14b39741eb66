"""Reading rule packs: strictly, a bounded size, and every fact with a source that has a date."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

import msgspec

from ledger.errors import Malformed, Unavailable
from projections.packs.conditions import Bound, Thresholds, Window
from projections.packs.form import SCHEMA, Pack, Rule, Sourced

PACK_BYTES_MAX = 256 * 1024
PACKS_MAX = 100


@dataclass(frozen=True, slots=True, eq=False)
class Packs:
    """All packs that are used together.

    Attributes:
        by_id: the packs by identifier, in alphabetical order.
        judged: what was judged by them already, with the facts that it was judged from.
    """

    by_id: Mapping[str, Pack]
    judged: dict[tuple[object, ...], tuple[object, ...]] = field(default_factory=dict)

    def rules(self) -> Iterator[tuple[Pack, Rule]]:
        """Yield every rule with its pack, in the order of packs and files."""
        for pack in self.by_id.values():
            for rule in pack.rules:
                yield pack, rule

    def __iter__(self) -> Iterator[Pack]:
        return iter(self.by_id.values())


def packs(folder: Path | None = None) -> Packs:
    """Return the packs that come with the program, and those of a folder of one's own.

    A pack of the folder that has the identifier of a shipped one stands in its place.

    Args:
        folder: a folder of further `.toml` files, or None.

    Raises:
        Malformed: PACK-TOO-LARGE, PACK-FORM, PACK-SOURCE, PACK-PERIODS, PACK-DATE, PACK-REPEATED
            or PACK-RULE for a pack that is not well-formed.
        Unavailable: PACK-FOLDER for a folder that cannot be read.
    """
    found = _read_all(resources.files("projections.rules"))
    if folder is not None:
        try:
            found |= _read_all(folder)
        except OSError as error:
            raise Unavailable(
                "PACK-FOLDER",
                f"cannot read rule packs: {error.strerror}",
                where=str(folder),
                hint="name a folder of .toml files",
            ) from error
    together = Packs(dict(sorted(found.items())))
    _check_rules(together)
    return together


def _read_all(folder: Traversable) -> dict[str, Pack]:
    files = sorted(
        (one for one in folder.iterdir() if one.name.endswith(".toml") and one.is_file()),
        key=lambda one: one.name,
    )
    if len(files) > PACKS_MAX:
        raise Malformed("PACK-TOO-LARGE", f"a folder has more than {PACKS_MAX} packs")
    read: dict[str, Pack] = {}
    for file in files:
        with file.open("rb") as stream:
            pack = read_pack(stream.read(PACK_BYTES_MAX + 1), file.name)
        if pack.pack in read:
            raise Malformed(
                "PACK-REPEATED", f"two files hold the pack {pack.pack}", where=file.name
            )
        read[pack.pack] = pack
    return read


def read_pack(content: bytes, where: str) -> Pack:
    """Return the pack that a file holds.

    Args:
        content: the file's bytes.
        where: its name, for errors.

    Raises:
        Malformed: PACK-TOO-LARGE, or as `pack_of`.
    """
    if len(content) > PACK_BYTES_MAX:
        raise Malformed("PACK-TOO-LARGE", f"more than {PACK_BYTES_MAX:,} bytes", where=where)
    try:
        value = tomllib.loads(content.decode())
    except (RecursionError, ValueError) as error:  # no UTF-8, no TOML, or a number without end
        raise _bad_form(str(error)[:200], where) from error
    return pack_of(value, where)


def pack_of(value: Mapping[str, object], where: str) -> Pack:
    """Return the pack that a file's values are.

    Args:
        value: what the TOML says.
        where: the file's name, for errors.

    Raises:
        Malformed: PACK-FORM, PACK-SOURCE, PACK-PERIODS, PACK-DATE or PACK-REPEATED.
    """
    try:
        pack = msgspec.convert(value, Pack)
    except msgspec.ValidationError as error:
        raise _bad_form(str(error), where) from error
    if pack.schema != SCHEMA:
        raise _bad_form(f"its schema is not {SCHEMA}", where)
    _check_sources(pack, where)
    for rule in pack.rules:
        _check_periods(rule, where)
        _check_bounds(rule, where)
    _check_dates(pack, where)
    return pack


def _check_sources(pack: Pack, where: str) -> None:
    known = {one.id for one in pack.sources}
    if len(known) < len(pack.sources):
        raise Malformed("PACK-REPEATED", "two sources have one id", where=where)
    for what, fact in facts(pack):
        missing = sorted(set(fact.sources) - known)
        if missing:
            raise Malformed(
                "PACK-SOURCE",
                f"{what} names the source {missing[0]!r}, which the pack does not have",
                where=where,
                hint="each fact names sources of its pack, and each source has a text and a date",
            )


def facts(pack: Pack) -> Iterator[tuple[str, Sourced]]:
    """Yield every fact of a pack that needs a source, with what it is called."""
    for rule in pack.rules:
        yield rule.rule, rule
    for member in pack.memberships:
        yield "/".join(member.groups), member
    for part in pack.part_of:
        yield part.country, part
    for one in pack.hardware:
        for figure in one.figures:
            yield f"{one.name} {figure.figure}", figure
        for piece in one.parts:
            yield f"{one.name} {piece.part}", piece


def _check_periods(rule: Rule, where: str) -> None:
    """Periods follow each other; only the last may be open."""
    last = ""
    for period in rule.periods:
        if period.since <= last or (period.until is not None and period.until < period.since):
            raise Malformed(
                "PACK-PERIODS",
                f"the periods of {rule.rule} are not one after the other",
                where=where,
                hint="each begins after the one before ended; only the last has no `until`",
            )
        last = period.until or "9999"


def _check_bounds(rule: Rule, where: str) -> None:
    for bound in _bounds(rule):
        if bound.at_least is None and bound.below is None:
            raise _bad_form(f"a bound of {rule.rule} has neither `at_least` nor `below`", where)


def _bounds(rule: Rule) -> Iterator[Bound]:
    test = rule.test
    conditions = test.any if isinstance(test, Thresholds) else ()
    conditions += (test.condition,) if isinstance(test, Window) else ()
    for condition in conditions:
        yield from (bound for _, bound in condition.bounds())


def _check_dates(pack: Pack, where: str) -> None:
    """Every date is one of the calendar."""
    dates = [pack.dated]
    dates += [(one.dated + "-01-01")[:10] for one in pack.sources]
    for rule in pack.rules:
        dates += [day for one in rule.periods for day in (one.since, one.until) if day is not None]
    for member in pack.memberships:
        more = (member.since, member.until, (member.listed + "-01-01")[:10])
        dates += [day for day in more if day is not None]
    for text in dates:
        try:
            date.fromisoformat(text)
        except ValueError as error:
            raise Malformed("PACK-DATE", f"{text!r} is no date", where=where) from error


def turns(together: Packs) -> list[str]:
    """Return the days from which on packs may say something else than before, ascending.

    A day that is followed by `~` is the one after it: text of days is compared.
    """
    found = set()
    for pack in together:
        bounds = [(one.since, one.until) for rule in pack.rules for one in rule.periods]
        bounds += [(one.since or "", one.until) for one in pack.memberships]
        found |= {since for since, _ in bounds} | {f"{until}~" for _, until in bounds if until}
        found |= {one.listed for one in pack.memberships}
    return sorted(found)


def _check_rules(together: Packs) -> None:
    """Identifiers of rules are unique among all packs, and rules that are named exist."""
    seen: dict[str, str] = {}
    for pack, rule in together.rules():
        if rule.rule in seen:
            raise Malformed(
                "PACK-REPEATED",
                f"the rule {rule.rule} stands twice",
                where=f"{seen[rule.rule]} and {pack.pack}",
            )
        seen[rule.rule] = pack.pack
    for pack, rule in together.rules():
        items = getattr(rule.test, "items", None)
        for name in () if items is None else items.rules:
            if name not in seen:
                raise Malformed(
                    "PACK-RULE",
                    f"{rule.rule} rests on the rule {name}, which no pack has",
                    where=pack.pack,
                )


def _bad_form(reason: str, where: str) -> Malformed:
    return Malformed(
        "PACK-FORM",
        f"the rule pack is not well-formed: {reason}",
        where=where,
        hint="docs/reference/rule-packs.md shows every pack that comes with the program",
    )
