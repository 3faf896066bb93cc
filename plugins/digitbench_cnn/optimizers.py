"""The optimisers of the network: Muon for the kernels of its convolutions, or Adam."""

from typing import Any

import keras
import tensorflow as tf

from digitbench_cnn import CnnOptions


class KernelMuon(keras.optimizers.Muon):  # type: ignore[misc]
    """Muon for convolutions: steps along the nearest orthogonal matrix of the momentum.

    Keras' own Muon takes Adam steps for everything but matrices, so for every kernel of a
    convolution. Here a kernel `(height, width, in, out)` counts as a matrix
    `(height * width * in, out)`, as its inventor has it (Jordan 2024, "Muon: An optimizer for
    hidden layers in neural networks"). Scales, shifts, biases and the output layer, named in
    `exclude_layers`, keep their Adam steps.
    """

    def build(self, variables: Any) -> None:
        """Make the optimiser's variables and note which of the network's are such kernels."""
        super().build(variables)
        self._kernels = {
            self._get_variable_index(variable)
            for variable in variables
            if len(variable.shape) == 4  # noqa: PLR2004 - the axes of a kernel
            and not any(name in variable.path for name in self.exclude_layers)
        }

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Take one step for one variable."""
        index = self._get_variable_index(variable)
        if index not in self._kernels:
            super().update_step(gradient, variable, learning_rate)
            return
        momentum = self.momentums[index]
        momentum.assign(self.momentum * momentum + gradient)
        ahead = self.momentum * momentum + gradient
        matrix = tf.reshape(ahead, (-1, variable.shape[-1]))
        step = self.lr_adjust(self.zeropower_via_newtonschulz5(matrix, self.ns_steps))
        variable.assign_sub(learning_rate * tf.reshape(step, variable.shape))


def make_optimizer(options: CnnOptions, learning_rate: Any, averaged_steps: int) -> Any:
    """Make the optimiser the options ask for.

    Args:
        options: which optimiser, and whether to average the weights.
        learning_rate: a number or a schedule of Keras.
        averaged_steps: steps the running average of the weights reaches back over, about.
    """
    averaging = {"use_ema": options.average, "ema_momentum": 1 - 1 / averaged_steps}
    if options.optimizer == "adam":
        return keras.optimizers.Adam(learning_rate, beta_2=0.99, **averaging)
    return KernelMuon(
        learning_rate,
        adam_beta_2=0.99,
        weight_decay=None,
        adam_weight_decay=None,
        exclude_layers=["C4"],
        **averaging,
    )
