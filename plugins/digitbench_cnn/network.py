"""The ten layers of the network of Liu & Fu, section 4.2."""

from collections.abc import Callable, Mapping
from math import prod
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

NUM_CLASSES = 10

PIXEL_MEAN = 0.1307
PIXEL_STD = 0.3081
"""Mean and standard deviation of MNIST's training pixels on the scale from 0 to 1."""

EPSILON = 1e-3
"""What batch normalisation adds to a variance."""

LAYERS = ("B1", "B2", "B3")
"""The layers of batch normalisation."""

_LAST_KERNELS = ("C1", "C2_horizontal", "C3_horizontal")
"""The kernel right before each of them."""

Shape = tuple[int, ...]


def normalise(pixels: Any) -> Any:
    """Turn pixels from 0 to 255 `(n, height, width)` into what the network takes, `(..., 1)`."""
    scaled = (tf.cast(pixels, tf.float32) / 255.0 - PIXEL_MEAN) / PIXEL_STD
    return scaled[..., tf.newaxis]


def kernel_shapes(filters: tuple[int, int, int]) -> dict[str, Shape]:
    """Return the shapes `(height, width, in, out)` of the kernels of C1 to C3.

    C2 and C3 are decomposed: a vertical kernel, then a horizontal one, counted as one layer.
    """
    c1, c2, c3 = filters
    return {
        "C1": (5, 5, 1, c1),
        "C2_vertical": (5, 1, c1, c2),
        "C2_horizontal": (1, 5, c2, c2),
        "C3_vertical": (7, 1, c2, c3),
        "C3_horizontal": (1, 7, c3, c3),
    }


def weight_shapes(filters: tuple[int, int, int]) -> dict[str, Shape]:
    """Return the shapes of everything the training learns, in the order it is stored."""
    shapes = kernel_shapes(filters)
    for layer, count in zip(LAYERS, filters, strict=True):
        shapes |= {f"{layer}_scale": (count,), f"{layer}_offset": (count,)}
    return shapes | {"C4": (5, 5, filters[2], NUM_CLASSES), "C4_bias": (NUM_CLASSES,)}


def array_shapes(filters: tuple[int, int, int]) -> dict[str, Shape]:
    """Return the shapes of all that a network is made of: its weights and its statistics."""
    shapes = weight_shapes(filters)
    for layer, count in zip(LAYERS, filters, strict=True):
        shapes |= {f"{layer}_mean": (count,), f"{layer}_variance": (count,)}
    return shapes


def initial_weights(
    filters: tuple[int, int, int], seed: np.random.SeedSequence
) -> NDArray[np.float32]:
    """Draw the first weights, float32 `(n_weights,)`: kernels as He et al. (2015) do, no offsets.

    Args:
        filters: numbers of filters of C1, C2 and C3.
        seed: decides the kernels.
    """
    random = np.random.default_rng(seed)
    parts = []
    for name, shape in weight_shapes(filters).items():
        if len(shape) > 1:
            parts.append(random.normal(0, np.sqrt(2 / prod(shape[:-1])), prod(shape)))
        else:
            parts.append(np.full(shape, float(name.endswith("scale"))))
    return np.concatenate(parts).astype(np.float32)


def window_counts(side: int = 7) -> NDArray[np.float32]:
    """Count how often the average of C4 over a map's places meets a pixel with a weight.

    Args:
        side: of the map, 7 for whole images.

    Returns:
        float32 `(side**2, 25)`: `side**-2` where weight `(i, j)` of a 5x5 kernel, moved over the
        map with padding `same`, falls on pixel `(y, x)` from one of the places, and 0 elsewhere.
    """
    place, tap = np.arange(side)[:, None], np.arange(5)[None, :]
    meets = ((place - tap + 2 >= 0) & (place - tap + 2 < side)).astype(np.float32)
    counts = np.einsum("yi,xj->yxij", meets, meets).reshape(side**2, 25)
    return np.asarray(counts / side**2, np.float32)


