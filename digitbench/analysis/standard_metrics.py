"""digitbench's own metrics of predictions, offered the way any plugin offers its own."""

from collections.abc import Iterable

from digitbench import MetricInputs, MetricSpec, hookimpl


def macro_f1(inputs: MetricInputs) -> float:
    """Return the mean of the digits' F1, over those that are there or predicted."""
    import numpy as np

    counted = np.bincount(inputs.labels, minlength=inputs.n_classes)
    predicted = np.bincount(inputs.predictions, minlength=inputs.n_classes)
    right = inputs.labels[inputs.labels == inputs.predictions]
    both = np.bincount(right, minlength=inputs.n_classes)
    total = counted + predicted
    there = total > 0
    return float(np.mean(2 * both[there] / total[there]))


def log_loss(inputs: MetricInputs) -> float | None:
    """Return the mean of -ln p of the right digit."""
    from digitbench.analysis.calibration import negative_log_likelihood

    if inputs.probabilities is None:
        return None
    return negative_log_likelihood(inputs.probabilities, inputs.labels)


def brier_score(inputs: MetricInputs) -> float | None:
    """Return the mean squared distance of the probabilities from the right answer."""
    from digitbench.analysis.calibration import brier_score as score

    return None if inputs.probabilities is None else score(inputs.probabilities, inputs.labels)


def calibration_error(inputs: MetricInputs) -> float | None:
    """Return the expected calibration error."""
    from digitbench.analysis.calibration import expected_calibration_error

    if inputs.probabilities is None:
        return None
    return expected_calibration_error(inputs.probabilities, inputs.predictions, inputs.labels)


@hookimpl
def digitbench_metrics() -> Iterable[MetricSpec]:
    """Return the metrics; those of probabilities are as `docs/methodology.md` defines them."""
    return [
        MetricSpec(
            key="macro_f1",
            heading="Macro-F1",
            summary="Mean over the digits of their F1",
            compute=macro_f1,
            unit="fraction",
            less_is_better=False,
        ),
        MetricSpec(
            key="log_loss",
            heading="Log loss",
            summary="Mean of -ln p of the right digit",
            compute=log_loss,
        ),
        MetricSpec(
            key="brier_score",
            heading="Brier score",
            summary="Mean squared distance of the ten probabilities from the right answer, 0 to 2",
            compute=brier_score,
        ),
        MetricSpec(
            key="ece",
            heading="ECE",
            summary="Expected calibration error over 15 bins of equal width",
            compute=calibration_error,
            unit="fraction",
        ),
    ]
