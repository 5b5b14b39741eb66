"""Rules that findings come from: one SQL file each, with a head that says what it looks for.

The files in `projections/findings/` come with the program; a user can add a folder of his own.
Both are held to what holds for questions: one SELECT, values bound, no writing. Beside the two
clocks a rule binds `:subject`, in conditions of this one form alone:

    (:subject IS NULL OR shipment.shipment = :subject)

Without a subject the condition is dropped, and with some it becomes `… IN` their list, so that an
index answers for one subject. What several rules read by stands in `projections/findings/parts/`,
and a rule names it under `with`.
"""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Literal, get_args

from ledger.errors import Malformed, Unavailable
from projections.sql_header import CLOCKS, Threshold, read_sql
from projections.sql_parts import with_parts

Severity = Literal["critical", "high", "medium", "low", "info"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
"""The gravest first."""

ENTRY = "entry"
"""Kind of a subject that is an entry of the log, by its position."""
ANY = "any"
"""Kind of a rule's subjects where each row names its own in the column `kind`.

Such a rule is asked for a name alone, and for `kind/name`, as `event.opened` has it.
"""

FEW_SUBJECTS = 4
"""So many at most are bound one by one."""

_REQUIRED = frozenset({"code", "title", "severity", "basis", "explains", "subject"})
_OPTIONAL = frozenset({"note", "thresholds", "waits", "with"})
_BOUND = CLOCKS | {"subject"}
_NAME = re.compile(r"^[a-z][a-z0-9-]{0,62}\Z")
_CODE = re.compile(r"^[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*\Z")
_KIND = re.compile(r"^[a-z][a-z_]{0,31}\Z")
_OF_SUBJECT = re.compile(r"\(:subject IS NULL OR ([\w.]+) = :subject\)")


@dataclass(frozen=True, slots=True)
class Rule:
    """What is looked for.

    Attributes:
        name: the file's name without its ending.
        code: code of its findings; a few files share one.
        title: a few words.
        severity: of its findings, where a row names no other.
        basis: the legal basis, or the reason.
        explains: what may explain a finding.
        note: what it does not see, or None.
        subject: kind of what its findings are about.
        waits: whether it is raised by time alone, when something does not come.
        thresholds: the numbers that it compares with.
        sql: the SELECT as a whole, with the parts that it names.
    """

    name: str
    code: str
    title: str
    severity: Severity
    basis: str
    explains: str
    note: str | None
    subject: str
    waits: bool
    thresholds: tuple[Threshold, ...]
    sql: str

    @property
    def for_all(self) -> str:
        """The SELECT for every subject."""
        return _OF_SUBJECT.sub("1", self.sql)

    def for_some(self, count: int) -> str:
        """The SELECT for so many subjects.

        A few are bound one by one, as `:subject_0` and so on, which SQLite takes further into the
        statement than a list; more are the JSON array `:subjects`.
        """
        listed = "SELECT value FROM json_each(:subjects)"
        if count <= FEW_SUBJECTS:
            listed = ", ".join(f":subject_{number}" for number in range(count))
        return _OF_SUBJECT.sub(rf"\1 IN ({listed})", self.sql)


def rules(folder: Path | None = None) -> dict[str, Rule]:
    """Return every rule by name, in alphabetical order.

    Args:
        folder: a user's folder of further `.sql` files, or None.

    Raises:
        Malformed: SQL-… for a file that is not well-formed; RULE-NAME for a name that is taken or
            not lower-case words with hyphens.
        Unavailable: RULE-FOLDER for a folder that cannot be read.
    """
    found = dict(_shipped())
    if folder is None:
        return found
    try:
        added = _load(folder)
    except OSError as error:
        raise Unavailable(
            "RULE-FOLDER", f"cannot read rules: {error.strerror}", where=str(folder)
        ) from error
    for one in added:
        if one.name in found:
            raise Malformed(
                "RULE-NAME",
                f"the rule {one.name!r} comes with chipledger",
                where=one.name,
                hint="give the file another name",
            )
    return dict(sorted((found | {one.name: one for one in added}).items()))


def find_rules(found: Mapping[str, Rule], code: str) -> list[Rule]:
    """Return the rules of a code.

    Raises:
        Malformed: RULE-UNKNOWN, with the nearest codes.
    """
    some = [one for one in found.values() if one.code == code.upper()]
    if some:
        return some
    codes = sorted({one.code for one in found.values()})
    near = difflib.get_close_matches(code.upper(), codes, n=3, cutoff=0.5)
    near = near or [one for one in codes if set(code.upper().split("-")) & set(one.split("-"))][:5]
    meant = f"did you mean {' or '.join(near)}? " if near else ""
    hint = f"{meant}`chipledger findings --rules` lists all {len(codes)}"
    raise Malformed("RULE-UNKNOWN", f"there is no rule {code[:60]!r}", hint=hint)


@cache
def _shipped() -> dict[str, Rule]:
    return {one.name: one for one in _load(resources.files("projections.findings"))}


def _load(folder: Traversable) -> list[Rule]:
    files = [one for one in folder.iterdir() if one.name.endswith(".sql")]
    return [_rule(one) for one in sorted(files, key=lambda one: one.name)]


def _rule(file: Traversable) -> Rule:
    name = file.name.removesuffix(".sql")
    if _NAME.match(name) is None:
        raise Malformed(
            "RULE-NAME", f"{file.name!r} is no name of a rule", hint="write long-in-stock.sql"
        )
    sql = read_sql(
        with_parts(_text(file), file.name),
        file.name,
        required=_REQUIRED,
        optional=_OPTIONAL,
        bound=_BOUND,
    )
    texts = sql.texts
    severity = next((one for one in SEVERITIES if one == texts["severity"]), None)
    if severity is None:
        raise _bad_head(f"severity is one of {', '.join(SEVERITIES)}", file.name)
    if _CODE.match(texts["code"]) is None:
        raise _bad_head("code is capital words with hyphens", file.name)
    if _KIND.match(texts["subject"]) is None:
        raise _bad_head("subject is the kind of what it is about", file.name)
    if ":subject" in _OF_SUBJECT.sub("", sql.sql):
        raise _bad_head("write (:subject IS NULL OR column = :subject)", file.name)
    return Rule(
        name=name,
        code=texts["code"],
        title=texts["title"],
        severity=severity,
        basis=texts["basis"],
        explains=texts["explains"],
        note=texts.get("note"),
        subject=texts["subject"],
        waits=texts.get("waits") == "yes",
        thresholds=sql.thresholds,
        sql=sql.sql,
    )


def _text(file: Traversable) -> str:
    try:
        return file.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise Malformed("SQL-HEADER", "the file is not UTF-8", where=file.name) from error


def _bad_head(said: str, where: str) -> Malformed:
    return Malformed(
        "SQL-HEADER",
        f"the head is not well-formed: {said}",
        where=where,
        hint="the files in projections/findings/ show the form",
    )
