"""`--policy` and `--tsa-root`: the outsiders whose word on checkpoints a command relies on."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from commands.attachments import read_capped
from ledger.errors import Malformed
from ledger.trust.policy import POLICY_BYTES_MAX, Policy, parse_policy
from ledger.trust.timestamps import ROOTS_BYTES_MAX, parse_roots

_FILE = click.Path(path_type=Path)
tsa_root_option = click.option(
    "--tsa-root",
    "tsa_roots",
    type=_FILE,
    multiple=True,
    help="Root of a time-stamp authority that you trust, a PEM file.",
)


@dataclass(frozen=True, slots=True)
class OutsideTrust:
    """Witnesses and time-stamp authorities that are trusted; see `ledger.trust.Trust`."""

    policy: Policy | None
    roots: tuple[bytes, ...]

    @property
    def asked(self) -> bool:
        """Whether anybody was named."""
        return self.policy is not None or bool(self.roots)


def outside_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add both options to a command, which gets them read, as `outside`."""

    @click.option("--policy", type=_FILE, help="Witnesses that you trust (C2SP tlog-policy).")
    @tsa_root_option
    @functools.wraps(function)
    def with_options(
        *args: Any, policy: Path | None, tsa_roots: tuple[Path, ...], **more: Any
    ) -> Any:
        known = None if policy is None else read_policy(policy)
        return function(*args, outside=OutsideTrust(known, read_roots(tsa_roots)), **more)

    return with_options


def read_policy(path: Path) -> Policy:
    """Return the policy in a file.

    Raises:
        Unavailable: DOCUMENT-UNREADABLE.
        Malformed: TOO-LARGE, POLICY-….
    """
    try:
        return parse_policy(read_capped(path, POLICY_BYTES_MAX))
    except Malformed as error:
        where = f"{path}, {error.where}" if error.where and error.where != str(path) else str(path)
        raise Malformed(error.code, error.message, where=where, hint=error.hint) from error


def read_roots(paths: tuple[Path, ...]) -> tuple[bytes, ...]:
    """Return the certificates in PEM files.

    Raises:
        Unavailable: DOCUMENT-UNREADABLE.
        Malformed: TOO-LARGE, TSA-ROOT.
    """
    return tuple(root for path in paths for root in parse_roots(read_capped(path, ROOTS_BYTES_MAX)))
