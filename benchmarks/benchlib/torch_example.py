"""The peer `torch`: the basic MNIST example of PyTorch.

Written from its description at https://github.com/pytorch/examples/tree/main/mnist: pixels
normalised by mean 0.1307 and standard deviation 0.3081; convolutions 3x3 of 32 and 64, max
pooling, dropout 0.25, a dense layer of 128, dropout 0.5, ten classes; Adadelta at a learning rate
of 1.0 that shrinks to 0.7 of itself after each epoch, negative log-likelihood, batches of 64, 14
epochs.

The example decodes and normalises every image again in every epoch. Here that is done once,
before the clock starts, in favour of the peer.
"""

import importlib.util
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchlib.curves import Point, Training
from benchlib.options import DataRequest
from benchlib.recorder import Recorder
from benchlib.trials import load_data
from digitbench.types import NUM_CLASSES, Images

EPOCHS = 14
BATCH_SIZE = 64
LEARNING_RATE = 1.0
LEARNING_RATE_DECAY = 0.7
PIXEL_MEAN = 0.1307
PIXEL_STD = 0.3081


def is_installed() -> bool:
    """Tell whether PyTorch can be imported, without importing it."""
    return importlib.util.find_spec("torch") is not None


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

    Args:
        request: the images.
        seed: decides weights, order and dropout.
        threads: CPU threads.
        epochs: passes over the training images.
        stop_at: the test accuracy that ends the training; None for never.
        report: called with each epoch's point.
    """
    import torch

    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    data, _ = load_data(request)
    inputs = normalised_inputs(torch, data.train.images, device)
    labels = torch.from_numpy(data.train.labels.astype(np.int64)).to(device)
    model = _network(torch).to(device)

    def predict(images: Images) -> NDArray[np.integer[Any]]:
        model.eval()
        with torch.no_grad():
            digits: NDArray[np.integer[Any]] = (
                model(normalised_inputs(torch, images, device)).argmax(dim=1).cpu().numpy()
            )
        model.train()
        return digits

    optimizer = torch.optim.Adadelta(model.parameters(), lr=LEARNING_RATE)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=LEARNING_RATE_DECAY)
    recorder = Recorder(data.test, predict, stop_at=stop_at, report=report)
    recorder.start()
    while len(recorder.points) < epochs and not recorder.reached:
        for batch in torch.randperm(len(labels)).to(device).split(BATCH_SIZE):
            optimizer.zero_grad()
            loss = torch.nn.functional.nll_loss(model(inputs[batch]), labels[batch])
            loss.backward()
            optimizer.step()
        scheduler.step()
        recorder.epoch_finished()
    return Training(
        points=tuple(recorder.points),
        train_images=len(labels),
        stopped_early=len(recorder.points) < epochs,
        device="GPU" if device.type == "cuda" else "CPU",
    )


def normalised_inputs(torch: Any, images: Images, device: Any) -> Any:
    """Return images as PyTorch takes them, float32 `(n, 1, 28, 28)`, normalised."""
    scaled = (np.divide(images, 255, dtype=np.float32) - PIXEL_MEAN) / PIXEL_STD
    return torch.from_numpy(scaled.astype(np.float32)[:, np.newaxis]).to(device)


def _network(torch: Any) -> Any:
    nn = torch.nn
    return nn.Sequential(
        nn.Conv2d(1, 32, 3),
        nn.ReLU(),
        nn.Conv2d(32, 64, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Dropout(0.25),
        nn.Flatten(),
        nn.Linear(9216, 128),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(128, NUM_CLASSES),
        nn.LogSoftmax(dim=1),
    )
