"""What a gate asks for: the floors, the drops and ratios it allows, and how sure it has to be."""

import re
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from digitbench.types import NUM_CLASSES

FALSE_ALARMS = 0.005
"""How often a check of an unchanged model fails, all its gates and looks together."""

_AMOUNT = re.compile(r"(?P<number>\d+(\.\d+)?|\.\d+)\s*(?P<unit>points?|images?|)")


_COMMAS_OUTSIDE_BRACKETS = re.compile(r",(?![^\[]*\])")


class Change(StrEnum):
    """What may differ from the baseline if that is what the gate is to judge."""

    SOURCE = "source"
    OPTIONS = "options"
    DATA = "data"
    PLUGIN = "plugin"


def _amount_text(value: object) -> object:
    """Take a bare number as well as a text, but not a boolean."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _checked_amount(value: object) -> object:
    text = _amount_text(value)
    match = _AMOUNT.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise ValueError(
            'write a fraction such as 0.001, or a text such as "0.1 points" or "3 images"'
        )
    if not match["unit"] and float(match["number"]) >= 1:
        raise ValueError(f'{text} is no fraction below 1; did you mean "{text} points"?')
    return match[0]


Amount = Annotated[str, BeforeValidator(_checked_amount)]
"""A difference of accuracies: `0.001`, `0.1 points` or, of the test images, `10 images`."""


def fraction(amount: str, images: int) -> float:
    """Return an amount as a fraction of a number of test images."""
    match = _AMOUNT.fullmatch(amount)
    if match is None:
        raise ValueError(f"'{amount}' was not checked")
    number, unit = float(match["number"]), match["unit"].rstrip("s")
    return number / {"": 1, "point": 100, "image": images}[unit]


_Share = Annotated[float, Field(gt=0, le=1)]
_Ratios = dict[str, Annotated[float, Field(gt=0, allow_inf_nan=False)]]
_Digit = Annotated[int, Field(ge=0, lt=NUM_CLASSES)]


def _every_digit(value: object) -> object:
    """Let one figure stand for all ten digits, and TOML's keys, which are texts, for digits."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return dict.fromkeys(range(NUM_CLASSES), value)
    if isinstance(value, dict):
        return {int(k) if isinstance(k, str) and k.isdigit() else k: v for k, v in value.items()}
    return value


def _by_name(value: object) -> object:
    """Take `NAME=VALUE,...` as the command line has it; a name may hold options in brackets."""
    return _named_texts(value) if isinstance(value, str) else value


def _shares_by_name(value: object) -> object:
    """Take the same with a number for each name."""
    if not isinstance(value, str):
        return value
    return {name: float(text) for name, text in _named_texts(value).items()}


def _named_texts(text: str) -> dict[str, str]:
    found = {}
    for part in _COMMAS_OUTSIDE_BRACKETS.split(text):
        name, equals, value = part.rpartition("=")
        if not equals or not name.strip():
            raise ValueError(f"write NAME=VALUE, not {part.strip()!r}")
        found[name.strip()] = value.strip()
    return found


def _as_tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _known_change(value: str) -> str:
    kinds = [change.value for change in Change]
    if value.partition(":")[0] not in kinds or value.endswith(":"):
        raise ValueError(f"{value} is none of {', '.join(kinds)}, alone or as in source:my-plugin")
    return value


_Accepted = Annotated[str, AfterValidator(_known_change)]