@tf.custom_gradient  # type: ignore[untyped-decorator]
def convolve_pixels(images: Any, kernel: Any) -> Any:
    """Convolve images, which need no gradient of their own, with the kernel of C1.

    For one channel of bfloat16 the kernel's gradient has no fast path and takes three times as
    long as float32's, so float32's is taken.

    Args:
        images: `(n, height, width, 1)`.
        kernel: `(5, 5, 1, c1)` of the same dtype.
    """

    def gradients(upstream: Any) -> tuple[None, Any]:
        slope = tf.raw_ops.Conv2DBackpropFilter(
            input=tf.cast(images, tf.float32),
            filter_sizes=kernel.shape,
            out_backprop=tf.cast(upstream, tf.float32),
            strides=[1, 1, 1, 1],
            padding="SAME",
        )
        return None, tf.cast(slope, kernel.dtype)

    return tf.nn.conv2d(images, kernel, 1, "SAME"), gradients


def batch_normalisation(measured: list[Any]) -> Callable[..., Any]:
    """Make a batch normalisation (Ioffe & Szegedy 2015) by the batch's own statistics.

    By TensorFlow's fused kernel, which takes a third of the time of a dozen operations.

    Args:
        measured: gets mean and variance, each float32 `(channels,)`, of each layer it is used in.
    """

    def batch_norm(layer: int, maps: Any, scale: Any, offset: Any) -> Any:
        del layer  # a batch brings its own statistics to every layer
        normalised, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=maps, scale=scale, offset=offset, mean=[], variance=[], epsilon=EPSILON
        )
        measured.append((mean, variance))
        return normalised

    return batch_norm


