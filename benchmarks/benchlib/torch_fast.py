"""The peer `torch-fast`: the smallest known training to 99 % of MNIST in PyTorch.

Written from its description at https://github.com/tuomaso/train_mnist_fast (its last step, which
states 99.04 % in the mean of 30 trainings after 0.76 s on a GPU): pixels normalised by mean 0.1307
and standard deviation 0.3081; convolutions 5x5 of 24 and 3x3 of 32, each with max pooling before
its ReLU, a dense layer of 256, ten classes; Adam with betas 0.7 and 0.9, a one-cycle learning rate
up to 0.01, batches of 256, one epoch in an order drawn once.

As there, the images are decoded and normalised before the clock starts. Its training ends after
one epoch; more epochs stretch the cycle.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchlib.curves import Point, Training
from benchlib.options import DataRequest
from benchlib.recorder import Recorder
from benchlib.torch_example import normalised_inputs
from benchlib.trials import load_data
from digitbench.types import NUM_CLASSES, Images

EPOCHS = 1
BATCH_SIZE = 256
LEARNING_RATE = 0.01
BETAS = (0.7, 0.9)


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
        seed: decides weights and order.
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
    order = np.random.default_rng(seed).permutation(len(data.train.labels))
    inputs = normalised_inputs(torch, data.train.images[order], device)
    labels = torch.from_numpy(data.train.labels[order].astype(np.int64)).to(device)
    model = network(torch).to(device)

    def predict(images: Images) -> NDArray[np.integer[Any]]:
        with torch.no_grad():
            logits = model(normalised_inputs(torch, images, device))
        digits: NDArray[np.integer[Any]] = logits.argmax(dim=1).cpu().numpy()
        return digits

    batches = list(zip(inputs.split(BATCH_SIZE), labels.split(BATCH_SIZE), strict=True))
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE, betas=BETAS)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=LEARNING_RATE, total_steps=epochs * len(batches), cycle_momentum=False
    )
    recorder = Recorder(data.test, predict, stop_at=stop_at, report=report)
    recorder.start()
    while len(recorder.points) < epochs and not recorder.reached:
        for images, digits in batches:
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(images), digits).backward()
            optimizer.step()
            schedule.step()
        recorder.epoch_finished()
    return Training(
        points=tuple(recorder.points),
        train_images=len(labels),
        stopped_early=len(recorder.points) < epochs,
        device="GPU" if device.type == "cuda" else "CPU",
    )


def network(torch: Any) -> Any:
    """Return the untrained network: 28x28 pixels to ten logits."""
    nn = torch.nn
    return nn.Sequential(
        nn.Conv2d(1, 24, 5),
        nn.MaxPool2d(2),
        nn.ReLU(),
        nn.Conv2d(24, 32, 3),
        nn.MaxPool2d(2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(800, 256),
        nn.ReLU(),
        nn.Linear(256, NUM_CLASSES),
    )
