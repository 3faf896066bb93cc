"""A metric in one file: how many zeros are missed."""

import numpy as np

from digitbench import MetricInputs, MetricSpec, hookimpl


def zeros_missed(inputs: MetricInputs) -> float:
    return float(np.sum((inputs.labels == 0) & (inputs.predictions != 0)))


@hookimpl
def digitbench_metrics():
    summary = "How many zeros are taken for something else"
    return [MetricSpec("zeros_missed", "Zeros missed", summary, zeros_missed, unit="images")]
