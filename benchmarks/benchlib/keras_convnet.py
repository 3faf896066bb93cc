"""The peer `keras`: the "Simple MNIST convnet" of Keras' code examples.

Written from its description at https://keras.io/examples/vision/mnist_convnet/: pixels from 0 to
1; convolution 3x3 of 32, max pooling, convolution 3x3 of 64, max pooling, dropout 0.5, one dense
layer to ten classes; Adam, categorical cross-entropy, batches of 128, 15 epochs, and the last
tenth of the training images held out for validation after each epoch, which is part of its fit.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchlib.curves import Point, Training
from benchlib.options import DataRequest
from benchlib.recorder import Recorder
from benchlib.trials import load_data
from digitbench import Images, load_tensorflow
from digitbench.types import NUM_CLASSES

EPOCHS = 15
BATCH_SIZE = 128
VALIDATION_SPLIT = 0.1


def train(
    request: DataRequest,
    *,
    seed: int,
    threads: int,
    epochs: int,
    stop_at: float | None,
    report: Callable[[Point], None],
) -> Training:
    """Train the network and score it after each epoch.

    The clock starts when the images are scaled and the model is compiled, in favour of the peer.

    Args:
        request: the images.
        seed: decides weights, order and dropout.
        threads: CPU threads.
        epochs: passes over the training images.
        stop_at: the test accuracy that ends the training; None for never.
        report: called with each epoch's point.
    """
    tf = load_tensorflow(threads)
    import keras

    data, _ = load_data(request)
    keras.utils.set_random_seed(seed)
    inputs = _inputs(data.train.images)
    targets = keras.utils.to_categorical(data.train.labels, NUM_CLASSES)
    model = _compiled_model(keras)

    def predict(images: Images) -> NDArray[np.integer[Any]]:
        digits: NDArray[np.integer[Any]] = model.predict_on_batch(_inputs(images)).argmax(axis=1)
        return digits

    recorder = Recorder(data.test, predict, stop_at=stop_at, report=report)

    def epoch_finished(epoch: int, logs: object) -> None:
        recorder.epoch_finished()
        model.stop_training = recorder.reached

    recorder.start()
    model.fit(
        inputs,
        targets,
        batch_size=BATCH_SIZE,
        epochs=epochs,
        validation_split=VALIDATION_SPLIT,
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=epoch_finished)],
        verbose=0,
    )
    return Training(
        points=tuple(recorder.points),
        train_images=int(len(inputs) * (1 - VALIDATION_SPLIT)),
        stopped_early=len(recorder.points) < epochs,
        device="GPU" if tf.config.list_physical_devices("GPU") else "CPU",
    )


def _inputs(images: Images) -> NDArray[np.float32]:
    return np.divide(images, 255, dtype=np.float32)[..., np.newaxis]


def _compiled_model(keras: Any) -> Any:
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(NUM_CLASSES, activation="softmax"),
        ]
    )
    model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    return model
