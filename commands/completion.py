"""`chipledger completion`: what a shell needs to complete commands, as click writes it."""

import click
from click.shell_completion import get_completion_class

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_CHIPLEDGER_COMPLETE"


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """Print completion for SHELL; put its output where the shell reads it at start.

    bash: `eval "$(chipledger completion bash)"` in ~/.bashrc. zsh: the same in ~/.zshrc. fish:
    `chipledger completion fish > ~/.config/fish/completions/chipledger.fish`.
    """
    made = get_completion_class(shell)
    assert made is not None  # noqa: S101  click knows these three
    click.echo(made(context.find_root().command, {}, "chipledger", VARIABLE).source())
