"""Printing what rule packs say, step by step."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from commands.context import Desk
from commands.output import Format, print_rows, safe
from projections.determination.step import Step

F = TypeVar("F", bound=Callable[..., Any])
_SHORT = ("step", "pack", "of", "rule", "status", "about", "result")
_LONG = (
    *("step", "pack", "of", "rule", "title", "citation", "sources", "status", "status_text"),
    *("about", "result", "says", "why", "inputs", "unknown"),
)
NO_VERDICT = (
    "What packs say of what is recorded; no advice, and no verdict. `would apply`: the test is met,"
    " and the rule did not bind on that day."
)


def packs_option(function: F) -> F:
    """Add `--packs DIR` to a command; it gets `packs_folder`."""
    return click.option(
        "--packs",
        "packs_folder",
        metavar="DIR",
        type=click.Path(path_type=Path),
        help="A folder with rule packs of your own, each a .toml file.",
    )(function)


def print_steps(
    desk: Desk,
    steps: Sequence[Step],
    form: Format,
    *,
    title: str,
    schema: str,
    notes: Sequence[str] = (),
) -> None:
    """Print steps: an overview and the reasons for people, everything in one row for programs."""
    rows = [_row(number, one, form) for number, one in enumerate(steps, 1)]
    print_rows(
        rows,
        _SHORT if form.for_people else _LONG,
        form,
        title=title,
        schema=schema,
        demonstration=desk.demonstration,
    )
    if form.for_people:
        for number, one in enumerate(steps, 1):
            _print_reasons(number, one)
        click.echo()
        for note in (*notes, NO_VERDICT):
            click.echo(safe(note))


def _row(number: int, one: Step, form: Format) -> dict[str, object]:
    flat = form.kind in {"csv", "tsv"}
    dated = {
        source.id: f"{source.text} ({source.dating} {source.dated})" for source in one.pack.sources
    }
    sources = [dated[name] for name in one.rule.sources]
    return {
        "step": number,
        "pack": one.pack.pack,
        "of": one.pack.dated,
        "rule": one.rule.rule,
        "title": one.rule.title,
        "citation": one.rule.citation,
        "sources": "; ".join(sources) if flat else sources,
        "status": one.standing.text if form.for_people else one.standing.code,
        "status_text": one.standing.text,
        "about": one.about,
        "result": one.result,
        "says": one.said,
        "why": one.why,
        "inputs": "; ".join(word.shown() for word in one.words)
        if flat
        else [word._asdict() for word in one.words],
        "unknown": "; ".join(one.unknown) if flat else list(one.unknown),
    }


def _print_reasons(number: int, one: Step) -> None:
    click.echo()
    click.echo(safe(f"{number}. {one.about}: {one.said}"))
    click.echo(safe(f"   {one.rule.title}, {one.rule.citation}"))
    click.echo(safe(f"   because {one.why}"))
    for word in one.words:
        click.echo(safe(f"   from    {word.shown()}"))
    for text in one.unknown:
        click.echo(safe(f"   unknown {text}"))
