"""Two models compared, as notebooks and programs see it."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType

from digitbench.api.messages import messages_shown
from digitbench.api.settings import place
from digitbench.api.shown import as_text
from digitbench.report.changed_images import changed_images
from digitbench.report.frames import sets_versus_frame
from digitbench.report.head_to_head import head_to_head_report, sets_versus_report
from digitbench.report.page import changed_fragment, versus_fragment
from digitbench.report.verdicts import pair_sentence
from digitbench.types import Images
from digitbench.workflows.compare import ChangedImage, ComparisonTargets, compare
from digitbench.workflows.images import load_test_images

if TYPE_CHECKING:
    import pandas as pd

_SHOWN = 12
"""Images that are drawn."""


@dataclass(frozen=True, eq=False)
class ChangedImages:
    """The test images on which two models differ, the largest change first; Jupyter draws them.

        >>> [image.index for image in run.compare("cnn", "svm").images.newly_wrong]

    Attributes:
        newly_wrong: most trials of the second model miss them, most of the first do not.
        newly_right: the reverse. Each image has `index`, its place in the test set, and `label`.
    """

    newly_wrong: tuple[ChangedImage, ...]
    newly_right: tuple[ChangedImage, ...]
    _comparison: "Comparison"

    def __repr__(self) -> str:
        return as_text(self._comparison._draw_images)  # noqa: SLF001

    def _repr_html_(self) -> str:
        return self._comparison._images_html()  # noqa: SLF001


class Comparison:
    """Two models, A and B: which is better, and how sure that is. Jupyter draws it.

    Of two whole runs, it is about the model with the largest difference; the text shows all.

        >>> run.compare("softmax", "cnn").verdict
    """

    def __init__(self, targets: ComparisonTargets) -> None:
        """Compare the models of two sides."""
        self._targets = targets
        compared = compare(targets)
        self._found, self._chosen = compared.found, compared.chosen
        self._difference, self._sets = compared.images, compared.sets

    @property
    def verdict(self) -> str:
        """Which model is better on new digits and how sure that is, in a sentence.

        >>> print(run.compare("softmax", "cnn").verdict)
        """
        return pair_sentence(self._chosen.pair)

    @property
    def better(self) -> str | None:
        """The label of the better model; None if they cannot be told apart.

        >>> run.compare("softmax", "cnn").better
        'cnn'
        """
        pair = self._chosen.pair
        return pair.first.label if pair.population.verdict.value == "better" else None

    @property
    def difference(self) -> float:
        """The mean accuracy of B less that of A, a fraction."""
        return self._chosen.difference

    @property
    def interval(self) -> tuple[float, float] | None:
        """The interval of the difference, for new digits; None if the spread is not known."""
        return self._chosen.interval(self._chosen.pair.population)

    @property
    def p_value(self) -> float | None:
        """The p-value, adjusted for all pairs of the run; None if the spread is not known."""
        return self._chosen.pair.population.p_adjusted

    @property
    def test_sets(self) -> "pd.DataFrame":
        """A row for each further test set that both runs have, and each pair of models.

        It is about the mean over a set's conditions; accuracies are fractions.

        >>> older.compare(older, run).test_sets[["test_set", "difference", "verdict"]]
        """
        return sets_versus_frame(self._sets)

    @property
    def images(self) -> ChangedImages:
        """The images on which the two differ.

        >>> run.compare("softmax", "cnn").images.newly_right
        """
        found = self._difference
        return ChangedImages(found.newly_wrong, found.newly_right, self)

    def __repr__(self) -> str:
        def draw(console: Console) -> RenderableType:
            report = head_to_head_report(self._found, self._chosen, console)
            sets = sets_versus_report(self._sets, console)
            parts = [report] if sets is None else [report, "", sets]
            return Group(*parts, "", self._draw_images(console))

        return as_text(draw)

    def _repr_html_(self) -> str:
        return versus_fragment(self._found, self._chosen, self._sets) + self._images_html()

    def _draw_images(self, console: Console) -> RenderableType:
        return changed_images(self._chosen, self._difference, console, images=None, most=_SHOWN)

    def _images_html(self) -> str:
        return changed_fragment(self._chosen, self._difference, self._test_images, _SHOWN)

    @cached_property
    def _test_images(self) -> Images | None:
        with messages_shown() as messages:
            return load_test_images(
                self._targets.a, data_dir=place("data_dir"), offline=False, messages=messages
            )


def compare_targets(targets: ComparisonTargets) -> Comparison:
    """Compare two sides, saying what else differs between their runs."""
    with messages_shown() as messages:
        for line in targets.warnings:
            messages.warn(line)
    return Comparison(targets)
