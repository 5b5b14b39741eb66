"""Names as people type them, matched kindly: the recorded spelling, or "did you mean".

A name that was never recorded is admitted by the ledger and flagged. So nothing here refuses one,
except countries, which are a closed list (ISO 3166-1).
"""

import csv
import difflib
import io
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Literal

import click

from commands.output import safe
from ledger.errors import Malformed
from ledger.events.base import check_identifier
from projections.view import View

Kind = Literal[
    "authorization",
    "batch",
    "certification",
    "hold",
    "incident",
    "lease",
    "model",
    "party",
    "plan",
    "rack",
    "shipment",
    "site",
]
_RECORDED: Mapping[Kind, str] = {
    "authorization": "SELECT DISTINCT authorization AS id, number AS called FROM authorization",
    "batch": "SELECT DISTINCT batch AS id, NULL AS called FROM batch"
    " UNION SELECT DISTINCT line.batch, NULL FROM stock_opening JOIN line USING (event_idx)",
    "certification": "SELECT DISTINCT certification AS id, NULL AS called FROM certification",
    "hold": "SELECT DISTINCT hold AS id, NULL AS called FROM hold",
    "incident": "SELECT DISTINCT incident AS id, case_number AS called FROM incident",
    "lease": "SELECT DISTINCT lease AS id, NULL AS called FROM lease",
    "model": "SELECT model AS id, NULL AS called FROM model"
    " UNION SELECT model, alias FROM model_alias",
    "party": "SELECT party AS id, display_name AS called FROM party"
    " UNION SELECT party, legal_name FROM party",
    "plan": "SELECT DISTINCT plan AS id, cluster AS called FROM plan",
    "rack": "SELECT DISTINCT rack AS id, chassis_serial AS called FROM assembly"
    " UNION SELECT rack, chassis_serial FROM stocked_rack",
    "shipment": "SELECT DISTINCT shipment AS id, NULL AS called FROM shipment",
    "site": "SELECT DISTINCT site AS id, name AS called FROM site",
}
_NEAR_MAX = 3
_NEAR_CUTOFF = 0.6


class Names:
    """The names that a ledger has recorded, by kind."""

    def __init__(self, view: View) -> None:
        """Look names up in read models that are caught up."""
        self._view = view
        self._found: dict[Kind, dict[str, str]] = {}
        self.doubts: list[str] = []

    def spelled(self, kind: Kind, text: str) -> str:
        """Return an identifier in its recorded spelling; one never recorded as it was typed.

        For the latter, `doubts` gets a line if a recorded name is near.

        Raises:
            Malformed: NAME for text that cannot be an identifier, with the nearest names.
        """
        known = self._known(kind)
        exact = known.get(text.casefold())
        if exact is not None and exact.casefold() == text.casefold():
            return exact
        hint = did_you_mean(text, known)
        try:
            check_identifier(text)
        except Malformed as error:
            raise Malformed(
                "NAME",
                f"{text[:60]!r} cannot name a {kind}",
                where=kind,
                hint=hint or f"a {kind} is named by letters, digits, - _ . and at most 64 of them",
            ) from error
        if hint is not None:
            self.doubt(f"{kind} {text} was never recorded: {hint}")
        return text

    def knows(self, kind: Kind, identifier: str) -> bool:
        """Say whether an identifier was recorded, in whatever case."""
        return identifier.casefold() in self._known(kind)

    def as_recorded(self, kind: Kind, identifier: str) -> str:
        """Return an identifier in its recorded spelling; a new one as it is, without a doubt."""
        return self._known(kind).get(identifier.casefold(), identifier)

    def maybe(self, kind: Kind, text: str | None) -> str | None:
        """Return None for None, otherwise as `spelled`."""
        return None if text is None else self.spelled(kind, text)

    def all(self, kind: Kind, texts: Iterable[str]) -> list[str]:
        """Return each one as `spelled`."""
        return [self.spelled(kind, text) for text in texts]

    def doubt(self, text: str) -> None:
        """Take note of what people should see before they sign, once."""
        if text not in self.doubts:
            self.doubts.append(text)

    def _known(self, kind: Kind) -> dict[str, str]:
        """Return identifiers by what they are called, identifiers themselves before other names."""
        if kind not in self._found:
            rows = [(str(row["id"]), row["called"]) for row in self._view.rows(_RECORDED[kind])]
            called = {str(name).casefold(): id_ for id_, name in rows if name is not None}
            self._found[kind] = called | {id_.casefold(): id_ for id_, _ in rows}
        return self._found[kind]


def did_you_mean(text: str, known: Mapping[str, str]) -> str | None:
    """Return "did you mean …?" with the nearest names, or None where nothing is near.

    Args:
        text: what was typed.
        known: what is meant, by what it may be called in case-folded letters.
    """
    wanted = text.casefold()
    near = [wanted] if wanted in known else []
    near += difflib.get_close_matches(wanted, known, n=_NEAR_MAX, cutoff=_NEAR_CUTOFF)
    meant = list(dict.fromkeys(known[one] for one in near))[:_NEAR_MAX]
    return f"did you mean {' or '.join(meant)}?" if meant else None


def country(text: str) -> str:
    """Return the ISO 3166-1 code that a code or a name of a country stands for.

    Raises:
        Malformed: COUNTRY, with the nearest names.
    """
    wanted = _plain(text)
    codes = _countries()
    if wanted in codes:
        return codes[wanted]
    labels = {name: f"{_labels()[code]} ({code})" for name, code in codes.items()}
    raise Malformed(
        "COUNTRY",
        f"{text[:60]!r} is no country",
        where="country",
        hint=did_you_mean(wanted, labels) or "write its ISO 3166-1 code of two letters, such as MY",
    )


def countries(texts: Iterable[str]) -> list[str]:
    """Return the codes of countries; see `country`."""
    return [country(text) for text in texts]


def _plain(text: str) -> str:
    """Return text without accents and case, so that Cote d'Ivoire and Türkiye are found."""
    parts = unicodedata.normalize("NFKD", " ".join(text.split()))
    return "".join(one for one in parts if not unicodedata.combining(one)).casefold()


@cache
def _table() -> tuple[tuple[str, str, str], ...]:
    text = resources.files("commands").joinpath("countries.tsv").read_text(encoding="utf-8")
    rows = csv.DictReader(io.StringIO(text), dialect="excel-tab")
    return tuple((row["code"], row["name"], row["also"]) for row in rows)


@cache
def _labels() -> dict[str, str]:
    return {code: name for code, name, _ in _table()}


@cache
def _countries() -> dict[str, str]:
    found: dict[str, str] = {}
    for code, name, also in _table():
        for one in (code, name, *filter(None, also.split("|"))):
            found[_plain(one)] = code
    return found


def tell_unregistered(view: View, site: str) -> None:
    """Say on stderr where nobody registered a site."""
    if not list(view.rows("SELECT 1 FROM site WHERE site = ? LIMIT 1", (site,))):
        click.echo(safe(f"no site {site} is registered here yet"), err=True)
