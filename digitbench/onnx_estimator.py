"""A wrapped estimator as a graph of ONNX, converted by skl2onnx."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np

from digitbench.errors import UsageError, one_line
from digitbench.onnx_graph import ML_OPSET, OPSET, OnnxGraph
from digitbench.types import NUM_CLASSES

_NUM_PIXELS = 28 * 28
_GRID = 1e5
"""Shares of votes are told apart by steps of one over this: single precision knows no less."""


def write_wrapped_onnx(classifier: Any, file: Path) -> None:
    """Write the fitted classifier of a `wrap_estimator` as a graph of ONNX; for `exports`.

    Args:
        classifier: the classifier.
        file: the file to write.

    Raises:
        UsageError: skl2onnx is not installed, or cannot convert the estimator.
    """
    graph = OnnxGraph()
    pixels = graph.reshape(graph.cast(graph.images, "float32"), -1, _NUM_PIXELS)
    pixels = graph.add("Div", pixels, graph.constant(255, "float32"))
    gives_probabilities = hasattr(classifier, "predict_proba")
    wanted = (0, 1) if gives_probabilities else (0,)
    converted = _converted(classifier.estimator, gives_probabilities)
    classes, *shares = graph.add_model(converted, pixels, wanted)
    if _votes(classifier.estimator):
        shares[0] = graph.cast(shares[0], "float32")
        classes = _most_voted(graph, shares[0])
    known = graph.constant(classifier.digits, "int64")
    digits = graph.add("Gather", known, graph.cast(classes, "int64"))
    if not shares:
        graph.write(file, digits)
        return
    spread = graph.constant(np.eye(NUM_CLASSES)[classifier.digits], "float32")
    graph.write(file, digits, graph.add("MatMul", graph.cast(shares[0], "float32"), spread))


def _votes(estimator: Any) -> bool:
    """Tell whether an estimator predicts what most of many others do, where ties are common."""
    from sklearn.ensemble import BaggingClassifier, ExtraTreesClassifier, RandomForestClassifier

    return isinstance(estimator, BaggingClassifier | ExtraTreesClassifier | RandomForestClassifier)


def _most_voted(graph: OnnxGraph, shares: str) -> str:
    """Add the class with the most votes, of equal ones the first, as scikit-learn has it.

    Runtimes add votes up in single precision and in any order, so that equal ones differ a bit.
    """
    grid = graph.add("Mul", shares, graph.constant(_GRID, "float32"))
    return graph.add("ArgMax", graph.add("Round", grid), axis=1, keepdims=0)


def _converted(estimator: Any, gives_probabilities: bool) -> Any:
    """Return an estimator that takes float32 `(n, 784)` as an `onnx.ModelProto`.

    Its outputs are the classes, `(n,)`, and their probabilities or scores, `(n, k)`.
    """
    try:
        from skl2onnx import convert_sklearn
        from skl2onnx.common.data_types import FloatTensorType
    except ImportError as error:
        raise UsageError(
            'exporting to onnx needs packages of an extra: pip install "digitbench[onnx]"'
        ) from error
    try:
        with warnings.catch_warnings():  # of what it uses of scikit-learn, for its own authors
            warnings.simplefilter("ignore")
            return convert_sklearn(
                estimator,
                initial_types=[("pixels", FloatTensorType([None, _NUM_PIXELS]))],
                target_opset={"": OPSET, "ai.onnx.ml": ML_OPSET},
                options={id(estimator): {"zipmap": False}} if gives_probabilities else None,
            )
    except Exception as error:  # a converter of any library fails in its own way
        raise UsageError(
            f"skl2onnx cannot convert {type(estimator).__name__}: {one_line(error)}"
        ) from error
