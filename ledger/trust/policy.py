"""The trust policy: which logs and witnesses are known, which cosignatures are enough.

A file as C2SP tlog-policy has it, one definition a line, words parted by spaces and tabs:

    log <vkey> [<url>]
    witness <name> <vkey> [<url>]
    group <name> all|any|<k> <name>…
    quorum <name>|none

Octets above 0x7F are opaque: they are carried as surrogate escapes, and names are compared octet by
octet. Stricter than the specification, where it leaves a choice: a file has at most 64 KiB, and a
witness's key is Ed25519 (type 0x04), so that no witness is listed whose word could not be checked.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from ledger.errors import LedgerError, Malformed
from ledger.log.cosignature import Cosigner, parse_cosigner
from ledger.log.note import parse_verifier_key
from ledger.signing.ed25519 import check_public_key

POLICY_BYTES_MAX = 64 * 1024
NONE = "none"

_FORBIDDEN = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")
_NUMBER = re.compile(r"[1-9][0-9]{0,5}")


@dataclass(frozen=True, slots=True)
class KnownLog:
    """A log line.

    Attributes:
        origin: key name of the log's key, which is its origin.
        public_key: 32 bytes.
        url: where it is, or None.
    """

    origin: str
    public_key: bytes
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness line.

    Attributes:
        name: what this file calls it; the name in its signature lines is its cosigner's.
        cosigner: its key.
        url: its submission prefix (C2SP tlog-witness), or None.
    """

    name: str
    cosigner: Cosigner
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """A group line: it has witnessed a checkpoint when `threshold` of its members have."""

    name: str
    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """A parsed policy; `parse_policy` makes it.

    Attributes:
        logs: known logs; none where the log is known from elsewhere.
        witnesses: known witnesses, in the order of the file.
        groups: each names only witnesses and groups before it.
        quorum: name of the witness or group that must have witnessed a checkpoint, or `none`.
        sha256: hex SHA-256 of the file.
    """

    logs: tuple[KnownLog, ...]
    witnesses: tuple[Witness, ...]
    groups: tuple[Group, ...]
    quorum: str
    sha256: str

    @property
    def cosigners(self) -> tuple[Cosigner, ...]:
        """The witnesses' keys."""
        return tuple(one.cosigner for one in self.witnesses)

    @property
    def quorum_shown(self) -> str:
        """The quorum's name for people: octets that are no UTF-8 are replaced."""
        return self.quorum.encode("utf-8", "surrogateescape").decode("utf-8", "replace")

    def is_met(self, cosigned: Collection[Cosigner]) -> bool:
        """Say whether these witnesses' cosignatures are the quorum."""
        met = {NONE} | {one.name for one in self.witnesses if one.cosigner in cosigned}
        for group in self.groups:  # members stand before their group
            if sum(member in met for member in group.members) >= group.threshold:
                met.add(group.name)
        return self.quorum in met

    def upper_bound(self, times: Mapping[Cosigner, int]) -> int | None:
        """Return the earliest second by which the quorum had cosigned, None without a quorum.

        A policy that asks for no witness dates nothing.
        """
        for timestamp in sorted(set(times.values())):
            if self.is_met([one for one, at in times.items() if at <= timestamp]):
                return timestamp
        return None

    def lower_bound(self, times: Mapping[Cosigner, int]) -> int | None:
        """Return the latest second since which the quorum cosigned, None without a quorum."""
        for timestamp in sorted(set(times.values()), reverse=True):
            if self.is_met([one for one, at in times.items() if at >= timestamp]):
                return timestamp
        return None


def parse_policy(data: bytes) -> Policy:
    """Return the policy in a file's bytes.

    Raises:
        Malformed: POLICY-SIZE beyond 64 KiB; POLICY-TEXT for control characters, or a last line
            without its line feed; POLICY-LINE for a line that is no definition; POLICY-NAME for a
            name that is not defined before, or defined or used twice; POLICY-KEY for a key that is
            none, of the wrong type, or listed twice; POLICY-QUORUM unless there is exactly one.
    """
    if len(data) > POLICY_BYTES_MAX:
        raise Malformed("POLICY-SIZE", f"a policy has at most {POLICY_BYTES_MAX:,} bytes")
    if _FORBIDDEN.search(data) or (data and not data.endswith(b"\n")):
        raise Malformed(
            "POLICY-TEXT",
            "a policy has no control characters but tabs, and each line ends in a line feed",
        )
    reading = _Reading()
    for number, line in enumerate(data.decode("utf-8", "surrogateescape").split("\n"), 1):
        words = [word for word in re.split("[ \t]+", line) if word]
        if words and not words[0].startswith("#"):
            try:
                reading.take(words)
            except Malformed as error:
                raise Malformed(
                    error.code, error.message, where=f"line {number}", hint=error.hint
                ) from error
    return reading.policy(sha256(data).hexdigest())


