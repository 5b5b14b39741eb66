"""`chipledger finding`: answers to findings, which stay beside them."""

import re

import click

from commands.act import Act, asserting
from commands.finding_subjects import subject_of
from commands.lookup import find_event
from ledger.errors import Malformed
from ledger.events.assurance import FindingAnswered

_CODE = re.compile(r"[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*\Z")


@click.group(name="finding")
def command() -> None:
    """Explain or accept findings."""


@command.command("answer")
@click.argument("code")
@click.argument("subject", metavar="[KIND:]NAME")
@click.option("--explained", "answer", flag_value="explained", help="There is a good reason.")
@click.option("--accepted", "answer", flag_value="accepted", help="It is so, and it is known.")
@click.option("--reason", required=True, help="Why.")
@click.option("--entry", metavar="ENTRY", help="The entry that the finding names first.")
@asserting
def answer(
    act: Act, *, code: str, subject: str, answer: str | None, reason: str, entry: str | None
) -> None:
    """Explain or accept the finding CODE about a subject, such as shipment:SHP-13.

    The finding stays; the answer stands beside it.
    """
    if answer is None:
        raise click.UsageError("say what it is: --explained or --accepted")
    event = None if entry is None else find_event(act.desk.reader(), entry)
    data = FindingAnswered(
        code=_code(code),
        subject=":".join(subject_of(act.view, act.names, subject, "subject")),
        entry=None if event is None else event.target,
        answer=answer,  # type: ignore[arg-type]  # one of the two flags
        reason=reason,
    )
    told = f"{data.code} of {data.subject} is {data.answer}: {data.reason}"
    act.tell(data, told, f"chipledger query answers code={data.code}")


def _code(text: str) -> str:
    """Return a code as findings spell it.

    Raises:
        Malformed: FINDING-CODE.
    """
    code = text.upper()
    if not _CODE.match(code):
        raise Malformed(
            "FINDING-CODE", f"{text[:60]!r} is no code of a finding", where="code",
            hint="write it as it was printed, such as SHIP-OVERDUE",
        )  # fmt: skip
    return code