class ModelLimits(BaseModel):
    """What is asked of a model; a field with a description is an option of `digitbench check`.

    Attributes:
        tolerance: how far the mean accuracy may lie below the baseline's: an amount, by default 0.
        smallest_drop: a true drop of this size (an amount), beyond the tolerance, may not pass
            unseen: as long as it cannot be ruled out, the gate is inconclusive.
        min_accuracy: floor of the mean accuracy, a fraction.
        min_class_accuracy: floor of the mean accuracy on each digit, a fraction, or on those
            named, as in `{ 8 = 0.95 }`.
        min_set_accuracy: floors of the mean accuracy on further test sets, or on conditions of
            them, fractions, as in `{ fresh = 0.99, "corruptions/fog" = 0.6 }`.
        set_tolerance: as `tolerance`, on further test sets; that of the test images where a set is
            not named.
        max_fit_time_ratio: the fit time as a multiple of that of another model of the same run, by
            its label, as in `{ softmax = 20 }`.
        max_predict_time_ratio: likewise, the time of predicting the test images.
        max_size_ratio: likewise, the size of the trained model, or else its number of parameters.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

    tolerance: Amount = Field(
        "0",
        description="How far a mean accuracy may lie below the baseline's: "
        '"0.1 points", "3 images" or a fraction; by default 0.',
    )
    smallest_drop: Amount | None = Field(
        None, description="Inconclusive as long as a drop of this size cannot be ruled out."
    )
    min_accuracy: _Share | None = Field(None, description="Floor of every model's mean accuracy.")
    min_class_accuracy: Annotated[dict[_Digit, _Share] | None, BeforeValidator(_every_digit)] = (
        Field(None, description="Floor of every model's mean accuracy on each digit.")
    )
    min_set_accuracy: Annotated[dict[str, _Share], BeforeValidator(_shares_by_name)] = Field(
        default_factory=dict,
        description="Floors of every model's mean accuracy on further test sets: "
        '"fresh=0.99,corruptions/fog=0.6".',
    )
    set_tolerance: Annotated[dict[str, Amount], BeforeValidator(_by_name)] = Field(
        default_factory=dict,
        description="Tolerance on further test sets, where it is another: "
        '"corruptions=0.5 points".',
    )
    max_fit_time_ratio: _Ratios = Field(default_factory=dict)
    max_predict_time_ratio: _Ratios = Field(default_factory=dict)
    max_size_ratio: _Ratios = Field(default_factory=dict)

    @property
    def asks_something(self) -> bool:
        """Whether there is a gate in it that needs no baseline."""
        return self.min_accuracy is not None or bool(
            self.min_class_accuracy
            or self.min_set_accuracy
            or self.max_fit_time_ratio
            or self.max_predict_time_ratio
            or self.max_size_ratio
        )


class GateSettings(ModelLimits):
    """What a check asks for: limits for every model, others for some, and how sure it has to be.

    Attributes:
        model: limits by a model's label, as in `[tool.digitbench.gates.model."knn[k=3]"]`; what
            they leave out is as for every model.
        false_alarms: how often a check of an unchanged model may fail, all its gates together: a
            fraction, by default 0.005.
        max_trials: while a gate is inconclusive, trials are added, twice as many each time, up to
            this number; by default none.
        on_inconclusive: what an inconclusive gate counts as in the end: `pass`, the default, or
            `fail`.
        accept_changed: a list of what may differ from the baseline because that is what is judged:
            `source`, `options`, `data` or `plugin`, for all plugins or, as in `source:my-plugin`,
            for one.
    """

    model: dict[str, ModelLimits] = Field(default_factory=dict)
    false_alarms: float = Field(
        FALSE_ALARMS,
        gt=0,
        le=0.2,
        description=f"How often a check of an unchanged model may fail; by default {FALSE_ALARMS}.",
    )
    max_trials: int | None = Field(
        None,
        ge=1,
        description="Add trials, twice as many each time, while a gate is inconclusive.",
    )
    on_inconclusive: Literal["pass", "fail"] = Field(
        "pass", description="What an inconclusive gate counts as; by default pass."
    )
    accept_changed: Annotated[tuple[_Accepted, ...], BeforeValidator(_as_tuple)] = Field(
        (),
        description="What may differ from the baseline, separated by commas: source, options, "
        "plugin, data; as in source:my-plugin for one plugin.",
    )

    def limits(self, label: str) -> ModelLimits:
        """Return what is asked of a model."""
        own = self.model.get(label, ModelLimits())
        changed = {name: getattr(own, name) for name in own.model_fields_set}
        return ModelLimits(
            **{name: getattr(self, name) for name in ModelLimits.model_fields} | changed
        )

    def accepts(self, change: Change, plugin: str) -> bool:
        """Tell whether a difference of a plugin from the baseline is meant."""
        return change in self.accept_changed or f"{change}:{plugin}" in self.accept_changed
