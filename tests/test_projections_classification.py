"""Of which class the packs take a chip to be: exactly at each threshold, and just below it."""

from decimal import Decimal

import pytest

from projections.determination.facts import Measure, Model, Said, Word
from projections.determination.gather import catalogue_names
from projections.determination.items import chips, classification
from projections.packs.load import packs
from tests.trade import trade

DAY = "2026-06-01"
YES, NO, OPEN = "applies", "does not apply", "not decidable"


def chip(tpp: str | None, density: str | None, bandwidth: str | None = None) -> Model:
    given = {"tpp": tpp, "performance_density": density, "memory_bandwidth": bandwidth}
    word = Word("said", entry=1, by="maker")
    figures = {
        name: (Measure(Decimal(value), Decimal(value), word),)
        for name, value in given.items()
        if value is not None
    }
    return Model("CHIP", (Said("chip", word),), (), figures)  # type: ignore[arg-type]  # names of figures


def results(model: Model, day: str = DAY) -> dict[str, str]:
    return {one.rule.rule: one.result for one in classification(packs(), model, day)}


@pytest.mark.parametrize(
    ("tpp", "density", "upper", "lower"),
    [
        ("4800", None, YES, OPEN),
        ("4800", "1.59", YES, NO),
        ("4799.999999", "1.59", NO, NO),
        ("4799.999999", None, OPEN, OPEN),
        ("1600", "5.92", YES, NO),
        ("1600", "5.919999", NO, YES),
        ("1599.999999", "5.92", NO, NO),
        ("1600", "3.2", NO, YES),
        ("1600", "3.199999", NO, NO),
        ("1599.999999", "3.2", NO, NO),
        ("2400", "1.6", NO, YES),
        ("2400", "1.599999", NO, NO),
        ("2399.999999", "1.6", NO, NO),
        ("4799.999999", "1.6", NO, YES),
        ("4800", "3.2", YES, YES),
        ("4800", "5.92", YES, NO),
        ("1599", None, NO, NO),
        (None, "5.92", OPEN, NO),
        (None, "1.0", OPEN, NO),
        (None, None, OPEN, OPEN),
    ],
)
def test_thresholds_at_and_just_below(
    tpp: str | None, density: str | None, upper: str, lower: str
) -> None:
    found = results(chip(tpp, density))
    assert (found["3A090.a"], found["3A090.b"]) == (upper, lower)
    assert found["4A090"] == NO


@pytest.mark.parametrize(
    ("name", "upper", "lower"),
    [
        ("A100", YES, NO),
        ("H100", YES, NO),
        ("H100 SXM5", YES, NO),
        ("h200", YES, NO),
        ("H20", NO, NO),
        ("B200", YES, NO),
        ("GB200-GPU", YES, NO),
        ("B300", YES, NO),
        ("MI300X", YES, NO),
        ("MI325X", YES, OPEN),
        ("RTX-1", OPEN, OPEN),
    ],
)
def test_the_catalogue_alone(name: str, upper: str, lower: str) -> None:
    found = trade().classes(name)
    assert (found["3A090.a"], found["3A090.b"]) == (upper, lower)


def test_before_the_first_day_of_the_rule_nothing_is_of_a_class() -> None:
    assert set(trade().classes("B200", "2023-11-16").values()) == {NO}
    assert trade().classes("B200", "2023-11-17")["3A090.a"] == YES


def test_an_assembly_is_judged_by_its_chips() -> None:
    told = trade()
    told.chip("SMALL", tpp="1000", performance_density="2")
    told.chip("LARGE", tpp="9000", performance_density="9")
    told.assembly("TRAY-S", "SMALL", 4)
    told.assembly("TRAY-L", "LARGE", 4)
    told.assembly("TRAY-X", "UNHEARD", 4)
    assert told.classes("TRAY-L") == {"3A090.a": NO, "3A090.b": NO, "4A090": YES}
    assert told.classes("TRAY-S")["4A090"] == NO
    assert told.classes("TRAY-X")["4A090"] == OPEN
    assert told.classes("NVL72")["4A090"] == YES
    assert told.classes("UNHEARD") == {"3A090.a": OPEN, "3A090.b": OPEN, "4A090": OPEN}


