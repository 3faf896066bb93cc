"""Quiet, repeatable loading of heavy frameworks, for plugins that use them."""

import importlib.util
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import IO, Any

from digitbench.errors import UsageError
from digitbench.garbage import kept_apart

_LOG_LEVEL = "TF_CPP_MIN_LOG_LEVEL"
_SILENT = "3"
_LEGACY_KERAS = "TF_USE_LEGACY_KERAS"


@contextmanager
def _native_stderr_captured() -> Iterator[IO[bytes]]:
    """Send file descriptor 2 to a temporary file, which the block gets, and restore it.

    TensorFlow's libraries print start-up notes from C++ before any log level is read, past
    `sys.stderr`; only the descriptor itself catches them.
    """
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with tempfile.TemporaryFile() as captured:
            os.dup2(captured.fileno(), 2)
            try:
                yield captured
            finally:
                sys.stderr.flush()
                os.dup2(kept, 2)
    finally:
        os.close(kept)


@contextmanager
def _keras_left_for_later() -> Iterator[None]:
    """Keep the import of TensorFlow in the block from that of Keras, which takes as long again.

    `tf.keras` is imported when it is first used, but what registers itself in Keras at once. If the
    Keras of old is asked for and is not installed, TensorFlow does without that.
    """
    if _LEGACY_KERAS in os.environ or importlib.util.find_spec("tf_keras") is not None:
        yield
        return
    os.environ[_LEGACY_KERAS] = "1"
    try:
        yield
    finally:
        del os.environ[_LEGACY_KERAS]


def load_tensorflow(threads: int) -> Any:
    """Import TensorFlow without its start-up noise, bound to a number of CPU threads.

    Keras is imported only when `tf.keras` is first used.

    On a GPU, memory is taken as needed and deterministic kernels are asked for, so that one
    seed gives one result there too. Set `TF_CPP_MIN_LOG_LEVEL` to 0, 1 or 2 to see the noise.

    Args:
        threads: CPU threads TensorFlow may use (`BuildContext.threads`).

    Returns:
        The module `tensorflow`.

    Raises:
        ImportError: TensorFlow is not installed or cannot start; what it printed is in a note.
        UsageError: TensorFlow already runs in this process with another number of threads.
    """
    # What is set here, processes started from here find set: it must ask for silence there too.
    if os.environ.setdefault(_LOG_LEVEL, _SILENT) != _SILENT:
        tensorflow = _import_tensorflow()
    else:
        with _native_stderr_captured() as captured:
            try:
                tensorflow = _import_tensorflow()
            except ImportError as error:
                captured.seek(0)
                error.add_note(captured.read().decode(errors="replace"))
                raise
    _bind_threads(tensorflow, threads)
    return tensorflow


def _import_tensorflow() -> Any:
    """Import TensorFlow and wake its devices, which is when it prints the rest."""
    first_import = "tensorflow" not in sys.modules
    with _keras_left_for_later(), kept_apart() if first_import else nullcontext():
        import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        tf.config.experimental.enable_op_determinism()
    if first_import:  # memory growth cannot be changed once a device is in use
        for gpu in gpus:
            tf.config.experimental.set_memory_growth(gpu, True)
    return tf


def _bind_threads(tensorflow: Any, threads: int) -> None:
    threading = tensorflow.config.threading
    if threading.get_intra_op_parallelism_threads() == threads:
        return
    try:
        threading.set_intra_op_parallelism_threads(threads)
        threading.set_inter_op_parallelism_threads(threads)
    except RuntimeError as error:
        raise UsageError(
            f"TensorFlow already runs in this process with other than {threads} threads; "
            "choose the number of threads once, before the first TensorFlow model"
        ) from error