@dataclass(slots=True)
class _Reading:
    """A policy as far as it was read."""

    logs: list[KnownLog] = field(default_factory=list)
    witnesses: list[Witness] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    quorum: str | None = None
    named: set[str] = field(default_factory=set)
    grouped: set[str] = field(default_factory=set)

    def take(self, words: Sequence[str]) -> None:
        """Take the next definition in."""
        match words:
            case ["log", key, *url] if len(url) <= 1:
                self._take_log(key, *url)
            case ["witness", name, key, *url] if len(url) <= 1:
                self._take_witness(name, key, *url)
            case ["group", name, threshold, member, *members]:
                self._take_group(name, threshold, (member, *members))
            case ["quorum", name]:
                self._take_quorum(name)
            case _:
                raise Malformed(
                    "POLICY-LINE",
                    f"{' '.join(words)[:80]!r} defines nothing",
                    hint="lines are: log VKEY [URL], witness NAME VKEY [URL],"
                    " group NAME all|any|K MEMBER…, quorum NAME",
                )

    def _take_log(self, text: str, url: str | None = None) -> None:
        try:
            origin, public_key = parse_verifier_key(text)
            check_public_key(public_key)
        except LedgerError as error:
            raise Malformed("POLICY-KEY", error.message, hint=error.hint) from error
        if any(one.public_key == public_key for one in self.logs):
            raise Malformed("POLICY-KEY", f"the key of the log {origin} is listed twice")
        self.logs.append(KnownLog(origin, public_key, url))

    def _take_witness(self, name: str, text: str, url: str | None = None) -> None:
        try:
            cosigner = parse_cosigner(text)
        except LedgerError as error:
            raise Malformed("POLICY-KEY", error.message, hint=error.hint) from error
        if any(one.cosigner.public_key == cosigner.public_key for one in self.witnesses):
            raise Malformed("POLICY-KEY", f"the key of the witness {name} is listed twice")
        self._define(name)
        self.witnesses.append(Witness(name, cosigner, url))

    def _take_group(self, name: str, threshold: str, members: tuple[str, ...]) -> None:
        needed = {"all": str(len(members)), "any": "1"}.get(threshold, threshold)
        if not _NUMBER.fullmatch(needed) or int(needed) > len(members):
            raise Malformed(
                "POLICY-LINE",
                f"{threshold[:20]!r} is no number from 1 to {len(members)}",
                hint="a group needs all, any, or so many of its members",
            )
        for member in members:
            self._check_defined(member)
            if member in self.grouped:
                raise Malformed("POLICY-NAME", f"{member!r} is a member twice")
            self.grouped.add(member)
        self._define(name)
        self.groups.append(Group(name, int(needed), members))

    def _take_quorum(self, name: str) -> None:
        if self.quorum is not None:
            raise Malformed("POLICY-QUORUM", "there is more than one quorum line")
        if name != NONE:
            self._check_defined(name)
        self.quorum = name

    def _define(self, name: str) -> None:
        if name in self.named or name == NONE:
            raise Malformed("POLICY-NAME", f"{name!r} is defined twice")
        self.named.add(name)

    def _check_defined(self, name: str) -> None:
        if name not in self.named:
            raise Malformed("POLICY-NAME", f"{name!r} is not defined in a line before")

    def policy(self, digest: str) -> Policy:
        """Return the whole."""
        if self.quorum is None:
            raise Malformed(
                "POLICY-QUORUM",
                "there is no quorum line",
                hint="`quorum none` asks for no witness",
            )
        return Policy(
            tuple(self.logs), tuple(self.witnesses), tuple(self.groups), self.quorum, digest
        )
