"""What a gate asks for: amounts with units, limits of all models and of one, what may differ."""

import pytest
from pydantic import ValidationError

from digitbench.analysis.gate.settings import Change, GateSettings, ModelLimits, fraction


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        (0.001, 0.001),
        (0, 0.0),
        ("0.001", 0.001),
        ("0.1 points", 0.001),
        ("1 point", 0.01),
        ("3 images", 0.006),
        (".5 image", 0.001),
    ],
)
def test_amounts(amount: object, expected: float) -> None:
    limits = ModelLimits.model_validate({"tolerance": amount})
    assert fraction(limits.tolerance, 500) == pytest.approx(expected)


@pytest.mark.parametrize("amount", [-0.1, 1, "2", "3 apples", "points", True, None, [1]])
def test_what_is_no_amount(amount: object) -> None:
    with pytest.raises(ValidationError):
        ModelLimits.model_validate({"tolerance": amount})


def test_a_floor_of_all_digits_or_of_some() -> None:
    assert ModelLimits.model_validate(
        {"min_class_accuracy": 0.9}
    ).min_class_accuracy == dict.fromkeys(range(10), 0.9)
    some = ModelLimits.model_validate({"min_class_accuracy": {"8": 0.9, 3: 0.8}})
    assert some.min_class_accuracy == {8: 0.9, 3: 0.8}
    for wrong in ({"10": 0.9}, {"x": 0.9}, {"8": 1.1}, True):
        with pytest.raises(ValidationError):
            ModelLimits.model_validate({"min_class_accuracy": wrong})


def test_limits_of_one_model() -> None:
    settings = GateSettings.model_validate(
        {"tolerance": 0.01, "min_accuracy": 0.5, "model": {"a": {"min_accuracy": 0.9}}}
    )
    assert settings.limits("a") == ModelLimits(tolerance="0.01", min_accuracy=0.9)
    assert settings.limits("b") == ModelLimits(tolerance="0.01", min_accuracy=0.5)


def test_what_may_differ_from_the_baseline() -> None:
    settings = GateSettings.model_validate({"accept_changed": ["options", "source:mine"]})
    assert settings.accepts(Change.OPTIONS, "anyone")
    assert settings.accepts(Change.SOURCE, "mine")
    assert not settings.accepts(Change.SOURCE, "others")
    assert not settings.accepts(Change.DATA, "")
    for wrong in ("sauce", "source:", ""):
        with pytest.raises(ValidationError):
            GateSettings.model_validate({"accept_changed": [wrong]})
