"""What a planted fraud is."""

from collections.abc import Callable
from dataclasses import dataclass

from commands.demo.frauds.business import Business


@dataclass(frozen=True, slots=True)
class Fraud:
    """One planted fraud.

    Attributes:
        name: what it is, in a few words.
        told: what happens, in a sentence.
        codes: the rules that must find it, the first above all.
        day: when it begins.
        plant: records it, and returns what it is about, as findings name it: `kind:name`.
    """

    name: str
    told: str
    codes: tuple[str, ...]
    day: str
    plant: Callable[[Business], str]
