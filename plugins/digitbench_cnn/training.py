"""How the network is trained: one-cycle learning rate, random shifts, averaged weights."""

from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from digitbench import Split
from digitbench_cnn import CnnOptions
from digitbench_cnn.network import normalise
from digitbench_cnn.optimizers import make_optimizer

DEFAULT_EPOCHS = 3
FEWEST_DEFAULT_STEPS = 400
WARM_UP_SHARE = 0.2
MOST_AVERAGED_STEPS = 100
STATISTICS_BATCHES = 30


@dataclass(frozen=True)
class Schedule:
    """How many steps of which size a training has.

    Attributes:
        batch_size: images in a step, at most all there are.
        steps: steps in an epoch; the images left over sit that epoch out.
        epochs: passes over the images.
    """

    batch_size: int
    steps: int
    epochs: int

    @classmethod
    def plan(cls, options: CnnOptions, n_images: int) -> "Schedule":
        """Plan the training on a number of images."""
        batch_size = min(options.batch_size, n_images)
        steps = n_images // batch_size
        epochs = options.epochs or max(DEFAULT_EPOCHS, -(-FEWEST_DEFAULT_STEPS // steps))
        return cls(batch_size, steps, epochs)

    @property
    def total_steps(self) -> int:
        """Steps of the whole training."""
        return self.steps * self.epochs

    @property
    def averaged_steps(self) -> int:
        """Steps the running average of the weights reaches back over, about."""
        return max(1, min(MOST_AVERAGED_STEPS, self.total_steps // 10))


def learning_rate(options: CnnOptions, schedule: Schedule) -> Any:
    """Make the learning rate's course: up to the peak in a fifth of the steps, then to zero."""
    warm_up = int(WARM_UP_SHARE * schedule.total_steps)
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.0,
        warmup_target=options.learning_rate,
        warmup_steps=warm_up,
        decay_steps=schedule.total_steps - warm_up,
    )


def shifted(padded: Any, offsets: Any) -> Any:
    """Cut a window of 28x28 pixels out of each padded image, at its own place.

    Args:
        padded: images `(n, 28 + 2a, 28 + 2a)`.
        offsets: first row and first column of each window, int32 `(n, 2)`, 0 to 2a.

    Returns:
        Images `(n, 28, 28)` of the same dtype.
    """
    window = tf.range(28)
    rows = tf.gather(padded, offsets[:, :1] + window, axis=1, batch_dims=1)
    turned = tf.transpose(rows, (0, 2, 1))
    columns = tf.gather(turned, offsets[:, 1:] + window, axis=1, batch_dims=1)
    return tf.transpose(columns, (0, 2, 1))


class Training:
    """One training of a network, epoch by epoch, with the data on the device.

    The order of the images and their shifts come from a generator of the seed, drawn anew for
    each epoch; dropout and the first weights come from the network's own seeds.
    """

    def __init__(self, network: Any, train: Split, options: CnnOptions, seed: int) -> None:
        self.schedule = Schedule.plan(options, len(train))
        self._network = network
        self._options = options
        self._random = np.random.default_rng(seed)
        edge = (options.augment, options.augment)
        self._images = tf.constant(np.pad(train.images, ((0, 0), edge, edge)))
        self._labels = tf.constant(train.labels, tf.int32)
        self._optimizer = make_optimizer(
            options, learning_rate(options, self.schedule), self.schedule.averaged_steps
        )
        self._optimizer.build(network.trainable_variables)
        # One step to a call, which keeps the graph small. Partials, because TensorFlow warns of
        # code that is traced again and again, as it is by the trials of a run, but counts a
        # partial by itself.
        self._take_step = tf.function(partial(self._step), autograph=False)
        self._measure = tf.function(partial(self._see), autograph=False)

    @property
    def device(self) -> str:
        """Where the training runs: `CPU` or `GPU`."""
        return "GPU" if "GPU" in self._images.device else "CPU"

    def run_epoch(self) -> float:
        """Take the steps of one epoch and return the mean of their losses."""
        order = self._order()
        offsets = self._random.integers(
            2 * self._options.augment + 1, size=(*order.shape, 2), dtype=np.int32
        )
        losses = [
            self._take_step(self._images, self._labels, tf.constant(batch), tf.constant(shifts))
            for batch, shifts in zip(order, offsets, strict=True)
        ]
        return float(np.mean(losses))

    def finish(self) -> None:
        """Put the averaged weights in place, if they are wanted.

        The statistics of batch normalisation were those of the last weights, and are measured
        again with the averaged ones.
        """
        if not self._options.average:
            return
        self._optimizer.finalize_variable_values(self._network.trainable_variables)
        for batch in islice(cycle(self._order()), STATISTICS_BATCHES):
            self._measure(self._images, tf.constant(batch))

    def _order(self) -> NDArray[np.int32]:
        """Draw the images of each step of an epoch: `(steps, batch_size)`."""
        steps, batch_size = self.schedule.steps, self.schedule.batch_size
        order = self._random.permutation(self._labels.shape[0])[: steps * batch_size]
        return order.reshape(steps, batch_size).astype(np.int32)

    def _step(self, images: Any, labels: Any, batch: Any, offsets: Any) -> Any:
        """Learn from one batch of shifted images and return its loss."""
        variables = self._network.trainable_variables
        inputs = normalise(shifted(tf.gather(images, batch), offsets))
        with tf.GradientTape() as tape:
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(
                labels=tf.gather(labels, batch), logits=self._network(inputs, training=True)
            )
            loss = tf.reduce_mean(losses)
        self._optimizer.apply(tape.gradient(loss, variables), variables)
        return loss

    def _see(self, images: Any, batch: Any) -> None:
        """Let batch normalisation see one batch of images in their places."""
        edge = self._options.augment
        padded = tf.gather(images, batch)
        self._network(normalise(padded[:, edge : edge + 28, edge : edge + 28]), training=True)
