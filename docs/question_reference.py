"""The reference of the questions, read off the heads of their files."""

from collections.abc import Iterator

from projections.questions import Question, questions

INTRODUCTION = """# Questions

What `chipledger query NAME PARAMETER=VALUE` answers. Each is one SQL file with a head. All of them
take both clocks, `--as-of DATE` and `--known-at ENTRY`, and every form of output. An answer for an
entry never changes as the ledger grows. [The auditors' twenty questions](
../explanation/auditors-questions.md) says which of them answers what.

Where columns are called `on_one_word`, `on_two_words` and `on_opening`, they say how much of the
figure rests on what one party alone signed, on what two or more signed or accepted, and on an
opening balance. A column that is explained by `yes if` is 1 or 0 in JSON, CSV and TSV, and `yes` or
`no` wherever people read it: also in questions of your own.
"""


def questions_page() -> str:
    """Return the reference of every question, by name."""
    return "\n".join([INTRODUCTION, *map(_section, questions().values())])


def _section(question: Question) -> str:
    return "\n".join(_lines(question))


def _lines(question: Question) -> Iterator[str]:
    yield f"## {question.name}\n\n**{question.title}.** {question.question}\n"
    for heading, items in (
        ("Parameters", [
            f"`{one.name}` ({one.kind}, {'required' if one.required else 'optional'}):"
            f" {one.meaning}" for one in question.parameters
        ]),
        ("Columns that need a word", [
            f"`{one.name}`: {one.meaning}" for one in question.columns]),
    ):  # fmt: skip
        if items:
            yield f"{heading}:\n"
            yield from (f"- {item}" for item in items)
            yield ""
    if question.note:
        yield f"{question.note}\n"
