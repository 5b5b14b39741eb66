"""`chipledger.toml`: which ledger a folder holds, and who works in it. Never a secret."""

import tomllib
from pathlib import Path
from typing import Annotated

import msgspec

from commands import files
from ledger.canonical import Sha256Hex
from ledger.errors import Malformed, Unavailable
from ledger.events.base import Origin, PartyId

FILE = "chipledger.toml"
SCHEMA = "chipledger.settings/1"
FILE_BYTES_MAX = 64 * 1024
PathText = Annotated[str, msgspec.Meta(pattern=r"^[^\x00-\x1f\x7f]+\Z", max_length=1000)]
_HEAD = "# Which ledger this folder holds, and who works in it. No secret belongs here.\n"


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings of a ledger's folder.

    Attributes:
        origin: the ledger's name.
        fingerprint: SHA-256 of its origin and first checkpoint key, hex.
        party: whose word commands record, unless `--as` names another; None: always to be named.
        key: file of that party's key, relative to the folder; None: found under `keys/`.
        published: folder that the log is published to, relative to this one; None: nowhere.
        store: URL of the ledger's database, without a password; None: the file beside this one.
        schema: name of this form.
    """

    origin: Origin
    fingerprint: Sha256Hex
    party: PartyId | None = None
    key: PathText | None = None
    published: PathText | None = None
    store: PathText | None = None
    schema: str = SCHEMA


def read_config(folder: Path) -> Config:
    """Return the settings of a folder.

    Raises:
        Unavailable: SETTINGS-UNREADABLE.
        Malformed: SETTINGS-FORM.
    """
    path = folder / FILE
    try:
        with path.open("rb") as file:
            content = file.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise Unavailable(
            "SETTINGS-UNREADABLE",
            f"the settings cannot be read: {error.strerror}",
            where=str(path),
            hint="`chipledger init DIR` makes a ledger's folder; -C names another",
        ) from error
    if len(content) > FILE_BYTES_MAX:
        raise _wrong_form(path, f"the file has more than {FILE_BYTES_MAX:,} bytes")
    try:
        config = msgspec.convert(tomllib.loads(content.decode()), Config)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise _wrong_form(path, str(error)) from error
    except RecursionError as error:
        raise _wrong_form(path, "it is nested too deeply") from error
    if config.schema != SCHEMA:
        raise _wrong_form(path, f"its schema is not {SCHEMA}")
    return config


def write_config(folder: Path, config: Config) -> None:
    """Write the settings of a folder, in the place of the old ones at one moment.

    Raises:
        Unavailable: SETTINGS-UNWRITABLE.
    """
    lines = [
        f"{name} = {msgspec.json.encode(value).decode()}\n"  # a JSON string is a TOML one too
        for name, value in msgspec.structs.asdict(config).items()
        if value is not None
    ]
    path = folder / FILE
    try:
        files.replace(path, (_HEAD + "".join(sorted(lines))).encode())
    except OSError as error:
        raise Unavailable(
            "SETTINGS-UNWRITABLE",
            f"the settings cannot be written: {error.strerror}",
            where=str(path),
            hint="check the folder's permissions and the disk",
        ) from error


def _wrong_form(path: Path, reason: str) -> Malformed:
    return Malformed(
        "SETTINGS-FORM",
        f"the settings are not well-formed: {reason}",
        where=str(path),
        hint="`chipledger init` writes origin, fingerprint, schema; party, key, published, store",
    )
