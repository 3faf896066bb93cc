"""A model over the stored runs."""

from pathlib import Path

from digitbench.analysis.history import Series, model_history
from digitbench.runner.history import runs_of_model


def history(runs_dir: Path, model: str) -> tuple[Series, ...]:
    """Return a model's history over the runs, a series for each set of options and data set.

    Args:
        runs_dir: where runs are kept.
        model: the model's name, or the full label of one set of options.

    Raises:
        UsageError: no run has the model.
    """
    return model_history(runs_of_model(runs_dir, model), model)
