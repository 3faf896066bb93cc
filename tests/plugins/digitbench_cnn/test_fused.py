"""The fused batch normalisation is Keras' own function, gradients and statistics included."""

import numpy as np
import pytest

from digitbench import load_tensorflow
from digitbench.types import available_cpus

THREADS = available_cpus()


@pytest.mark.parametrize("training", [True, False])
def test_it_agrees_with_keras(training: bool) -> None:
    tf = load_tensorflow(THREADS)
    import keras

    from digitbench_cnn.network import FusedBatchNormalization

    inputs = tf.constant(np.random.default_rng(0).normal(3, 2, (64, 6, 6, 4)), tf.float32)
    weights = [np.linspace(0.5, 2, 4), np.linspace(-1, 1, 4), np.full(4, 2.5), np.full(4, 3.0)]
    outcomes = []
    for kind in (keras.layers.BatchNormalization, FusedBatchNormalization):
        layer = kind(momentum=0.9)
        layer.build(inputs.shape)
        layer.set_weights(weights)
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            outputs = layer(inputs, training=training)
            loss = tf.reduce_sum(outputs**3)
        gradients = tape.gradient(loss, [inputs, layer.gamma.value, layer.beta.value])
        outcomes.append([outputs, *gradients, layer.moving_mean, layer.moving_variance])
    for one, other in zip(*outcomes, strict=True):
        expected = np.asarray(one)
        # The fused kernel keeps the unbiased variance: n / (n - 1) of Keras', n = 64 * 6 * 6.
        np.testing.assert_allclose(np.asarray(other), expected, rtol=2e-3, atol=2e-3)
