"""The reference of findings, read off the rules' heads."""

from collections.abc import Mapping, Sequence

from projections.finding_limits import NOT_DECIDABLE, TOLD_BY_VERIFY
from projections.finding_rules import SEVERITIES, Rule, rules

INTRODUCTION = """# Findings

`chipledger findings` runs these rules over the read models, at any `--as-of` and `--known-at`. A
finding is an indicator: it says which recorded statements do not fit together, or which one is
missing. It concludes nothing about the world, and nothing in law.

- **Severity** is how grave it would be if nothing explained it. A row can be graded lower than its
  rule, as the rule says.
- **Certainty**: *indicator*; *cannot be excluded*, where dates or manifests leave an innocent
  reading; *not decidable*, where a fact is sealed, unknown or not in the ledger.
- **Entries** are those that it rests on. **First seen** is the newest of them: before that entry
  nobody could have found this, whatever the date.
- **Status**: *open*; *explained* or *accepted*, by the newest `FindingAnswered` about it that was
  recorded after all the entries that it rests on. An answer that is older than the news does not
  count, and none hides a finding. `--resolved ENTRY` shows instead what held when ENTRY was the
  newest and holds no more, with the entry that ended it.
- An event that is dated by the month, or by a range, counts from its first day. At an `--as-of`
  within that time it may seem to come before what it rests on: ask about the end of the month.
- Reports (`third_party_report`) raise none about quantity, lateness or signature.
- A rule is one SQL file. `--explain CODE` prints it; `--folder DIR` adds your own, in the same
  form. `--set CODE.name=NUMBER` sets a threshold.
"""


def findings_page() -> str:
    """Return the reference of every rule, the gravest first, and of what no rule tells."""
    ordered = sorted(
        rules().values(), key=lambda one: (SEVERITIES.index(one.severity), one.code, one.name)
    )
    parts = [INTRODUCTION]
    for severity in SEVERITIES:
        some = [one for one in ordered if one.severity == severity]
        if some:
            parts.append(f"## {severity.capitalize()}\n")
            parts += [_section(one) for one in some]
    parts += [
        _index(ordered),
        _table(
            "Told by `chipledger verify`", TOLD_BY_VERIFY, "what it would say; where it is told"
        ),
        _table("Not decidable", NOT_DECIDABLE, "why"),
    ]
    return "\n".join(parts)


def _index(some: Sequence[Rule]) -> str:
    """Return the codes of rules with what they are about, in alphabetical order."""
    about: dict[str, list[str]] = {}
    for one in some:
        about.setdefault(one.code, []).append(one.subject)
    rows = {code: ", ".join(dict.fromkeys(kinds)) for code, kinds in sorted(about.items())}
    return _table("Rules by code", rows, "about")


def _section(rule: Rule) -> str:
    lines = [
        f"### {rule.code}: {rule.title}\n",
        f"- about: {'what each row names' if rule.subject == 'any' else rule.subject}",
        f"- basis: {rule.basis}",
        f"- may be explained by: {rule.explains}",
    ]
    lines += [
        f"- `--set {rule.code}.{one.name}={one.value}`: {one.meaning}" for one in rule.thresholds
    ]
    if rule.note:
        lines.append(f"\n{rule.note}")
    return "\n".join(lines) + "\n"


def _table(title: str, rows: Mapping[str, str], head: str) -> str:
    listed = [f"| {code} | {text} |" for code, text in rows.items()]
    return "\n".join([f"## {title}\n", f"| code | {head} |", "|---|---|", *listed, ""])
