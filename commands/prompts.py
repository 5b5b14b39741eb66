"""Asking the person at the terminal: yes or no, and passphrases."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from ledger.errors import Refused


def confirm(question: str) -> None:
    """Ask, and go on only after a yes.

    Raises:
        Refused: DECLINED; NO-ANSWER where nobody is there to answer.
    """
    with _answering("--yes answers for you"):
        agreed = click.confirm(question, default=False, err=True)
    if not agreed:
        raise Refused("DECLINED", "nothing was signed and nothing was recorded")


def ask_passphrase(what: str, *, new: bool = False) -> bytes:
    """Ask for a passphrase without showing it; a new one twice.

    Raises:
        Refused: NO-ANSWER.
    """
    with _answering("give it with --password-file FILE"):
        text: str = click.prompt(
            f"Passphrase of {what}", hide_input=True, confirmation_prompt=new, err=True
        )
    return text.encode()


def ask_secret(what: str) -> str:
    """Ask for a value that belongs into the sealed annex, without showing it.

    Raises:
        Refused: NO-ANSWER.
    """
    with _answering(f"write {what}=@FILE to read it from a file"):
        text: str = click.prompt(f"Sealed value of {what}", hide_input=True, err=True)
    return text


@contextmanager
def _answering(hint: str) -> Iterator[None]:
    """Tell the end of the input, which nobody meant as an answer, from Ctrl-C."""
    try:
        yield
    except click.Abort as abort:
        if isinstance(abort.__context__, KeyboardInterrupt):
            raise
        raise Refused(
            "NO-ANSWER", "there was nobody to answer, so nothing was done", hint=hint
        ) from abort
