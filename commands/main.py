"""The program `chipledger`: its commands by name, and the one place that prints errors.

Commands are imported when they are called, so that `chipledger --help` needs none of them.
"""

import importlib
import io
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import click
from click.shell_completion import CompletionItem

from ledger.errors import EXIT_UNDECIDED, EXIT_USAGE, LedgerError
from ledger.version import __version__

EXIT_INTERRUPTED = 130

COMMANDS: dict[str, dict[str, tuple[str, str]]] = {
    "Start": {
        "init": ("commands.init", "Make a ledger in a folder, with its keys."),
        "demo": ("commands.demo.command", "Build the demonstration ledger and show its answers."),
        "key": ("commands.key", "Generate, enrol, revoke and compare keys."),
        "party": ("commands.party", "Register parties; their roles, owners and checks."),
        "site": ("commands.site", "Register sites and attest their power."),
        "ledger": ("commands.ledger", "The ledger's checkpoint, and its own key."),
    },
    "Record": {
        "model": ("commands.model", "Classify chip and rack models."),
        "batch": ("commands.batch", "Commission batches of chips."),
        "stock": ("commands.stock", "Open stock that was there before, or left another ledger."),
        "rack": ("commands.rack", "Assemble, install, start, repair and take apart racks."),
        "units": (
            "commands.unit_states",
            "Set units apart, scrap them; report them lost or found.",
        ),
        "authorization": (
            "commands.authorization",
            "Record licences and exceptions, and their changes.",
        ),
        "filing": ("commands.filing", "Record export filings."),
        "enduse": ("commands.enduse", "Record statements of end use."),
        "shipment": ("commands.shipment", "Dispatch, follow and receive shipments."),
        "title": ("commands.title", "Transfer ownership."),
        "certification": ("commands.certification", "Grant and change certifications."),
        "lease": ("commands.lease", "Start, change and end leases; report usage."),
        "plan": ("commands.plan", "Record deployment plans, how they change, what fulfils them."),
        "claim": ("commands.claim", "Record what somebody is reported to have said."),
        "inspection": ("commands.inspection", "Announce, sample and record inspections."),
        "incident": ("commands.incident", "Report theft, loss, tampering, suspected diversion."),
        "finding": ("commands.finding", "Explain or accept findings."),
        "hold": ("commands.hold", "Place and release legal holds."),
        "document": ("commands.document", "Give up documents whose time is over."),
        "import": ("commands.importing", "Record from packing lists and inventories."),
        "service": ("commands.service.command", "Take signed events from others over HTTP."),
        "submit": ("commands.submit", "Sign a draft, and record it when everybody has signed."),
        "countersign": ("commands.countersign", "Sign an entry later, or dispute it."),
        "attach": ("commands.attach", "Add documents to an entry."),
        "void": ("commands.void", "State that an event did not occur."),
    },
    "Ask": {
        "where": ("commands.where", "Show where everything is."),
        "reconcile": ("commands.reconcile", "Compare an inventory with what is recorded."),
        "findings": ("commands.findings", "Show what contradicts, is missing, or cannot be told."),
        "query": ("commands.query", "Ask a question of the read models."),
        "federation": ("commands.federation", "Ask what several ledgers say together."),
        "file": ("commands.transaction_file", "Gather all records of a transaction or party."),
        "veu-report": ("commands.veu_report", "Report half a year as a data centre VEU does."),
        "classify": ("commands.classify", "Show what rule packs say of a model."),
        "determine": ("commands.determine", "Show what rule packs say of a shipment."),
        "log": ("commands.log", "List entries."),
        "show": ("commands.show", "Show an entry, or what is known of a name or number."),
        "report": ("commands.report", "Write a report: page, workbook, PDF; check one."),
        "serve": ("commands.serve", "Show the ledger on pages of a browser."),
        "events": ("commands.events", "List the event types, or the fields of one."),
    },
    "Verify": {
        "verify": ("commands.verify", "Audit the ledger: PASS, FAIL or UNDECIDED."),
        "federate": ("commands.federate", "Verify several ledgers, and see them as one."),
        "export": ("commands.export", "Write evidence into a file: all, or a selection."),
        "epcis": ("commands.epcis", "Write the events as EPCIS 2.0."),
        "witness": ("commands.witness.command", "Cosign other ledgers; have this one cosigned."),
        "timestamp": ("commands.timestamp", "Have checkpoints dated by an authority."),
        "prove": ("commands.prove", "Write a file that proves one entry, or a continuation."),
        "publish": ("commands.publish", "Write the log as static files for a web server."),
        "verifier-page": (
            "commands.verifier_page",
            "Write the page that judges evidence in a browser.",
        ),
        "doctor": ("commands.doctor", "Check this folder, this machine and its libraries."),
    },
    "Settings": {
        "copy": ("commands.copy", "Copy a ledger into another store, and verify the copy."),
        "rebuild": ("commands.rebuild", "Make the read models anew from the log."),
        "config": ("commands.config", "Show or change this folder's settings."),
        "completion": ("commands.completion", "Print completion for bash, zsh or fish."),
    },
}
"""Section, name, module whose attribute `command` it is, and help in a sentence."""