def test_an_assembly_that_contains_itself_ends() -> None:
    told = trade()
    told.assembly("LOOP", "loop", 2)
    told.assembly("A", "B", 1)
    told.assembly("B", "A", 1)
    assert told.classes("LOOP")["4A090"] == OPEN
    assert told.classes("A")["4A090"] == OPEN


def test_words_that_differ_on_a_threshold_decide_nothing() -> None:
    told = trade()
    told.chip("CHIP", tpp="4900", performance_density="1")
    told.chip("CHIP", "integrator", tpp="4700", performance_density="1")
    found = told.gatherer(DAY)
    upper = classification(packs(), found.model("CHIP"), DAY)[0]
    assert upper.result == OPEN
    assert "TPP is said to be 4,700 to 4,900, on both sides of 4,800 or more" in upper.why
    assert [word.by for word in upper.words[:2]] == ["maker", "integrator"]
    assert "which TPP is right" in upper.unknown


def test_a_chip_told_smaller_than_the_catalogue_has_it_is_not_decided() -> None:
    told = trade()
    told.chip("H100", tpp="1000", performance_density="1")
    assert told.classes("H100")["3A090.a"] == OPEN


def test_a_correction_of_a_figure_counts_from_its_entry_on() -> None:
    told = trade()
    first = told.chip("CHIP", tpp="100", performance_density="1")
    before = told.log.size - 1
    told.chip("CHIP", corrects=first, tpp="9000", performance_density="1")
    assert told.classes("CHIP")["3A090.a"] == YES
    assert told.classes("CHIP", known_at=before)["3A090.a"] == NO


@pytest.mark.parametrize(
    ("eccn", "tpp", "told"),
    [
        ("5A992.c", "9000", True),
        ("3A090.a", "9000", False),
        ("3a090.A", "9000", False),
        ("3A090.a", "100", True),
        ("EAR99", "100", False),
    ],
)
def test_a_classification_that_the_figures_contradict_is_told(
    eccn: str, tpp: str, *, told: bool
) -> None:
    story = trade()
    story.chip("CHIP", eccn=eccn, tpp=tpp, performance_density="1")
    upper = classification(packs(), story.gatherer(DAY).model("CHIP"), DAY)[0]
    differs = [one for one in upper.unknown if "say otherwise" in one]
    assert bool(differs) is told
    assert f"ECCN {eccn}" in [word.text for word in upper.words]


def test_a_range_of_a_figure_is_compared_at_both_ends() -> None:
    word = Word("said", source="X")

    def ranged(low: str, high: str, density: str = "1.6") -> dict[str, str]:
        tpp = Measure(Decimal(low), Decimal(high), word)
        pd = Measure(Decimal(density), Decimal(density), word)
        figures = {"tpp": (tpp,), "performance_density": (pd,)}
        return results(Model("C", (), (), figures))  # type: ignore[arg-type]  # names of figures

    assert ranged("4800", "5000")["3A090.a"] == YES
    assert ranged("4700", "4800")["3A090.a"] == OPEN
    assert ranged("2000", "5000")["3A090.b"] == OPEN  # it may lie within, though neither end does
    assert ranged("1000", "1500", "3.2")["3A090.b"] == NO


def test_a_figure_without_a_lower_bound_is_below_it() -> None:
    assert results(chip("0", "0"))["3A090.b"] == NO


def test_an_assembly_within_an_assembly_is_looked_into() -> None:
    told = trade()
    told.chip("LARGE", tpp="9000")
    told.assembly("TRAY", "LARGE", 4)
    told.assembly("RACK", "TRAY", 18)
    assert told.classes("RACK")["4A090"] == YES
    found = told.gatherer(DAY)
    assert [one.model for one in chips([found.model("RACK")])] == ["LARGE"]


def test_the_chips_of_assemblies_are_named_once() -> None:
    told = trade()
    told.chip("LARGE", tpp="9000")
    told.assembly("TRAY", "LARGE", 4)
    found = told.gatherer(DAY)
    models = (found.model("LARGE"), found.model("TRAY"))
    assert [one.model for one in chips(models)] == ["LARGE"]


def test_names_of_the_catalogue_are_compared_by_letters_and_digits() -> None:
    names = catalogue_names(packs())
    assert names["b200"] == "B200"
    assert names["gb200nvl72"] == "GB200 NVL72"
    assert "" not in names