class Network:
    """The network: its weights and statistics, and its function.

    C1 5x5, B1, S1 | C2 5x5, B2, C3 7x7, B3, S2 | dropout, C4 5x5, S3, with padding `same`, so
    that images shrink 28 -> 14 -> 7 -> 1 and S3 leaves one node for each digit. ReLU follows
    each batch normalisation, which makes a bias of the convolution before it superfluous.
    The text places B1 only and leaves padding, decomposed layers and the place of dropout open.

    Two layers are computed in another order than they are written, which changes nothing but the
    time (and the rounding): ReLU comes after a maximum instead of before it, on a quarter of the
    values; and as nothing stands between C4 and its average S3, both are one matrix product.

    Attributes:
        filters: numbers of filters of C1, C2 and C3.
        weights: all that is learnt, one float32 variable `(n_weights,)`.
        statistics: mean and variance of each map that is normalised, float32
            `(2, c1 + c2 + c3)`, for use on images that are not of the training.
    """

    def __init__(self, filters: tuple[int, int, int], seed: np.random.SeedSequence) -> None:
        self.filters = filters
        self.weights = tf.Variable(initial_weights(filters, seed), name="weights")
        self.statistics = tf.Variable(
            np.repeat([[0.0], [1.0]], sum(filters), axis=1).astype(np.float32), name="statistics"
        )
        self._shapes = weight_shapes(filters)

    def restart(self, seed: np.random.SeedSequence) -> None:
        """Forget what was learnt: draw the first weights again."""
        self.weights.assign(initial_weights(self.filters, seed))

    def arrays(self) -> dict[str, NDArray[np.float32]]:
        """Return all that the network is made of, by name, shaped as `array_shapes` has it."""
        arrays = {name: part.numpy() for name, part in self._weights_by_name().items()}
        means, variances = (tf.split(row, self.filters) for row in tf.unstack(self.statistics))
        for layer, mean, variance in zip(LAYERS, means, variances, strict=True):
            arrays |= {f"{layer}_mean": mean.numpy(), f"{layer}_variance": variance.numpy()}
        return arrays

    def assign(self, arrays: Mapping[str, NDArray[np.float32]]) -> None:
        """Become the network that these arrays, from `arrays`, make up."""
        self.weights.assign(np.concatenate([arrays[name].ravel() for name in self._shapes]))
        self.statistics.assign(
            np.stack(
                [
                    np.concatenate([arrays[f"{layer}_{kind}"] for layer in LAYERS])
                    for kind in ("mean", "variance")
                ]
            )
        )

    def output_maps(self, side: int) -> Shape:
        """Return the shape of the maps before the output layer, where dropout works.

        Args:
            side: of the images, in pixels; 28 gives `(7, 7, c3)`.
        """
        return (side // 4, side // 4, self.filters[2])

    @property
    def n_parameters(self) -> int:
        """How many numbers the network is made of, statistics included."""
        return int(self.weights.shape.num_elements() + self.statistics.shape.num_elements())

    @property
    def size_bytes(self) -> int:
        """What those numbers take, in float32."""
        return self.n_parameters * int(self.weights.dtype.size)

    def scale_logits(self, factor: float) -> None:
        """Make all logits of predictions so many times as large, in the output layer's weights."""
        n_weights = prod(self._shapes["C4"]) + NUM_CLASSES
        self.weights[-n_weights:].assign(factor * self.weights[-n_weights:])

    def predict(self, images: Any, dtype: Any = tf.float32) -> Any:
        """Return logits float32 `(n, 10)`.

        The factors of batch normalisation are multiplied into the kernels before it, so that only
        an addition is left, which TensorFlow does within the convolution.

        Args:
            images: normalised images float32 `(n, 28, 28, 1)`.
            dtype: in what the convolutions compute, tf.float32 or tf.bfloat16.
        """
        means, variances = (tf.split(row, self.filters) for row in tf.unstack(self.statistics))
        weights = self._weights_by_name()
        offsets = []
        for layer, kernel in enumerate(_LAST_KERNELS):
            name = LAYERS[layer]
            factor = weights[f"{name}_scale"] * tf.math.rsqrt(variances[layer] + EPSILON)
            weights[kernel] *= factor
            offsets.append(tf.cast(weights[f"{name}_offset"] - means[layer] * factor, dtype))

        def batch_norm(layer: int, maps: Any, scale: Any, offset: Any) -> Any:
            return tf.nn.bias_add(maps, offsets[layer])

        return self._compute(tf.cast(images, dtype), batch_norm, lambda maps: maps, weights)

    def measure(self, images: Any) -> Any:
        """Return the statistics `(2, c1 + c2 + c3)` of a batch of normalised images."""
        measured: list[Any] = []
        self._compute(images, batch_normalisation(measured), lambda maps: maps)
        return tf.stack([tf.concat(row, 0) for row in zip(*measured, strict=True)])

    def train(self, images: Any, dropout: Callable[[Any], Any], dtype: Any) -> Any:
        """Return logits float32 `(n, 10)` in training: normalised by the batch's own statistics.

        Args:
            images: normalised images float32 `(n, side, side, 1)`; `side` is a multiple of four.
            dropout: what is done with the maps `(n, side / 4, side / 4, c3)` before C4.
            dtype: in what the convolutions compute, tf.float32 or tf.bfloat16.
        """
        return self._compute(tf.cast(images, dtype), batch_normalisation([]), dropout)

    def _compute(
        self,
        images: Any,
        batch_norm: Callable[..., Any],
        dropout: Callable[[Any], Any],
        weights: Mapping[str, Any] | None = None,
    ) -> Any:
        if weights is None:
            weights = self._weights_by_name()

        def kernel(name: str) -> Any:
            return tf.cast(weights[name], images.dtype)

        def convolve(maps: Any, name: str) -> Any:
            vertical = tf.nn.conv2d(maps, kernel(f"{name}_vertical"), 1, "SAME")
            return tf.nn.conv2d(vertical, kernel(f"{name}_horizontal"), 1, "SAME")

        def normalise_maps(maps: Any, layer: int) -> Any:
            name = f"B{layer + 1}"
            return batch_norm(layer, maps, weights[f"{name}_scale"], weights[f"{name}_offset"])

        def max_pool(maps: Any) -> Any:
            return tf.nn.max_pool2d(maps, 2, 2, "VALID")

        maps = normalise_maps(convolve_pixels(images, kernel("C1")), 0)
        maps = tf.nn.relu(max_pool(maps))
        maps = tf.nn.relu(normalise_maps(convolve(maps, "C2"), 1))
        maps = tf.nn.relu(max_pool(normalise_maps(convolve(maps, "C3"), 2)))
        return self._output_layer(dropout(maps), weights["C4"]) + weights["C4_bias"]

    def _output_layer(self, maps: Any, kernel: Any) -> Any:
        """Return C4, without its bias, averaged by S3: `(n, 10)`."""
        by_tap = tf.reshape(kernel, (25, -1))
        by_pixel = tf.reshape(window_counts(maps.shape[1]) @ by_tap, (-1, NUM_CLASSES))
        pixels = tf.reshape(maps, (-1, by_pixel.shape[0]))
        return tf.cast(pixels, tf.float32) @ by_pixel

    def _weights_by_name(self) -> dict[str, Any]:
        parts = tf.split(self.weights, [prod(shape) for shape in self._shapes.values()])
        return {
            name: tf.reshape(part, shape)
            for (name, shape), part in zip(self._shapes.items(), parts, strict=True)
        }
