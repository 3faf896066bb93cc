"""Options of digitbench's test sets; most commands list them and never load what makes the sets.

The allowed names are looked up when an option names something.
"""

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from digitbench.test_sets.chosen import normal_choice
from digitbench.types import ModelOptions

PUBLISHED = "published"


def _severities(text: object) -> str:
    from digitbench.test_sets.corruptions.table import LEVELS

    return PUBLISHED if text == PUBLISHED else normal_choice(text, LEVELS, "severity")


def _corruptions(text: object) -> str:
    from digitbench.test_sets.corruptions.table import CORRUPTION_NAMES

    return normal_choice(text, CORRUPTION_NAMES, "corruption")


def _shifts(text: object) -> str:
    from digitbench.test_sets.shifts import CURVE_NAMES

    return normal_choice(text, CURVE_NAMES, "shift")


class CorruptionOptions(ModelOptions):
    """The options of `corruptions`.

    With `severity=all` MNIST's images take 590 MB in the cache, else 118 MB for each severity.
    """

    severity: Annotated[str, BeforeValidator(_severities)] = Field(
        default=PUBLISHED,
        description="published: for each the one that MNIST-C has; all; or some, such as 1/3/5",
    )
    only: Annotated[str, BeforeValidator(_corruptions)] = Field(
        default="all", description="some of the corruptions, such as fog/rotate"
    )
    source: Literal["made", "files"] = Field(
        default="made",
        description="made of the run's test images, or MNIST-C's files in the data directory",
    )
    seed: int = Field(default=0, ge=0, lt=2**31, description="of the random parts")

    @model_validator(mode="after")
    def _files_are_as_they_are(self) -> Self:
        if self.source == "files" and (self.severity != PUBLISHED or self.seed):
            raise ValueError(
                "source=files has the published severities alone: leave out severity and seed"
            )
        return self


class ShiftOptions(ModelOptions):
    """The options of `shifts`. All of MNIST's shifted images take 243 MB in the cache."""

    only: Annotated[str, BeforeValidator(_shifts)] = Field(
        default="all", description="some of the shifts, such as rotate/noise"
    )
    seed: int = Field(default=0, ge=0, lt=2**31, description="of directions and noise")


class UspsOptions(ModelOptions):
    """How the digits of `usps` are brought to 28x28 pixels."""

    form: Literal["mnist", "plain"] = Field(
        "mnist",
        description="mnist: size, place and stroke as MNIST's digits have; plain: enlarged alone",
    )
