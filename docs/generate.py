"""Write the pages of docs/reference that follow from the code, or check them with `--check`.

Run as `python -m docs.generate`. A page that differs from the code fails the tests.
"""

import importlib
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from docs.api_reference import api_page, group_page, page_name
from docs.api_table import PUBLIC
from docs.condition_reference import conditions_page
from docs.error_reference import errors_page
from docs.event_reference import events_page
from docs.finding_reference import findings_page
from docs.format_reference import format_examples_page
from docs.pack_reference import packs_page
from docs.question_reference import questions_page
from docs.read_model_reference import read_models_page

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs" / "reference"
NOTICE = "<!-- Written by docs/generate.py; `make docs` writes it again. -->\n\n"


def cli_page(program: Any) -> str:
    """Return the help of a click program and its commands, as 88 columns show it."""
    parts = ["# Commands\n"]

    def visit(command: Any, name: str, parent: Any) -> None:
        context = command.make_context(name, [], parent, resilient_parsing=True)
        context.terminal_width = 88
        level = "#" * min(6, 2 + len(context.command_path.split()) - 1)
        parts.append(f"{level} {context.command_path}\n\n```text\n{context.get_help()}\n```\n")
        for one in command.list_commands(context) if hasattr(command, "list_commands") else ():
            visit(command.get_command(context, one), one, context)

    visit(program, "chipledger", None)
    return "\n".join(parts)


def makers() -> dict[str, Callable[[], str]]:
    """Return what makes each generated page, by its file name."""
    found: dict[str, Callable[[], str]] = {
        "events.md": events_page,
        "errors.md": partial(errors_page, ROOT),
        "conditions.md": conditions_page,
        "api.md": api_page,
        **{page_name(group): partial(group_page, group, ROOT) for group in PUBLIC},
        "read-models.md": read_models_page,
        "questions.md": questions_page,
        "rule-packs.md": packs_page,
        "findings.md": findings_page,
        "format-examples.md": format_examples_page,
    }
    if (ROOT / "commands" / "main.py").is_file():
        program = importlib.import_module("commands.main").main
        found["cli.md"] = partial(cli_page, program)
    return found


def main(arguments: list[str]) -> int:
    """Write the pages, or with `--check` tell which differ; return the exit code."""
    stale = []
    for name, make in makers().items():
        text = NOTICE + make()
        page = REFERENCE / name
        if page.is_file() and page.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if "--check" not in arguments:
            page.write_text(text, encoding="utf-8")
            print(f"wrote docs/reference/{name}")
    if stale and "--check" in arguments:
        print(f"docs/reference is not what the code says: {', '.join(stale)}; run `make docs`")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
