"""Every command that the documentation shows prints what the documentation shows."""

import re
from pathlib import Path

import pytest

from tests import transcripts
from tests.transcripts import ROOT, commands, pages, play


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_the_commands_of_a_page_print_what_it_shows(page: Path) -> None:
    _, differences = play(page.read_text(encoding="utf-8"))
    assert not differences, "\n\n".join([*differences, "write it again: -m tests.transcripts"])


def page_of(*lines: str) -> str:
    return "\n".join(["```console", *lines, "```", ""])


def test_a_page_that_says_otherwise_is_told_and_written_again() -> None:
    written, differences = play(page_of("$ echo one", "two"))
    assert len(differences) == 1
    assert written == page_of("$ echo one", "one")
    assert play(written) == (written, [])


def test_what_differs_from_run_to_run_is_compared_by_its_form() -> None:
    digest = "python3 -c \"import os; print(os.urandom(32).hex(), 'x')\""
    assert play(page_of(f"$ {digest}", f"{'0' * 64} x"))[1] == []
    assert len(play(page_of(f"$ {digest}", f"{'0' * 63} x"))[1]) == 1


def test_a_value_shown_stands_for_itself_in_later_commands() -> None:
    make = 'python3 -c "import os; print(os.urandom(32).hex())" | tee value'
    page = page_of(f"$ {make}", "0" * 64, f"$ grep -c {'0' * 64} value", "1")
    assert play(page)[1] == []


def test_a_line_of_dots_stands_for_any_lines() -> None:
    assert play(page_of("$ seq 5", "1", "…", "5"))[1] == []
    assert play(page_of("$ seq 5", "…", "6"))[1] != []


def test_a_page_prepares_files_and_runs_programs() -> None:
    page = "<!-- before\necho x > a\n-->\n<!-- file: b -->\n```text\ny\n```\n"
    program = "<!-- run: python -->\n```python\nassert open('a').read() == 'x\\n'\n```\n"
    assert play(page + program + page_of("$ cat a b", "x", "y"))[1] == []
    assert "AssertionError" in play(page + program.replace("'x", "'z"))[1][0]


def step(program: str, printed: str = "") -> str:
    block = f"<!-- run: python, goes on -->\n```python\n{program}\n```\n"
    return block + (f"\n<!-- prints -->\n```text\n{printed}\n```\n" if printed else "")


def test_the_parts_of_a_program_share_their_names_and_print_what_the_page_shows() -> None:
    page = step("a = 1") + "\nText.\n\n" + step("print(a + 1)", "2") + step("assert a == 1")
    assert play(page) == (page, [])
    assert transcripts.programs(page) == ["a = 1\n\n\nprint(a + 1)\n\n\nassert a == 1\n"]
    written, differences = play(page.replace("\n2\n", "\n3\n"))
    assert len(differences) == 1
    assert written == page


def test_a_part_that_fails_or_prints_what_is_not_shown_is_told() -> None:
    assert "NameError" in play(step("print(unknown)"))[1][0]
    written, differences = play(step("print(2)") + step("print(3)", "3"))
    assert len(differences) == 1
    assert written == step("print(2)", "2") + step("print(3)", "3")


def test_a_long_command_goes_on_in_the_next_line() -> None:
    [(typed, command, output)] = commands("$ echo a \\\n    b\na b\n")
    assert (typed, command, output) == ("$ echo a \\\n    b", "echo a b", ["a b"])


def test_the_real_program_answers() -> None:
    written, _ = play(page_of("$ chipledger --version"))
    assert re.search(r"chipledger, version \d", written)
    with transcripts._folder():
        assert transcripts.Session(Path()).run("chipledger nothing")[0].startswith("error: No such")
