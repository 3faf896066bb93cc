"""The graph of a digit classifier in ONNX, written by whoever knows its arithmetic.

Only operators of the standard set are used, so that any runtime of ONNX runs it. What a graph
takes and gives is the same for all: images as they are in a data set, digits as they are.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from digitbench.errors import UsageError
from digitbench.types import IMAGE_SHAPE, NUM_CLASSES

OPSET = 18
ML_OPSET = 3
_IR_VERSION = 9
"""Versions of the operators, of those for machine learning, and of the file: what runtimes of 2023
know."""


class OnnxGraph:
    """A graph under construction; values go by their names.

    Attributes:
        images: the input, uint8 `(n, 28, 28)`.
    """

    images = "images"

    def __init__(self) -> None:
        """Start an empty graph.

        Raises:
            UsageError: the package onnx is not installed.
        """
        try:
            import onnx
        except ImportError as error:
            raise UsageError(
                'exporting to onnx needs packages of an extra: pip install "digitbench[onnx]"'
            ) from error
        self._onnx = onnx
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._opsets = {"": OPSET}

    def constant(self, array: ArrayLike, dtype: str | None = None) -> str:
        """Add a constant and return its name."""
        name = f"constant_{len(self._constants)}"
        value = self._onnx.numpy_helper.from_array(np.asarray(array, dtype), name)
        self._constants.append(value)
        return name

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add an operator with one output and return that output's name.

        Args:
            operator: of ONNX's standard set, such as `MatMul`.
            *inputs: names of values; empty for an optional one that is left out.
            **attributes: those of the operator.
        """
        (name,) = self.add_many(operator, 1, *inputs, **attributes)
        return name

    def add_many(self, operator: str, outputs: int, *inputs: str, **attributes: Any) -> list[str]:
        """Add an operator with several outputs and return their names."""
        number = len(self._nodes)
        names = [f"{operator}_{number}_{output}" for output in range(outputs)]
        node = self._onnx.helper.make_node(operator, list(inputs), names, **attributes)
        self._nodes.append(node)
        return names

    def cast(self, value: str, dtype: str) -> str:
        """Add a conversion to a dtype of NumPy's name, such as `float32`."""
        to = self._onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
        return self.add("Cast", value, to=to)

    def reshape(self, value: str, *shape: int) -> str:
        """Add a change of shape; -1 is whatever is left."""
        return self.add("Reshape", value, self.constant(shape, "int64"))

    def add_model(self, model: Any, given: str, outputs: Sequence[int]) -> list[str]:
        """Add a whole model of ONNX with one input.

        Args:
            model: an `onnx.ModelProto`.
            given: the value for its input.
            outputs: which of its outputs are wanted, by position.

        Returns:
            Their names.
        """
        part = self._onnx.compose.add_prefix(model, "model/").graph
        self._nodes.append(self._onnx.helper.make_node("Identity", [given], [part.input[0].name]))
        self._nodes += part.node
        self._constants += part.initializer
        self._opsets |= {one.domain: one.version for one in model.opset_import if one.domain}
        return [part.output[position].name for position in outputs]

    def write(self, file: Path, digits: str, probabilities: str | None = None) -> None:
        """Write the graph to a file.

        Args:
            file: which.
            digits: the value with the digits, int64 `(n,)`; the output is called `label`.
            probabilities: that with their probabilities, float32 `(n, 10)`, if there is one; the
                output has this name.
        """
        helper, kinds = self._onnx.helper, self._onnx.TensorProto
        given = helper.make_tensor_value_info(self.images, kinds.UINT8, ["n", *IMAGE_SHAPE])
        results = [helper.make_tensor_value_info("label", kinds.INT64, ["n"])]
        self._nodes.append(helper.make_node("Identity", [digits], ["label"]))
        if probabilities is not None:
            shape = ["n", NUM_CLASSES]
            results.append(helper.make_tensor_value_info("probabilities", kinds.FLOAT, shape))
            self._nodes.append(helper.make_node("Identity", [probabilities], ["probabilities"]))
        graph = helper.make_graph(self._nodes, "digits", [given], results, self._constants)
        model = helper.make_model(
            graph,
            producer_name="digitbench",
            ir_version=_IR_VERSION,
            opset_imports=[helper.make_opsetid(*one) for one in self._opsets.items()],
        )
        self._onnx.checker.check_model(model)
        file.write_bytes(model.SerializeToString())
