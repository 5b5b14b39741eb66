"""The desk that a command works at: which folder, which ledger, whose keys. All opened late."""

from collections.abc import Callable
from contextlib import ExitStack, suppress
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from commands.keyring import Hand, Keyring
from commands.output import Progress
from commands.settings import FILE, Config, read_config
from ledger.errors import Malformed, Tampered, Unavailable
from ledger.events.base import check_identifier
from ledger.signing.keyfile import public_path, read_public, sync_folder
from ledger.signing.signer import Signer, key_id
from ledger.writing import Writing, system_clock

if TYPE_CHECKING:
    from ledger.application import Ledger
    from ledger.place import Place
    from ledger.reader import LogReader
    from ledger.source import Source
    from ledger.verify.report import Report
    from projections.view import View

LEDGER = "ledger.db"
LEDGER_KEY = "ledger.key"
HIGH_WATER = "high-water"
VIEW = "view.db"
CLOCK_AHEAD_MAX = timedelta(days=400)
"""A clock that is further past the newest entry is doubted."""

F = TypeVar("F", bound=Callable[..., Any])


class Desk:
    """What a command needs, each part opened when it is first asked for."""

    def __init__(self, given: Path | None = None) -> None:
        """Work in the folder given, else in the one found from here upwards."""
        self._given = given
        self._stack = ExitStack()
        self._reader: Ledger | None = None
        self._writer: Ledger | None = None
        self._view: View | None = None
        self._evidence: LogReader | None = None
        self.audited: Report | None = None
        """What the audit of the evidence said that is answered from."""
        self.handed: Source | None = None
        """The evidence itself, as it was handed over."""
        self.password_file: Path | None = None

    def close(self) -> None:
        """Close whatever was opened."""
        self._stack.close()

    @cached_property
    def folder(self) -> Path:
        """The ledger's folder.

        Raises:
            Unavailable: LEDGER-NOT-FOUND.
        """
        here = Path.cwd()
        candidates = [here, *here.parents] if self._given is None else [self._given]
        for folder in candidates:
            if (folder / FILE).is_file():
                return folder
        raise Unavailable(
            "LEDGER-NOT-FOUND",
            "there is no ledger here" if self._given is None else "there is no ledger there",
            where=str(candidates[0]),
            hint="name its folder with -C DIR, or make one: `chipledger init DIR`",
        )

    @property
    def is_here(self) -> bool:
        """Whether a ledger is here; one that was named must be."""
        if self._given is not None:
            return self.folder.is_dir()
        return any((folder / FILE).is_file() for folder in (Path.cwd(), *Path.cwd().parents))

    @cached_property
    def config(self) -> Config:
        """The folder's settings."""
        return read_config(self.folder)

    @property
    def store(self) -> "Place":
        """Where the ledger is: the database that the settings name, else the file beside them."""
        return self.config.store or self.folder / LEDGER

    @property
    def published(self) -> Path | None:
        """The folder that the log is published to, where the settings name one."""
        name = self.config.published
        return None if name is None else self.folder / name

    @cached_property
    def keyring(self) -> Keyring:
        """The keys in the folder."""
        return Keyring(self.folder, lambda: self.password_file)

    def reader(self) -> "Ledger":
        """Return the ledger, for reading.

        Raises:
            Tampered: LEDGER-DIFFERS when it is not the one that the settings name.
            As `Ledger.open`.
        """
        if self._writer is not None:
            return self._writer
        if self._reader is None:
            self._reader = self._open(None)
        return self._reader

    def writer(self) -> "Ledger":
        """Return the ledger, for writing with its own key.

        Raises:
            As `reader`, `Keyring.open` and `Ledger.open`.
        """
        if self._writer is None:
            self._finish_rotation()
            signer = self.keyring.open(self.folder / LEDGER_KEY)
            if self._reader is not None:  # the last to close moves the write-ahead log into place
                self._reader.close()
            high_water = self.folder / HIGH_WATER
            writing = Writing(signer=signer, high_water=high_water, published=self.published)
            self._writer = self._open(writing)
        return self._writer

    def answer_from(self, evidence: "LogReader", audited: "Report", handed: "Source") -> None:
        """Answer from evidence that was verified, and no more from this folder."""
        self._evidence = evidence
        self.audited = audited
        self.handed = handed

    @property
    def is_evidence(self) -> bool:
        """Whether evidence is read that somebody handed over, and not this folder's ledger."""
        return self._evidence is not None

    def log(self) -> "LogReader":
        """Return what is to be read: the evidence that was handed over, or this folder's ledger.

        Raises:
            As `reader`.
        """
        return self.reader() if self._evidence is None else self._evidence

    def view(self) -> "View":
        """Return the read models of `log`, caught up with it; those of evidence are in memory."""
        from projections.runner import catch_up  # noqa: PLC0415  most commands need none
        from projections.view import MEMORY, View  # noqa: PLC0415  as above

        if self._view is None:
            place = self.folder / VIEW if self._evidence is None else MEMORY
            self._view = self._stack.enter_context(View.open(place))
        catch_up(self._view, self.log(), Progress("reading entries"))
        return self._view

    def party(self, given: str | None) -> str:
        """Return whose word a command records: the party given, else the folder's.

        Raises:
            Malformed: IDENTIFIER, PARTY-MISSING.
        """
        party = given or self.config.party
        if party is None:
            raise Malformed(
                "PARTY-MISSING",
                "nobody is named whose word this is",
                hint="name one with --as PARTY, or for this folder: `chipledger config party ID`",
            )
        return check_identifier(party)

    def hand(self, party: str, key_file: Path | None = None) -> Hand:
        """Return with which key a party signs; see `Keyring.hand`."""
        reader = self.reader()
        default = self.config.key if party == self.config.party else None
        if key_file is None and default is not None:
            key_file = self.folder / default
        return self.keyring.hand(party, reader.authority, reader.size, key_file)

    def signer(self, party: str, key_file: Path | None = None) -> Signer:
        """Return a party's signer, asking for the passphrase once.

        Raises:
            As `Keyring.hand` and `Keyring.signer`.
        """
        return self.keyring.signer(self.hand(party, key_file))

    def now(self) -> datetime:
        """Return the machine's time, UTC."""
        return system_clock()

    @property
    def demonstration(self) -> bool:
        """Whether the ledger says that its events are invented."""
        return self.log().opening.purpose == "demonstration"

    def _open(self, writing: Writing | None) -> "Ledger":
        from ledger.application import Ledger  # noqa: PLC0415  it brings the store with it

        ledger = self._stack.enter_context(Ledger.open(str(self.store), writing))
        if ledger.fingerprint.hex() != self.config.fingerprint:
            raise Tampered(
                "LEDGER-DIFFERS",
                "the ledger is not the one that the settings name by its fingerprint",
                where=str(self.folder),
                hint="find out who exchanged the ledger or the settings before you go on",
            )
        return ledger

    def _finish_rotation(self) -> None:
        """Put a next key in its place if the log has taken it, as after a crash."""
        if any(self.folder.glob(f"{LEDGER_KEY}.*.next.pub")):
            self.take_next_key()

    def take_next_key(self) -> None:
        """Make the key that signs the ledger's checkpoints now its key, where it waits here.

        Raises:
            Unavailable: KEY-UNMOVABLE.
        """
        reader = self.reader()
        named = reader.authority.checkpoint_key(reader.size)
        current, following = self.folder / LEDGER_KEY, next_key_path(self.folder, named)
        if not public_path(following).is_file() or read_public(public_path(following)) != named:
            return
        try:
            # The public half goes last: while it is there, a crash is mended at the next look.
            # Nor may a power cut keep the second move without the first.
            # What is gone was moved by another process, which mends the same.
            for path, place in (
                (following, current),
                (public_path(following), public_path(current)),
            ):
                with suppress(FileNotFoundError):
                    path.replace(place)
                sync_folder(self.folder)
        except OSError as error:
            raise Unavailable(
                "KEY-UNMOVABLE",
                f"the ledger's new key cannot be put in its place: {error.strerror}",
                where=str(following),
                hint="mend the folder; the next command that writes tries again",
            ) from error


def next_key_path(folder: Path, public_key: bytes) -> Path:
    """Return where a key waits until the log names it as the ledger's.

    Each has a name of its own: two rotations at one time cannot take each other's only copy.
    """
    return folder / f"{LEDGER_KEY}.{key_id(public_key)[:16]}.next"


def password_option(function: F) -> F:
    """Add `--password-file` to a command; the desk hands it to whatever key is encrypted."""

    def remember(context: click.Context, _: click.Parameter, value: Path | None) -> None:
        desk = context.find_root().obj
        if isinstance(desk, Desk):  # there is none while help or completion is made
            desk.password_file = value

    return click.option(
        "--password-file",
        type=click.Path(path_type=Path),
        expose_value=False,
        callback=remember,
        help="Read the passphrase from the first line of a file instead of asking.",
    )(function)


pass_desk = click.make_pass_decorator(Desk)
