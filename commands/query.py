"""`chipledger query`: the questions that can be asked, and their answers."""

from pathlib import Path

import click

from commands.asking import Clocks, asking, print_answer
from commands.context import Desk, pass_desk
from commands.from_evidence import from_evidence
from commands.output import Format, print_rows, safe, safe_lines
from ledger.errors import Malformed
from projections.questions import Question, find, questions


@click.command(name="query")
@click.argument("name", required=False)
@click.argument("values", metavar="[PARAMETER=VALUE]...", nargs=-1)
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    help="A folder with further questions, each a .sql file.",
)
@click.option("--explain", is_flag=True, help="Say what it asks and takes; print its SQL.")
@asking
@pass_desk
@from_evidence
def command(
    desk: Desk,
    *,
    name: str | None,
    values: tuple[str, ...],
    folder: Path | None,
    explain: bool,
    clocks: Clocks,
    form: Format,
) -> None:
    """Answer a question of the read models; without a name, list the questions."""
    found = questions(folder)
    if name is None:
        rows = [(one.name, one.title, ", ".join(_takes(one))) for one in found.values()]
        print_rows(
            rows,
            ("name", "title", "takes"),
            form,
            title="Questions: chipledger query NAME PARAMETER=VALUE",
            schema="chipledger.questions/1",
            demonstration=False,
        )
        return
    question = find(found, name)
    if explain:
        _explain(question)
        return
    print_answer(desk, question, given_values(values), clocks, form)


def given_values(values: tuple[str, ...]) -> dict[str, str | None]:
    """Return parameters as they were typed, NAME=VALUE each.

    Raises:
        Malformed: QUERY-PARAMETER.
    """
    given: dict[str, str | None] = {}
    for text in values:
        name, equals, value = text.partition("=")
        if not equals or not value or name in given:
            raise Malformed(
                "QUERY-PARAMETER",
                f"{text[:60]!r} is no parameter, or is given twice",
                hint="write NAME=VALUE, such as rack=R0056",
            )
        given[name] = value
    return given


def _takes(question: Question) -> list[str]:
    return [one.name if one.required else f"[{one.name}]" for one in question.parameters]


def _explain(question: Question) -> None:
    click.echo(safe_lines(f"{question.title}\n{question.question}"))
    for one in question.parameters:
        needed = "required" if one.required else "optional"
        click.echo(safe(f"  {one.name}={one.kind.upper()}  {needed}: {one.meaning}"))
    for column in question.columns:
        click.echo(safe(f"  column {column.name}: {column.meaning}"))
    if question.note:
        click.echo(safe(question.note))
    click.echo(safe_lines(f"\n{question.sql}"))
