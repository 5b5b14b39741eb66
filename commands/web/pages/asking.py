"""Every question that comes with the program, asked on a page: with its parameters as a form."""

import re
from typing import Any

from datasette import NotFound

from commands.web.reading import Reading, shipped
from commands.web.sheet import Sheet
from commands.web.visit import Page, Visit
from ledger.errors import Malformed
from projections.questions import Question

ROWS = 200
_NUMBER = re.compile(r"[0-9]{1,15}\Z")


async def questions(visit: Visit) -> Any:
    """List the questions."""
    values = {"questions": shipped().values()}
    return await visit.show(lambda _: Page("questions.html", "Questions", values))


async def answer(visit: Visit) -> Any:
    """Ask one."""
    question = shipped().get(visit.path["question"])
    if question is None:
        raise NotFound(f"there is no question {visit.path['question'][:60]}")
    return await visit.show(lambda now: _page(visit, now, question))


def _page(visit: Visit, now: Reading, question: Question) -> Page:
    given = {one.name: _value(one.kind, visit.text(one.name)) for one in question.parameters}
    needed = [one.name for one in question.parameters if one.required and given[one.name] is None]
    number = visit.text("page")
    page = max(1, int(number)) if _NUMBER.match(number) else 1
    sheet: Sheet | None = None
    if not needed:
        found = now.ask(question.name, **given)
        rows = range((page - 1) * ROWS, page * ROWS)
        sheet = now.shown(question, found, title=question.title, rows=rows)
    pages = 1 if sheet is None else max(1, -(-sheet.total // ROWS))
    texts = {name: visit.text(name) for name in given if visit.text(name)}
    values = {
        "question": question,
        "texts": texts,
        "sheet": sheet,
        "needed": needed,
        "number": page,
        "pages": pages,
        "turn": lambda to: visit.clocks.query(**texts, page=str(to)),
    }
    return Page("question.html", question.title, values)


def _value(kind: str, text: str) -> object:
    """Return what a parameter is bound to.

    Raises:
        Malformed: ENTRY-FORM.
    """
    if not text:
        return None
    if kind != "entry":
        return text
    if not _NUMBER.match(text):
        raise Malformed("ENTRY-FORM", f"{text[:40]!r} is no number of an entry")
    return int(text)
