"""The keys of a ledger's folder: which file holds whose key, opened once a command at most."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from commands.prompts import ask_passphrase
from commands.unlocked import unlocked
from ledger.authority import Authority
from ledger.errors import Refused, Unavailable
from ledger.signing.keyfile import public_path, read_key, read_password_file, read_public
from ledger.signing.signer import Signer, key_id

KEYS = "keys"


@dataclass(frozen=True, slots=True)
class Hand:
    """One who is to sign: a party, the id of its key, and the key's file if it is here."""

    party: str
    key: str
    file: Path | None


class Keyring:
    """Key files of a folder. A passphrase is asked for once a file, and only when it signs."""

    def __init__(self, folder: Path, password_file: Callable[[], Path | None]) -> None:
        """Look for keys in `folder/keys`; the password file is known only when a command runs."""
        self._folder = folder / KEYS
        self._password_file = password_file
        self._open: dict[Path, Signer] = {}

    def open(self, path: Path) -> Signer:
        """Return the signer of a private key's file, or of one that is kept unlocked.

        Raises:
            As `read_key` and `read_password_file`; NO-ANSWER where nobody types the passphrase;
            as `unlocked`.
        """
        where = path.absolute()
        if where not in self._open:
            half = public_path(path)
            kept = unlocked(read_public(half)) if half.is_file() else None
            self._open[where] = kept or read_key(path, lambda: self._passphrase(path))
        return self._open[where]

    def _passphrase(self, path: Path) -> bytes:
        given = self._password_file()
        return ask_passphrase(str(path)) if given is None else read_password_file(given)

    def id_of(self, path: Path) -> str:
        """Return the id of the key in a file, from its public half where that lies beside it."""
        if path.absolute() in self._open or not public_path(path).is_file():
            return key_id(self.open(path).public_key)
        return key_id(read_public(public_path(path)))

    def hand(self, party: str, authority: Authority, at: int, given: Path | None = None) -> Hand:
        """Return with which key a party signs: the file given, else one here that is in force.

        Where no key is here, it is the party's newest in force, which somebody else keeps.

        Raises:
            Unavailable: KEY-FILE-UNREADABLE.
            Refused: KEY-NONE where the party has no key in force.
        """
        if given is not None:
            return Hand(party, self.id_of(given), given)
        keys = sorted(authority.keys_of(party, at), key=lambda key: -key.enrolled)
        private = [path for path in self.files(party) if path.is_file()]
        here = {self.id_of(path): path for path in reversed(private)}
        for key in keys:
            if key.id in here:
                return Hand(key.party, key.id, here[key.id])
        if not keys:
            raise Refused(
                "KEY-NONE",
                f"{party} has no key in force in this ledger",
                where=party,
                hint=f"`chipledger key generate {party}`, then `chipledger key enroll {party}`",
            )
        return Hand(keys[0].party, keys[0].id, None)

    def files(self, party: str) -> list[Path]:
        """Return the key files that may be a party's, the plainest name first."""
        first = self._folder / f"{party}.key"
        others = sorted(self._folder.glob(f"{party}-*.key"))
        return [path for path in (first, *others) if public_path(path).is_file()]

    def signer(self, hand: Hand) -> Signer:
        """Return the signer of one who is to sign here.

        Raises:
            Unavailable: KEY-ABSENT where the key is not here; otherwise as `open`.
            Refused: KEY-CHANGED where the file holds another key than its public half says.
        """
        if hand.file is None:
            raise Unavailable(
                "KEY-ABSENT",
                f"the key of {hand.party} ({hand.key[:8]}…) is not here",
                where=str(self._folder),
                hint="name it with --key FILE, or write a draft for them to sign: --draft FILE",
            )
        signer = self.open(hand.file)
        if key_id(signer.public_key) != hand.key:
            raise Refused(
                "KEY-CHANGED",
                "the file holds another key than the public half beside it",
                where=str(hand.file),
                hint="put back the pair that belongs together",
            )
        return signer
