"""The report of an audit in words, the same whichever program prints it.

Pure: a report in, lines out. What the audited source says may be hostile, so nothing of it that
would control a terminal passes.
"""

import re
import unicodedata
from collections.abc import Iterator

from ledger.signing.fingerprint import speakable
from ledger.verify.report import INTEGRITY_ONLY, DatedOut, KeyOut, MarkOut, Report, StepOut

DEMONSTRATION = "DEMONSTRATION: invented events, no company signed this"

# Controls, what is formatted but not seen, private use, surrogates, ends of lines and paragraphs.
_UNSAFE = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})
_FOUR_DIGITS_MAX = 0xFFFF
_SURROGATE = re.compile("[\ud800-\udfff]")


def printable(text: str) -> str:
    """Return text in one line that a terminal only shows: what would control it is spelled out."""
    text = encodable(text)
    return text if text.isprintable() else "".join(map(_spelled, text))


def encodable(text: str) -> str:
    """Return text that has a UTF-8 form: a lone surrogate is replaced."""
    return _SURROGATE.sub("\ufffd", text)


def _spelled(letter: str) -> str:
    if unicodedata.category(letter) not in _UNSAFE:
        return letter
    number = ord(letter)
    return f"\\u{number:04x}" if number <= _FOUR_DIGITS_MAX else f"\\U{number:08x}"


def report_lines(report: Report) -> Iterator[str]:
    """Yield the report: ledger, steps, conditions, keys, trust, what was not checked, verdict."""
    if report.demonstration:
        yield DEMONSTRATION
    yield from _about(report)
    yield ""
    yield "steps"
    yield from (_step(step) for step in report.steps)
    if report.marks:
        yield ""
        yield "conditions"
        for mark in report.marks:
            yield from _mark(mark)
        met, shown = sum(step.conditions for step in report.steps), len(report.marks)
        if met > shown:
            yield f"  {met - shown:,} more of the same kinds"
    yield ""
    if report.keys:
        yield "keys, and who vouches for them"
        yield from (_key(key) for key in report.keys)
        yield ""
    yield "it rests on"
    yield from (f"  {line}" for line in _trust(report))
    yield ""
    yield "not checked"
    yield from (f"  {printable(line)}" for line in report.not_checked)
    yield ""
    yield verdict_line(report)


def verdict_line(report: Report) -> str:
    """Return the verdict with its scope, and with PASS what it does not say."""
    line = f"{report.verdict}, scope {printable(report.scope)}"
    return f"{line}; {INTEGRITY_ONLY}" if report.verdict == "PASS" else line


def _about(report: Report) -> Iterator[str]:
    yield f"audit of {printable(report.source)}"
    if report.origin is not None:
        yield f"  ledger       {report.origin}"
    if report.fingerprint is not None:
        yield f"  fingerprint  {speakable(bytes.fromhex(report.fingerprint))}"
        yield f"               {report.fingerprint}"
    root = "" if report.root is None else f", root {report.root}"
    if report.size:  # a proof of contradiction, or what could not be read, tells of none
        yield f"  entries      {report.size:,}{root}"
    if report.recorded_from is not None and report.recorded_to is not None:
        yield f"  recorded     {report.recorded_from} to {report.recorded_to}, says its operator"
    if report.cosigned is not None:
        yield f"  cosigned     up to entry {report.cosigned - 1}, by the quorum of the policy"
    if report.stamped is not None:
        yield f"  stamped      up to entry {report.stamped - 1}, by an authority under your roots"
    yield from (f"  dated        {_dated(one)}" for one in report.dated)


def _dated(one: DatedOut) -> str:
    told = [f"entry {one.entry}"]
    if one.not_before is not None:
        told.append(f"not before {one.not_before} ({printable(one.not_before_by or '')})")
    if one.not_after is not None:
        told.append(f"not after {one.not_after} ({printable(one.not_after_by or '')})")
    return "; ".join(told)


def _step(step: StepOut) -> str:
    return f"  {step.number:>2} {step.verdict:<11} {step.title} ({step.checked:,} checked)"


def _mark(mark: MarkOut) -> Iterator[str]:
    where = "" if mark.entry is None else f", entry {mark.entry}"
    yield f"  {mark.verdict} step {mark.step}{where}: {mark.words} ({mark.code})"
    yield f"    expected {printable(mark.expected)}"
    yield f"    found    {printable(mark.found)}"


def _key(key: KeyOut) -> str:
    told = [printable(key.words), printable(key.holder), f"since entry {key.enrolled}"]
    if key.revoked is not None:
        told.append(f"revoked by entry {key.revoked}")
    if key.doubted_since is not None:
        told.append(f"in doubt from entry {key.doubted_since} on")
    if key.reset:
        told.append("not signed for by the key before it")
    return f"  {'; '.join(told)}"


def _trust(report: Report) -> Iterator[str]:
    trust = report.trust
    if trust.fingerprint is None:
        yield "no fingerprint: nothing says that this is the ledger you mean"
    else:
        yield f"the ledger's fingerprint, {printable(trust.fingerprint_from or '')}"
    for pin in trust.pins:
        yield f"the pin {printable(pin)}"
    for size in trust.old_checkpoints:
        yield f"a checkpoint of {size:,} entries, seen earlier"
    if trust.extends is not None:
        yield f"a file audited earlier ({printable(trust.extends)}), which must be here unchanged"
    if trust.record is not None:
        yield printable(trust.record)
    if trust.high_water is not None:
        yield f"the operator's note of {trust.high_water:,} entries shown"
    if trust.policy is not None:
        yield f"the witness policy {trust.policy}"
    for root in trust.tsa_roots:
        yield f"the time-stamp root {root}"
