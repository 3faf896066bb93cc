"""How the network is trained: step by step, on the device, with what the options ask for."""

from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice
from math import prod
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp

from digitbench import Labels, Split
from digitbench_cnn import CnnOptions
from digitbench_cnn.augmentation import SIDE, bent, middle, random_moves, random_shifts, shifted
from digitbench_cnn.disturbances import disturbed
from digitbench_cnn.network import NUM_CLASSES, Network, kernel_shapes, normalise
from digitbench_cnn.optimizers import Optimizer
from digitbench_cnn.precision import computing_type, processor_flags

DEFAULT_EPOCHS = 3
DISTURBED_EPOCHS = 5
FEWEST_DEFAULT_STEPS = 400
WARM_UP_SHARE = 0.2
MOST_AVERAGED_STEPS = 100
STATISTICS_BATCHES = 30
QUICK_BETA_2 = 0.99
USUAL_BETA_2 = 0.999
MOST_SHARPENING = 4.0


@dataclass(frozen=True)
class Schedule:
    """How many steps of which size a training has.

    Attributes:
        batch_size: images in a step, at most all there are.
        epoch_steps: steps in an epoch; the images left over sit that epoch out.
        total_steps: steps of the whole training; the last epoch may be cut short.
    """

    batch_size: int
    epoch_steps: int
    total_steps: int

    @classmethod
    def plan(cls, options: CnnOptions, n_images: int) -> "Schedule":
        """Plan the training on a number of images."""
        batch_size = min(options.batch_size, n_images)
        steps = n_images // batch_size
        usual = DISTURBED_EPOCHS if options.disturb else DEFAULT_EPOCHS
        epochs = options.epochs or max(usual, -(-FEWEST_DEFAULT_STEPS // steps))
        return cls(batch_size, steps, options.iterations or epochs * steps)

    @property
    def epochs(self) -> int:
        """Passes over the images, the last perhaps cut short."""
        return -(-self.total_steps // self.epoch_steps)

    @property
    def averaged_steps(self) -> int:
        """Steps the running average of the weights reaches back over, about."""
        return max(1, min(MOST_AVERAGED_STEPS, self.total_steps // 10))


def learning_rates(options: CnnOptions, n_steps: int) -> NDArray[np.float32]:
    """Return the learning rate of each step, float32 `(n_steps,)`.

    One cycle: up to the peak in a fifth of the steps, then down to zero on a cosine.
    """
    if options.schedule == "constant":
        return np.full(n_steps, options.learning_rate, np.float32)
    step = np.arange(n_steps)
    warm_up = int(WARM_UP_SHARE * n_steps)
    rising = (step + 1) / (warm_up + 1)
    falling = (1 + np.cos(np.pi * (step - warm_up) / (n_steps - warm_up))) / 2
    return (options.learning_rate * np.where(step < warm_up, rising, falling)).astype(np.float32)


def kept_nodes(n_nodes: int, keep_prob: float, random: np.random.Generator) -> NDArray[np.bool_]:
    """Draw which nodes dropout keeps, bool `(n_nodes,)`.

    A random byte decides on each, so that the share kept is `keep_share(keep_prob)`: drawing
    whole random numbers would take longer than the layers around.
    """
    random_bytes = np.frombuffer(random.bytes(n_nodes), np.uint8)
    return random_bytes < round(256 * keep_share(keep_prob))


def keep_share(keep_prob: float) -> float:
    """Return the share of nodes that is kept: the probability rounded to a 256th, never 0."""
    return max(1, round(256 * keep_prob)) / 256


def cross_entropy(labels: Any, logits: Any, smoothing: float) -> Any:
    """Return the mean cross-entropy with smoothed labels (Szegedy et al. 2016, section 7).

    Args:
        labels: int32 `(n,)`.
        logits: float32 `(n, 10)`.
        smoothing: what part of a label all ten digits share.
    """
    due = (1 - smoothing) * tf.one_hot(labels, NUM_CLASSES) + smoothing / NUM_CLASSES
    return tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=due, logits=logits))


def sharpening(logits: NDArray[np.float32], labels: Labels) -> float:
    """Return the factor of logits, from 1 to `MOST_SHARPENING`, with the least cross-entropy.

    Args:
        logits: float32 `(n, 10)`.
        labels: uint8 `(n,)`.
    """
    wide = logits.astype(np.float64)
    own = wide[np.arange(len(labels)), labels]

    def loss(factor: float) -> float:
        return float(np.mean(logsumexp(factor * wide, axis=1) - factor * own))

    return float(minimize_scalar(loss, bounds=(1.0, MOST_SHARPENING), method="bounded").x)


class Training:
    """One training of a network, step by step.

    Everything random comes from the seed: the order of the images, how they are changed, and
    what dropout drops.
    """

    def __init__(
        self, network: Network, train: Split, options: CnnOptions, seed: np.random.SeedSequence
    ) -> None:
        self.schedule = Schedule.plan(options, len(train))
        self._network = network
        self._train = train
        self._options = options
        order_seed, dropout_seed, distortion_seed, disturbance_seed = seed.spawn(4)
        self._random = np.random.default_rng(order_seed)
        self._dropout_random = np.random.default_rng(dropout_seed)
        self._distortion_seed = int(distortion_seed.generate_state(1)[0])
        self._disturbance_seed = int(disturbance_seed.generate_state(1)[0])
        self.computing_type = computing_type(options, self.device, processor_flags())
        self._rates = learning_rates(options, self.schedule.total_steps)
        self._cropped_steps = round(options.crop_share * self.schedule.total_steps)
        self._optimizer = Optimizer(
            network.weights,
            list(kernel_shapes(options.filters).values()) if options.optimizer == "muon" else [],
            options.momentum,
            QUICK_BETA_2 if options.schedule == "one-cycle" else USUAL_BETA_2,
            self.schedule.averaged_steps,
        )
        self._steps_taken = 0
        self._prepare = tf.function(partial(self._prepared), autograph=False)
        # One step to a call, which keeps the graph small. Partials, because TensorFlow warns of
        # code that is traced again and again, as it is by the trials of a run, but counts a
        # partial by itself.
        self._take_step = tf.function(partial(self._step), autograph=False)
        self._measure = tf.function(partial(self._see), autograph=False)

    @property
    def device(self) -> str:
        """Where the training runs: `CPU` or `GPU`."""
        return "GPU" if "GPU" in self._network.weights.device else "CPU"

    def run_epoch(self) -> float:
        """Take the steps of one epoch and return the mean of their losses."""
        order = self._order(self._random)[: self.schedule.total_steps - self._steps_taken]
        shifts = random_shifts(len(self._train), self._options.augment, self._random)
        losses = []
        for batch in order:
            losses.append(self._take_step(*self._make_batch(batch, shifts[:, batch])))
            self._steps_taken += 1
        return float(np.mean(losses))

    def settle(self, average: bool) -> None:
        """Make the network fit to predict.

        Args:
            average: put the averaged weights in place, which ends the training.

        The statistics of batch normalisation are measured on training images as they are.
        """
        if average:
            self._network.weights.assign(self._optimizer.average)
        batches = islice(cycle(self._order(np.random.default_rng(0))), STATISTICS_BATCHES)
        measured = [self._measure(tf.constant(self._train.images[batch])) for batch in batches]
        self._network.statistics.assign(tf.reduce_mean(measured, axis=0))

    def calibrate(self) -> None:
        """Make probabilities as sure as they are right, where smoothed labels made them modest.

        Temperature scaling (Guo et al. 2017, section 4.2): one factor for all logits, which changes
        no predicted digit. It is found on training images as they are, and held-out images are
        left alone.
        """
        if not self._options.label_smoothing:
            return
        batches = list(islice(self._order(np.random.default_rng(0)), STATISTICS_BATCHES))
        logits = np.concatenate([self._see_logits(batch) for batch in batches])
        labels = self._train.labels[np.concatenate(batches)]
        self._network.scale_logits(sharpening(logits, labels))

    def _see_logits(self, batch: NDArray[np.intp]) -> NDArray[np.float32]:
        images = normalise(tf.constant(self._train.images[batch]))
        logits: NDArray[np.float32] = self._network.predict(images).numpy()
        return logits

    def _order(self, random: np.random.Generator) -> NDArray[np.intp]:
        """Draw the images of each step of an epoch: `(epoch_steps, batch_size)`."""
        steps, batch_size = self.schedule.epoch_steps, self.schedule.batch_size
        order = random.permutation(len(self._train))[: steps * batch_size]
        return order.reshape(steps, batch_size)

    def _draw_nodes(self, n_images: int, side: int) -> Any:
        """Draw the nodes before C4 that one step keeps, bool `(n_images, *maps)`; None for all."""
        if self._options.keep_prob == 1:
            return None
        shape = (n_images, *self._network.output_maps(side))
        nodes = kept_nodes(prod(shape), self._options.keep_prob, self._dropout_random)
        return tf.constant(nodes.reshape(shape))

    def _make_batch(
        self, batch: NDArray[np.intp], shifts: NDArray[np.int8]
    ) -> tuple[Any, Any, Any, Any, Any]:
        """Return what `_step` takes.

        Args:
            batch: the images of the step, `(batch_size,)`.
            shifts: by how many pixels each of them is moved, `(2, batch_size)`.
        """
        step = self._steps_taken
        side = self._options.crop if step < self._cropped_steps else SIDE
        images = shifted(self._train.images[batch], self._options.augment, shifts)
        return (
            self._prepare(tf.constant(images), tf.constant(step, tf.int64), side),
            tf.constant(self._train.labels[batch], tf.int32),
            self._draw_nodes(len(batch), side),
            tf.constant(self._rates[step]),
            tf.constant(step, tf.int64),
        )

    def _prepared(self, images: Any, step: Any, side: int) -> Any:
        """Return the middle of images, `side` pixels wide, changed and ready for the network."""
        return tf.cast(normalise(self._changed(images, step, side)), self.computing_type)

    def _step(self, images: Any, labels: Any, kept: Any, learning_rate: Any, step: Any) -> Any:
        """Learn from one batch of images, as `_prepared` returned them; return its loss."""
        enlarged = 1 / keep_share(self._options.keep_prob)

        def dropout(maps: Any) -> Any:
            if kept is None:
                return maps
            return maps * (tf.cast(kept, maps.dtype) * tf.cast(enlarged, maps.dtype))

        with tf.GradientTape() as tape:
            logits = self._network.train(images, dropout, self.computing_type)
            loss = cross_entropy(labels, logits, self._options.label_smoothing)
        self._optimizer.apply(tape.gradient(loss, self._network.weights), learning_rate, step)
        return loss

    def _changed(self, images: Any, step: Any, side: int) -> Any:
        """Return the middle of a batch of images, bent, and the first of them disturbed."""
        if self._options.distort:
            seed = (self._distortion_seed, step)
            moves = random_moves(images.shape[0], self._options.distort, seed, side)
            images = bent(images, moves)
        else:
            images = middle(images, side)
        n_disturbed = round(self._options.disturb * images.shape[0])
        if not n_disturbed:
            return images
        pixels = tf.cast(images, tf.float32)
        worse = disturbed(pixels[:n_disturbed], (self._disturbance_seed, step))
        return tf.concat([worse, pixels[n_disturbed:]], axis=0)

    def _see(self, images: Any) -> Any:
        """Return the statistics of one batch of images as they are."""
        return self._network.measure(normalise(images))
