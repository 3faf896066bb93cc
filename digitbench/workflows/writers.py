"""Who is misread: a run's errors by writer, or by any groups that its images come in."""

from dataclasses import dataclass

from digitbench.analysis.groups import GroupDifference, group_differences, misread
from digitbench.analysis.outcomes import Outcomes
from digitbench.report.misread import ModelMisread
from digitbench.types import RunRecord
from digitbench.workflows.run_models import chosen_models


@dataclass(frozen=True, eq=False)
class ErrorsByGroup:
    """The errors of models by group.

    Attributes:
        models: the errors of each model, as named, or else by mean accuracy.
        pair: the two models that are named, if there are just two.
        differences: in which groups these differ.
    """

    models: tuple[ModelMisread, ...]
    pair: tuple[Outcomes, Outcomes] | None
    differences: tuple[GroupDifference, ...]


def errors_by_group(record: RunRecord, models: str | None = None) -> ErrorsByGroup:
    """Count the errors of a run's models by group.

    Args:
        record: the run, read with its predictions.
        models: a list such as `svm,knn[k=3]`; None for all.

    Raises:
        UsageError: a model is not there, or has no trial that succeeded; or the groups of the test
            images are not known.
    """
    chosen = chosen_models(record, models)
    shown = tuple(ModelMisread(model, misread(model)) for model in chosen)
    if models is None or len(chosen) != 2:  # noqa: PLR2004
        return ErrorsByGroup(shown, None, ())
    pair = chosen[0], chosen[1]
    return ErrorsByGroup(shown, pair, tuple(group_differences(*pair)))