class LazyGroup(click.Group):
    """A group that imports a subcommand when it is called, and no earlier."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the table."""
        del ctx
        return [name for section in COMMANDS.values() for name in section]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a subcommand, or None for an unknown name."""
        del ctx
        for section in COMMANDS.values():
            if cmd_name in section:
                module = importlib.import_module(section[cmd_name][0])
                command: click.Command = module.command
                return command
        return None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the subcommand; tell the nearest names for an unknown one."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            import difflib  # noqa: PLC0415  only where somebody mistyped

            near = difflib.get_close_matches(args[0], self.list_commands(ctx), n=3)
            meant = f" Did you mean {' or '.join(near)}?" if near else ""
            raise click.UsageError(f"{error.message}{meant}", ctx) from error

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return the subcommands that begin so, and options, without importing anything."""
        found = [
            CompletionItem(name, help=text)
            for section in COMMANDS.values()
            for name, (_, text) in section.items()
            if name.startswith(incomplete)
        ]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the sections of the table without importing anything."""
        del ctx
        for title, section in COMMANDS.items():
            with formatter.section(title):
                formatter.write_dl([(name, text) for name, (_, text) in section.items()])


class Program(LazyGroup):
    """The whole program: whatever a command raises becomes a message and an exit code here."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a reader that went away ends it quietly, but never as a PASS."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            # What is still buffered would fail again when the interpreter ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            raise click.exceptions.Exit(EXIT_UNDECIDED) from None
        except Exception:
            if ctx.params["debug"]:
                traceback.print_exc()
            raise
        return result

    def main(  # type: ignore[override]  # click's overloads tell one of its own from the other
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any
    ) -> NoReturn:
        """Run with these arguments and end the process with the exit code."""
        extra.pop("standalone_mode", None)  # who calls a program gets its exit code
        sys.exit(self._run(args, prog_name, **extra))

    def _run(self, args: Sequence[str] | None, prog_name: str | None, **extra: Any) -> int:
        if isinstance(sys.stdout, io.TextIOWrapper):
            # A file's name that is no text, or a terminal of few letters, must not end a command.
            sys.stdout.reconfigure(errors="backslashreplace")
        try:
            code = super().main(args, prog_name, standalone_mode=False, **extra)
        except LedgerError as error:
            _print_error(error.message, error.where, error.hint, error.code)
            return error.exit_code
        except click.ClickException as error:
            _print_usage(error)
            return EXIT_USAGE
        except OSError as error:
            name = None if error.filename is None else str(error.filename)
            hint = "check the disk, the folder and its permissions"
            _print_error(f"the system refuses: {error.strerror or error}", name, hint, "SYSTEM")
            return EXIT_UNDECIDED
        except (click.Abort, KeyboardInterrupt):
            click.echo("interrupted", err=True)
            return EXIT_INTERRUPTED
        except Exception as error:  # noqa: BLE001  the last resort: nothing may look like a verdict
            hint = "run it again with --debug before the command, and report what it prints"
            _print_error(f"internal error: {error!r}", None, hint, "INTERNAL")
            return EXIT_UNDECIDED
        return code if isinstance(code, int) else 0


_MANY_LINES = "ROWS-REJECTED"
"""The one error that has a line for each row of a file; no cell can add another."""


def _print_usage(error: click.ClickException) -> None:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):  # a group without a command
        click.echo(error.format_message(), err=True)
        _print_error("a command is missing", None, None, "USAGE")
        return
    context = getattr(error, "ctx", None)
    path = "chipledger" if context is None else context.command_path
    hint = f"`{path} --help` shows what it takes"
    _print_error(error.format_message().removesuffix("."), None, hint, "USAGE")


def _print_error(message: str, where: str | None, hint: str | None, code: str) -> None:
    from commands.output import safe, safe_lines  # noqa: PLC0415  only where something went wrong

    place = f" ({where})" if where else ""
    shown = safe_lines if code == _MANY_LINES else safe
    click.echo(shown(f"error: {message}{place}"), err=True)
    if hint:
        click.echo(safe(f"  {hint}"), err=True)
    click.echo(f"  code: {code}", err=True)


@click.command(
    cls=Program,
    name="chipledger",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Each command has a --help of its own. The ledger is the one of this folder or a parent"
    " of it, unless -C or CHIPLEDGER_LEDGER names another.",
)
@click.option(
    "-C",
    "--ledger",
    "folder",
    type=click.Path(path_type=Path),
    envvar="CHIPLEDGER_LEDGER",
    help="Folder of the ledger.",
)
@click.option("--debug", is_flag=True, help="Print the traceback of an internal error.")
@click.version_option(__version__, prog_name="chipledger")
@click.pass_context
def main(context: click.Context, folder: Path | None, debug: bool) -> None:
    """Record exported AI hardware as signed events, and verify all of it offline."""
    from commands.context import Desk  # noqa: PLC0415  --help needs none of it

    del debug  # `Program.invoke` reads it
    desk = Desk(folder)
    context.obj = desk
    context.call_on_close(desk.close)
