"""The reference of everything that an audit can find, read off the table in `ledger.verify`."""

from ledger.verify.conditions import CONDITIONS, STEPS, UNDER_WAY

INTRODUCTION = """# Conditions of an audit

What an audit can find, step by step. Each condition has one code, belongs to one step and has one
verdict. FAIL wins over UNDECIDED, and UNDECIDED over PASS. How the steps work is in
[verification](../explanation/verification.md).
"""


def conditions_page() -> str:
    """Return the reference of the audit's steps and conditions, step by step."""
    parts = [INTRODUCTION]
    titles = {step: f"Step {step}: {title}" for step, title in STEPS.items()}
    for step, title in {**titles, UNDER_WAY: "The step that was under way"}.items():
        rows = [
            f"| `{one.code}` | {one.verdict} | {one.words} |"
            for one in CONDITIONS.values()
            if one.step == step
        ]
        table = "\n".join(["| code | verdict | meaning |", "|---|---|---|", *rows])
        parts.append(f"## {title}\n\n{table}\n")
    return "\n".join(parts)
