"""What a finding is about, as people type it: `shipment:SHP-13`, or `SHP-13` where one thing is."""

import json
import re
from collections.abc import Iterable
from typing import get_args

from commands.asking import Moment
from commands.context import Desk
from commands.names import Kind, Names
from ledger.errors import Malformed
from projections.determination.tables import judging
from projections.finding_rules import ENTRY, SEVERITIES, rules
from projections.finding_run import Clocks, Finding, Scope, Subject, findings
from projections.packs.load import packs
from projections.view import View

_SUBJECT = re.compile(r"([a-z][a-z_]{0,31}):([!-~](?:[ -~]*[!-~])?)\Z")
_KINDS = """
    SELECT DISTINCT kind FROM named WHERE value = :name COLLATE NOCASE AND kind IN (
      'authorization', 'batch', 'certification', 'lease', 'party', 'plan', 'rack', 'shipment',
      'site', 'stock')
    UNION SELECT 'serial' FROM unit WHERE serial = :name COLLATE NOCASE
    ORDER BY kind"""

_NAMING = """
    SELECT DISTINCT named.event_idx AS idx
    FROM json_each(:wanted) AS one
    JOIN named ON named.kind = one.value ->> 0 AND named.value = one.value ->> 1"""
MANY = 20


def kinds_of(view: View, name: str) -> list[str]:
    """Return of what kinds, that findings can be about, something of this name is recorded."""
    return [str(row["kind"]) for row in view.rows(_KINDS, {"name": name})]


def findings_about(desk: Desk, subjects: Iterable[Subject], moment: Moment) -> list[Finding]:
    """Return what the rules find about any of these, the gravest first, each once.

    Of few, each is asked about alone; of many, everything is asked once, and the rest left out.
    """
    view = desk.view()
    reader = judging(view.connection, packs(), desk.log().zone)
    now = Clocks(moment.as_of, moment.known_at)
    wanted = list(subjects)
    if len(wanted) > MANY:
        meant = {(kind, name.lower()) for kind, name in wanted}
        naming = {str(row["idx"]) for row in view.rows(_NAMING, {"wanted": json.dumps(wanted)})}
        return [
            one
            for one in findings(reader, rules().values(), now)
            if (one.subject[0], one.subject[1].lower()) in meant
            or (one.subject[0] == ENTRY and one.subject[1] in naming)
        ]
    found = {
        (one.rule.code, one.subject, one.entries): one
        for subject in wanted
        for one in findings(reader, rules().values(), now, Scope(subject))
    }
    return sorted(found.values(), key=lambda one: SEVERITIES.index(one.severity))


def subject_of(view: View, names: Names, text: str, where: str) -> Subject:
    """Return kind and name of what is meant, the name in its recorded spelling.

    Names that nobody recorded are taken as they are, with a line among the doubts of `names`.

    Raises:
        Malformed: FINDING-SUBJECT, NAME.
    """
    found = _SUBJECT.match(text)
    kinds = [] if found else kinds_of(view, text)
    if found is None and len(kinds) != 1:
        several = " or ".join(f"{kind}:{text[:60]}" for kind in kinds)
        raise Malformed(
            "FINDING-SUBJECT", f"{text[:60]!r} is no subject of a finding", where=where,
            hint=f"say which: {several}" if kinds
            else "write its kind and name, such as shipment:SHP-13",
        )  # fmt: skip
    kind, name = (kinds[0], text) if found is None else (found[1], found[2])
    if kind in get_args(Kind):
        known: Kind = kind  # type: ignore[assignment]  # one of its literals
        name = names.spelled(known, name)
        if not names.knows(known, name) and not names.doubts:
            names.doubt(f"{kind} {name} was never recorded")
    return kind, name
