"""The sealed annex on the command line: what goes into it, and what comes out of it again.

Money, terms, end-use detail and narrative are sealed without being asked. `--open FIELD` puts one
into the signed statement instead, where the event has a field for it; `--sealed FIELD` takes a
field out of the statement. No message ever repeats a value.
"""

import functools
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, get_type_hints

import click
import msgspec
from msgspec.structs import replace

from commands.attachments import read_sealed
from commands.prompts import ask_secret
from ledger import canonical
from ledger.draft import type_name
from ledger.errors import Malformed
from ledger.events.base import DOCUMENT_BYTES_MAX, Annex, AnnexField, EventData
from ledger.events.event_type import named_fields
from projections.books import POSTS

F = TypeVar("F", bound=Callable[..., Any])

_WHOLE = re.compile(r"(0|[1-9][0-9]{0,14})\Z")
_MONEY = re.compile(r"(0|[1-9][0-9]{0,14})(\.[0-9]{1,2})?\Z")
_CURRENCY = re.compile(r"[A-Z]{3}\Z")
FORMS: dict[str, tuple[re.Pattern[str], str]] = {
    "USD": (_MONEY, "write plain digits, with cents or without: 320000 or 320000.50"),
    "WHOLE-USD": (_WHOLE, "write whole US dollars in plain digits, such as 2500000000"),
    "CODE": (_CURRENCY, "write the three letters of the currency, such as MYR"),
    "TEXT": (re.compile(r"[^\0]{1,4000}\Z"), "write at most 4,000 characters"),
}


class SealedValue(click.ParamType):  # type: ignore[type-arg,unused-ignore]  # generic since 8.4
    """A value that belongs into the annex: as typed, or read from `@FILE`."""

    def __init__(self, form: str) -> None:
        """Take values of a form, one of `FORMS`."""
        self.name = form

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> str | None:
        """Return the value, and repeat it in no message.

        Raises:
            Malformed: SEALED, TOO-LARGE.
            Unavailable: DOCUMENT-UNREADABLE.
        """
        del ctx
        text = read_sealed(str(value)) if str(value).startswith("@") else str(value)
        pattern, hint = FORMS[self.name]
        if not pattern.match(text):
            where = None if param is None else param.opts[-1]
            raise Malformed(
                "SEALED", "the value cannot be written so", where=where, hint=f"{hint}, or @FILE"
            )
        return text


@dataclass(frozen=True, slots=True)
class Term:
    """An option whose value is sealed: its name in the annex, its form, and help.

    Attributes:
        name: of the fact; the option is spelled with hyphens.
        form: one of `FORMS`.
        text: help in a sentence.
        openable: whether the event has a field of this name, into which `--open` puts it.
    """

    name: str
    form: str
    text: str
    openable: bool = False


def sealable(*terms: Term) -> Callable[[F], F]:
    """Add options whose values are sealed; a command that is given `act` need not look at them.

    Of an openable term the command gets the value where `--open` names it, else None.
    """
    openable = [one.name for one in terms if one.openable]

    def decorate(function: F) -> F:
        @functools.wraps(function)
        def wrapped(*args: Any, act: Any, **rest: Any) -> Any:
            opened = rest.pop("opened", ())
            for one in terms:
                value = rest.pop(f"term_{one.name}")
                if value is not None and one.name not in opened:
                    act.seal(one.name, value)
                if one.openable:
                    rest[one.name] = int(value) if value and one.name in opened else None
            return function(*args, act=act, **rest)

        decorated: Any = wrapped
        if openable:
            decorated = click.option(
                "--open",
                "opened",
                type=click.Choice(openable),
                multiple=True,
                help="Say it openly in the statement, instead of sealed.",
            )(decorated)
        for one in reversed(terms):
            decorated = click.option(
                f"--{one.name.replace('_', '-')}",
                f"term_{one.name}",
                type=SealedValue(one.form),
                help=f"{one.text} Sealed.",
            )(decorated)
        return decorated  # type: ignore[no-any-return]  # functools.wraps keeps the meaning

    return decorate


def take_out(
    names: Iterable[str], data: Sequence[EventData], known: Iterable[str]
) -> tuple[list[EventData], list[dict[str, str]]]:
    """Move fields out of the data of events, and return both: what is left, and what is sealed.

    A name that no event has a value for is asked for, once, and sealed with each of them.

    Args:
        names: the fields.
        data: of each event.
        known: names that are sealed already.

    Raises:
        Malformed: SEALED-FIELD for what must stay in the statement; SEALED.
        Refused: NO-ANSWER.
    """
    left = list(data)
    sealed: list[dict[str, str]] = [{} for _ in left]
    for name in names:
        found = False
        for number, one in enumerate(left):
            value = getattr(one, name, None)
            if name not in one.__struct_fields__ or (_nullable(one, name) and value is None):
                continue
            found = True
            left[number] = _without(one, name)
            sealed[number][name] = _text(value)
        if not found and name not in known:
            value = ask_secret(name)
            for facts in sealed:
                facts[name] = value
    for facts in sealed:
        for name, value in facts.items():
            check_fact(name, value)
    return left, sealed


def check_fact(name: str, value: str) -> None:
    """Refuse what the annex cannot hold, without repeating it.

    Raises:
        Malformed: SEALED.
    """
    try:
        msgspec.convert({"name": name, "value": value}, AnnexField)
    except msgspec.ValidationError:
        raise Malformed(
            "SEALED",
            f"the sealed value of {name[:40]!r} cannot be written so",
            hint="a name is written like amount_usd; a value has 1 to 4,000 characters",
        ) from None


def _nullable(data: EventData, name: str) -> bool:
    hint = get_type_hints(type(data), include_extras=True)[name]
    return type(None) in canonical.alternatives(hint)


def _without(data: EventData, name: str) -> EventData:
    """Return the data without a field, unless rights, books or questions rest on it."""
    if not _nullable(data, name):
        raise _stays(name, "the event has none of its kind without it")
    if any(name == field and kind is not None for field, kind, _ in named_fields(type(data))):
        raise _stays(name, "it names what the event is about, and is found by")
    left = replace(data, **{name: None})
    rule = POSTS.get(type_name(data))
    if rule is not None and tuple(rule(data)) != tuple(rule(left)):
        raise _stays(name, "the books would say something else without it")
    return left


def _stays(name: str, why: str) -> Malformed:
    return Malformed(
        "SEALED-FIELD",
        f"the field {name} cannot be sealed: {why}",
        where="--sealed",
        hint="seal terms, money and texts; `chipledger events TYPE` lists the fields",
    )


def _text(value: object) -> str:
    """Return a field's value as the annex has it: text as it is, all else as JSON."""
    return value if isinstance(value, str) else canonical.encode(value).decode()


def read_annex(data: bytes) -> tuple[AnnexField, ...] | None:
    """Return the facts of an annex, or None for bytes that are no annex."""
    try:
        return canonical.decode(data, Annex, size_max=DOCUMENT_BYTES_MAX, what="annex").fields
    except Malformed:
        return None
