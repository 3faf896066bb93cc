"""Metrics in one file: one that is sound, and five that are not."""

import sys

import numpy as np

from digitbench import MetricInputs, MetricSpec, hookimpl


def zeros_missed(inputs: MetricInputs) -> float:
    return float(np.sum((inputs.labels == 0) & (inputs.predictions != 0)))


def vandal(inputs: MetricInputs) -> float:
    inputs.predictions[:] = 0
    return 1.0


def metric(key, compute, unit=""):
    return MetricSpec(
        key=key, heading=key, summary="A metric", compute=compute, unit=unit, less_is_better=True
    )


@hookimpl
def digitbench_metrics():
    return [
        metric("not_finite", lambda inputs: float("nan")),
        metric("words", lambda inputs: "many"),
        metric("raises", lambda inputs: 1 / 0),
        metric("leaves", lambda inputs: sys.exit(3)),
        metric("vandal", vandal),
        metric("no_fraction", lambda inputs: 3.0, "fraction"),
        metric("fit_seconds", zeros_missed),
        metric("Bad key", zeros_missed),
        metric("zeros_missed", zeros_missed, "images"),
        metric("zeros_missed", zeros_missed, "images"),
    ]
