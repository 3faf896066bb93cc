"""Support vectors and neighbours as graphs of ONNX."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitbench import OnnxGraph, UsageError, add_deskewing
from digitbench_sklearn.backends import NUM_CLASSES
from digitbench_sklearn.duels import NUM_PIXELS, SCALE
from digitbench_sklearn.knn import ExactKnnClassifier, LibraryKnnClassifier
from digitbench_sklearn.svm import CalibratedSvmClassifier, SvmClassifier


def write_svm(classifier: SvmClassifier, file: Path) -> None:
    """Write a fitted support vector machine: the same sums, in double precision."""
    graph, duels = OnnxGraph(), classifier.duels
    decisions = _decisions(graph, classifier)
    first = graph.cast(graph.add("Greater", decisions, graph.constant(0.0)), "float64")
    doubled = graph.add("Mul", first, graph.constant(2.0))
    won = graph.add("Sub", doubled, graph.constant(1.0))
    votes = graph.add("MatMul", won, graph.constant(duels.sides))
    likeliest = graph.add("ArgMax", votes, axis=1, keepdims=0)
    digits = graph.add("Gather", graph.constant(duels.digits, "int64"), likeliest)
    probabilities = None
    if isinstance(classifier, CalibratedSvmClassifier):
        probabilities = _calibrated(graph, classifier, decisions, votes)
    graph.write(file, digits, probabilities)


def _decisions(graph: OnnxGraph, classifier: SvmClassifier) -> str:
    """Add the duels, float64 `(n, duels)`."""
    options, duels = classifier.options, classifier.duels
    images = add_deskewing(graph) if options.deskew else graph.images
    pixels = graph.cast(graph.reshape(images, -1, NUM_PIXELS), "float64")
    columns = duels.support_vectors.reshape(-1, NUM_PIXELS).T
    products = graph.add("MatMul", pixels, graph.cast(graph.constant(columns), "float64"))
    squares = graph.add("ReduceSumSquare", pixels, graph.constant([1], "int64"))
    distances = graph.add("Add", squares, graph.constant(duels.squares))
    doubled = graph.add("Mul", products, graph.constant(2.0))
    nearness = graph.add("Sub", doubled, distances)
    kernel = graph.add(
        "Exp", graph.add("Mul", nearness, graph.constant(options.gamma / SCALE, "float64"))
    )
    sums = graph.add("MatMul", kernel, graph.constant(duels.weights))
    return graph.add("Add", sums, graph.constant(duels.intercepts))


def _calibrated(
    graph: OnnxGraph, classifier: CalibratedSvmClassifier, decisions: str, votes: str
) -> str:
    """Add the calibrated probabilities, float32 `(n, 10)`."""
    duels = classifier.duels
    one, slopes = graph.constant(1.0), graph.constant(-classifier.slopes)
    offsets = graph.constant(classifier.offsets)
    if len(classifier.slopes) == 1:
        scores = graph.add("Neg", decisions)
    else:
        # `votes` has -1 for a duel that is lost; each digit fights one against each other.
        half = graph.add("Mul", votes, graph.constant(0.5))
        counted = graph.add("Add", half, graph.constant((len(duels.digits) - 1) / 2))
        sums = graph.add("MatMul", decisions, graph.constant(duels.sides))
        size = graph.add("Add", graph.add("Abs", sums), one)
        share = graph.add("Div", sums, graph.add("Mul", size, graph.constant(3.0)))
        scores = graph.add("Add", counted, share)
    shares = graph.add("Sigmoid", graph.add("Sub", graph.add("Mul", scores, slopes), offsets))
    if len(classifier.slopes) == 1:
        shares = graph.add("Concat", graph.add("Sub", one, shares), shares, axis=1)
    sums = graph.add("ReduceSum", shares, graph.constant([1], "int64"))
    return _by_digit(graph, graph.add("Div", shares, sums), duels.digits)


def _by_digit(graph: OnnxGraph, shares: str, digits: NDArray[np.uint8]) -> str:
    """Add what spreads the columns of the digits that were seen over all ten."""
    spread = np.eye(NUM_CLASSES)[digits]
    return graph.cast(graph.add("MatMul", shares, graph.constant(spread)), "float32")


def write_knn(classifier: ExactKnnClassifier | LibraryKnnClassifier, file: Path) -> None:
    """Write fitted nearest neighbours: all distances, in whole numbers.

    Raises:
        UsageError: a library computes them, in floating point.
    """
    if not isinstance(classifier, ExactKnnClassifier):
        raise UsageError(
            "knn can be written as onnx with backend=exact alone: others round its distances"
        )
    graph, options = OnnxGraph(), classifier.options
    remembered = classifier.images.reshape(-1, NUM_PIXELS)
    given = add_deskewing(graph) if options.deskew else graph.images
    pixels = graph.reshape(given, -1, NUM_PIXELS)
    products = graph.add("MatMulInteger", pixels, graph.constant(remembered.T))
    doubled = graph.add("Mul", products, graph.constant(2, "int32"))
    whole = graph.cast(pixels, "int32")
    squares = graph.add("ReduceSumSquare", whole, graph.constant([1], "int64"))
    others = np.einsum("ij,ij->i", remembered, remembered, dtype=np.int32)
    distances = graph.add("Sub", graph.add("Add", squares, graph.constant(others)), doubled)
    k = graph.constant([options.k], "int64")
    nearest, places = graph.add_many("TopK", 2, distances, k, axis=1, largest=0, sorted=1)
    labels = graph.add("Gather", graph.constant(classifier.labels, "int64"), places)
    depth, values = graph.constant(NUM_CLASSES, "int64"), graph.constant([0, 1], "float32")
    votes = graph.cast(graph.add("OneHot", labels, depth, values), "float64")
    if options.weights == "distance":
        votes = graph.add("Mul", votes, _weights(graph, nearest))
    counted = graph.add("ReduceSum", votes, graph.constant([1], "int64"), keepdims=0)
    total = graph.add("ReduceSum", counted, graph.constant([1], "int64"))
    probabilities = graph.cast(graph.add("Div", counted, total), "float32")
    graph.write(file, graph.add("ArgMax", counted, axis=1, keepdims=0), probabilities)


def _weights(graph: OnnxGraph, squares: str) -> str:
    """Add the weights of votes by inverse distance, float64 `(n, k, 1)`; copies outvote others."""
    one, last = graph.constant(1.0), graph.constant([-1], "int64")
    exact = graph.cast(squares, "float64")
    copies = graph.cast(graph.add("Less", exact, one), "float64")
    by_distance = graph.add("Div", one, graph.add("Sqrt", graph.add("Max", exact, one)))
    any_copy = graph.add("ReduceMax", copies, graph.constant([1], "int64"))
    without = graph.add("Mul", graph.add("Sub", one, any_copy), by_distance)
    return graph.add("Unsqueeze", graph.add("Add", copies, without), last)
