"""Deskewing as a part of a graph of ONNX, to the same bytes as `digitbench.deskewed`."""

import numpy as np

from digitbench.onnx_graph import OnnxGraph
from digitbench.types import IMAGE_SHAPE

_HEIGHT, _WIDTH = IMAGE_SHAPE
_PIXELS = _HEIGHT * _WIDTH


def add_deskewing(graph: OnnxGraph) -> str:
    """Add what sets the images upright and in the middle; return the name of these, uint8.

    Each step is that of `digitbench.deskew`, in the same numbers.
    """
    sideways, upwards = _displacements(graph)
    sheared = _read_shifted(graph, graph.cast(graph.images, "float32"), sideways)
    turned = graph.add("Transpose", sheared, perm=[0, 2, 1])
    columns = _read_shifted(graph, turned, upwards)
    upright = graph.add("Transpose", columns, perm=[0, 2, 1])
    return graph.cast(graph.add("Round", upright), "uint8")


def _displacements(graph: OnnxGraph) -> tuple[str, str]:
    """Add how far right each row and down each column is read: float64 `(n, 28)`, `(n, 1)`."""
    x, y = np.arange(_WIDTH) * np.ones(IMAGE_SHAPE), np.arange(_HEIGHT)[:, None] * np.ones(_WIDTH)
    powers = np.stack([np.ones(IMAGE_SHAPE), x, y, x * y, y * y], axis=-1).reshape(_PIXELS, 5)
    pixels = graph.reshape(graph.cast(graph.images, "float64"), -1, _PIXELS)
    sums = graph.add("MatMul", pixels, graph.constant(powers))
    mass, sum_x, sum_y, sum_xy, sum_yy = graph.add_many("Split", 5, sums, axis=1, num_outputs=5)

    def less(first: tuple[str, str], second: tuple[str, str]) -> str:
        return graph.add("Sub", graph.add("Mul", *first), graph.add("Mul", *second))

    one = graph.constant(1.0, "float64")
    # Whole numbers: what is not at least 1 is 0, and so is what it divides.
    variance = graph.add("Max", less((mass, sum_yy), (sum_y, sum_y)), one)
    slope = graph.add("Div", less((mass, sum_xy), (sum_x, sum_y)), variance)
    ink = graph.add("Max", mass, one)
    none = graph.cast(graph.add("Less", mass, one), "float64")
    middle = graph.constant((_WIDTH - 1) / 2, "float64")
    instead = graph.add("Mul", none, middle)
    mean_x = graph.add("Add", graph.add("Div", sum_x, ink), instead)
    mean_y = graph.add("Add", graph.add("Div", sum_y, ink), instead)
    rows = graph.constant(np.arange(_HEIGHT, dtype=np.float64)[None])
    lean = graph.add("Mul", slope, graph.add("Sub", rows, mean_y))
    sideways = graph.add("Add", lean, graph.add("Sub", mean_x, middle))
    return sideways, graph.add("Sub", mean_y, middle)


def _read_shifted(graph: OnnxGraph, images: str, shifts: str) -> str:
    """Add the reading of rows `shifts` pixels further right, between pixels linearly.

    Args:
        graph: where to add it.
        images: float32 `(n, 28, 28)`.
        shifts: float64 `(n, 28)` or `(n, 1)`.
    """
    most = float(_WIDTH)
    shifts = graph.add(
        "Clip", shifts, graph.constant(-most, "float64"), graph.constant(most, "float64")
    )
    whole = graph.add("Floor", shifts)
    last = graph.constant([-1], "int64")
    part = graph.add("Unsqueeze", graph.cast(graph.add("Sub", shifts, whole), "float32"), last)
    first = graph.add("Add", graph.cast(whole, "int64"), graph.constant(_WIDTH, "int64"))
    every_row = graph.add("Add", first, graph.constant(np.zeros((1, _HEIGHT)), "int64"))
    steps = graph.constant(np.arange(_WIDTH + 1)[None, None], "int64")
    places = graph.add("Add", graph.add("Unsqueeze", every_row, last), steps)
    beside = graph.constant([0, 0, _WIDTH, 0, 0, _WIDTH + 1], "int64")
    read = graph.add("GatherElements", graph.add("Pad", images, beside), places, axis=2)

    def columns(start: int) -> str:
        bounds = ([start], [start + _WIDTH], [2])
        return graph.add("Slice", read, *(graph.constant(one, "int64") for one in bounds))

    left, right = columns(0), columns(1)
    return graph.add("Add", left, graph.add("Mul", part, graph.add("Sub", right, left)))
