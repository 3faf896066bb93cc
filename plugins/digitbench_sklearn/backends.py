"""Which library computes, and with how many threads."""

import importlib.util
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from digitbench import Images, UsageError
from digitbench_sklearn import Backend

NUM_CLASSES = 10


def sklearnex_is_installed() -> bool:
    """Tell whether scikit-learn-intelex can be imported, without importing it."""
    return importlib.util.find_spec("sklearnex") is not None


def make_estimator(
    module: str, name: str, backend: Backend, threads: int, **parameters: Any
) -> Any:
    """Make an estimator of scikit-learn or of its accelerated twin.

    scikit-learn itself is never patched: the twin's class is taken from its own module.

    Args:
        module: module of the class within the library, such as `svm`.
        name: name of the class, such as `SVC`.
        backend: which library to take it from.
        threads: CPU threads the accelerated estimator may use.
        **parameters: the estimator's parameters, the same in both libraries.

    Raises:
        UsageError: scikit-learn-intelex was asked for and is not installed.
    """
    installed = sklearnex_is_installed()
    if backend == "sklearnex" and not installed:
        raise UsageError(
            "backend=sklearnex needs scikit-learn-intelex, which is not installed; "
            "install it (x86-64 only) or use backend=sklearn"
        )
    if backend == "sklearn" or not installed:
        return getattr(import_module(f"sklearn.{module}"), name)(**parameters)
    return getattr(import_module(f"sklearnex.{module}"), name)(n_jobs=threads, **parameters)


class _Notes(logging.Filter):
    """Keeps what scikit-learn-intelex logs of its choices, and keeps it off the terminal."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[str] = []

    def filter(self, record: logging.LogRecord) -> bool:
        self.messages.append(record.getMessage())
        return False


@dataclass(frozen=True)
class Computation:
    """What is known of the computations of a block, once it is over.

    Attributes:
        notes: a line of scikit-learn-intelex for each computation it was asked for.
    """

    notes: list[str]

    @property
    def backend(self) -> Backend:
        """The library that computed: `sklearnex` only if it handed nothing to scikit-learn.

        It hands over, without a word but these notes, whatever it cannot accelerate.
        """
        accelerated = ["running accelerated version" in note for note in self.notes]
        return "sklearnex" if accelerated and all(accelerated) else "sklearn"


@contextmanager
def computing(threads: int) -> Iterator[Computation]:
    """Bind BLAS and OpenMP to a number of threads in a block, and tell which library computed."""
    notes = _Notes()
    logger = logging.getLogger("sklearnex")
    level = logger.level
    logger.addFilter(notes)
    logger.setLevel(logging.INFO)
    try:
        with threadpool_limits(limits=threads):
            yield Computation(notes.messages)
    finally:
        logger.setLevel(level)
        logger.removeFilter(notes)


def pixels(images: Images) -> NDArray[np.float32]:
    """Return a copy of the images with pixels from 0 to 1, float32 `(n, 784)`.

    Args:
        images: uint8 `(n, 28, 28)`.
    """
    scaled: NDArray[np.float32] = np.divide(images, 255, dtype=np.float32)
    return scaled.reshape(len(images), -1)


def by_digit(probabilities: NDArray[Any], classes: NDArray[Any]) -> NDArray[np.float32]:
    """Spread the columns of the digits that were seen in training over all ten.

    Args:
        probabilities: `(n, len(classes))`.
        classes: the digits of the columns.

    Returns:
        float32 `(n, 10)`, zero for digits never seen.
    """
    spread = np.zeros((len(probabilities), NUM_CLASSES), np.float32)
    spread[:, classes] = probabilities
    return spread
