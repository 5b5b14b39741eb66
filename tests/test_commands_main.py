"""The program: its help, its commands, and the one place that prints errors."""

import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from commands.main import COMMANDS, main
from ledger.errors import LedgerError, Tampered, Unavailable
from ledger.version import __version__
from tests.office import Office

HEAVY = ("eventsourcing", "cryptography", "sqlite_utils", "msgspec", "commands.context")
ALL = [name for section in COMMANDS.values() for name in section]


def test_help_imports_none_of_the_commands_and_none_of_the_libraries() -> None:
    program = "import sys; from commands.main import main\ntry: main(['--help'])\n"
    program += "except SystemExit: print([name for name in sys.modules], file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert re.search(r"^  verify +Audit the ledger", done.stdout, re.MULTILINE)
    assert [name for name in HEAVY if f"'{name}'" in done.stderr] == []


@pytest.mark.parametrize("name", ALL)
def test_every_command_has_help_and_is_called_by_its_name(name: str) -> None:
    result = CliRunner().invoke(main, [name, "--help"])
    assert result.exit_code == 0
    assert result.stdout.startswith(f"Usage: chipledger {name}")


def test_every_subcommand_says_what_it_does() -> None:
    context = click.Context(main)
    for name in ALL:
        command = main.get_command(context, name)
        assert command is not None
        found = [command]
        if isinstance(command, click.Group):
            found = [command, *command.commands.values()]
        assert [one.name for one in found if not one.help] == []


def test_an_unknown_command_is_a_usage_error_with_the_nearest_names() -> None:
    result = CliRunner().invoke(main, ["verfy"])
    assert result.exit_code == 2
    assert "Did you mean verify or query?" in result.stderr
    assert "  code: USAGE\n" in result.stderr
    assert "mean" not in CliRunner().invoke(main, ["xxxxxxxxxx"]).stderr


def test_an_unknown_option_is_a_usage_error_that_names_the_help() -> None:
    result = CliRunner().invoke(main, ["verify", "--frob"])
    assert result.exit_code == 2
    assert "`chipledger verify --help` shows what it takes" in result.stderr


def test_the_version() -> None:
    assert __version__ in CliRunner().invoke(main, ["--version"]).stdout


@pytest.fixture
def raising(monkeypatch: pytest.MonkeyPatch) -> list[BaseException]:
    """Make `chipledger doctor` raise what the test puts in."""
    errors: list[BaseException] = []

    @click.command()
    def command() -> None:
        raise errors[0]

    monkeypatch.setattr("commands.doctor.command", command)
    return errors


@pytest.mark.parametrize(
    ("error", "exit_code", "printed"),
    [
        (
            LedgerError("WHAT-IT-IS", "it is so", where="line 3", hint="mend it"),
            2,
            "error: it is so (line 3)\n  mend it\n  code: WHAT-IT-IS\n",
        ),
        (Tampered("OTHER", "it is other"), 3, "error: it is other\n  code: OTHER\n"),
        (Unavailable("GONE", "\x1b[2Jgone"), 3, "error: \\u001b[2Jgone\n  code: GONE\n"),
        (KeyboardInterrupt(), 130, "interrupted\n"),
        (click.Abort(), 130, "interrupted\n"),
    ],
)
def test_errors_become_a_message_a_hint_a_code_and_an_exit_code(
    raising: list[BaseException], error: BaseException, exit_code: int, printed: str
) -> None:
    raising.append(error)
    result = CliRunner().invoke(main, ["doctor"])
    assert result.exit_code == exit_code
    assert result.stderr.lstrip("\n") == printed


def test_an_internal_error_is_no_verdict_and_shows_its_traceback_only_on_demand(
    raising: list[BaseException],
) -> None:
    raising.append(ZeroDivisionError("oh"))
    result = CliRunner().invoke(main, ["doctor"])
    assert result.exit_code == 3
    assert "code: INTERNAL" in result.stderr
    assert "Traceback" not in result.stderr
    assert "Traceback" in CliRunner().invoke(main, ["--debug", "doctor"]).stderr


def test_a_reader_that_went_away_is_told_nothing_and_gets_no_pass(tmp_path: Path) -> None:
    office = Office.make(tmp_path / "ledger")
    program = "from commands.main import main; main()"
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-c", program, "-C", str(office.folder), "verify"],
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (3, "")


def test_calling_the_program_as_a_function_ends_in_its_exit_code_all_the_same() -> None:
    with pytest.raises(SystemExit) as ended:
        main(["verfy"], standalone_mode=False)
    assert ended.value.code == 2


def test_completion_knows_commands_without_importing_them() -> None:
    context = click.Context(main)
    found = main.shell_complete(context, "do")
    assert [(one.value, one.help) for one in found] == [
        ("document", COMMANDS["Record"]["document"][1]),
        ("doctor", COMMANDS["Verify"]["doctor"][1]),
    ]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_name_the_program(shell: str) -> None:
    script = CliRunner().invoke(main, ["completion", shell]).stdout
    assert "_CHIPLEDGER_COMPLETE" in script
    assert "chipledger" in script


def test_an_unknown_shell_is_refused() -> None:
    assert CliRunner().invoke(main, ["completion", "tcsh"]).exit_code == 2


def test_a_group_without_a_command_shows_its_commands() -> None:
    done = CliRunner().invoke(main, ["shipment"], prog_name="chipledger")
    lines = done.stderr.splitlines()
    assert done.exit_code == 2
    assert lines[0] == "Usage: chipledger shipment [OPTIONS] COMMAND [ARGS]..."
    assert any(line.startswith("  dispatch  ") for line in lines)
    assert lines[-2:] == ["error: a command is missing", "  code: USAGE"]
