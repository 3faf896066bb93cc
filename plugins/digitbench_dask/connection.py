"""Connects to a Dask cluster, or makes one on this machine, and keeps both from logging."""

import logging
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import dask
from distributed import Client, LocalCluster
from distributed.utils import silence_logging_cmgr

from digitbench import EngineError

_CONNECT_SECONDS = 10
_CLOSE_SECONDS = 5.0
_SILENT = logging.CRITICAL + 1


@contextmanager
def connected(scheduler: str | None, jobs: int) -> Iterator[Any]:
    """Give a `distributed.Client` for the block.

    Args:
        scheduler: address of a cluster's scheduler; None to make a cluster here for the block.
        jobs: how many workers that has.

    Raises:
        EngineError: no scheduler answers at the address.
    """
    with ExitStack() as stack:
        for library in ("distributed", "tornado"):
            stack.enter_context(silence_logging_cmgr(_SILENT, root=library))
        stack.enter_context(warnings.catch_warnings())
        # Of versions and slow disks: what matters is checked by the engine.
        warnings.filterwarnings("ignore", module=r"distributed\.")
        target = stack.enter_context(_local_cluster(jobs)) if scheduler is None else scheduler
        client = _connect(target)
        stack.callback(_close, client)
        yield client


def _connect(target: Any) -> Any:
    try:
        return Client(target, timeout=_CONNECT_SECONDS, set_as_default=False)
    except (OSError, TimeoutError, ValueError, RuntimeError) as error:
        raise EngineError(
            f"no Dask scheduler answers at {target}; start one with `dask scheduler`, or leave "
            "out --scheduler"
        ) from error


def _close(client: Any) -> None:
    with suppress(OSError, TimeoutError, RuntimeError):
        client.close(timeout=_CLOSE_SECONDS)


@contextmanager
def _local_cluster(workers: int) -> Iterator[Any]:
    """Run a scheduler in this process and workers in others, which end with it.

    The workers are plain processes rather than `LocalCluster`'s own, which would import the main
    module again, be reached by Ctrl-C in a terminal, and write to it.
    """
    with ExitStack() as stack:
        directory = stack.enter_context(
            tempfile.TemporaryDirectory(prefix="digitbench-dask-", ignore_cleanup_errors=True)
        )
        with dask.config.set({"temporary-directory": directory}):
            cluster = LocalCluster(
                n_workers=0,
                processes=False,
                protocol="tcp://",
                host="127.0.0.1",
                dashboard_address=None,
                silence_logs=_SILENT,
            )
        stack.callback(cluster.close, timeout=_CLOSE_SECONDS)
        processes: list[subprocess.Popen[bytes]] = []
        stack.callback(_end, processes)
        for _ in range(workers):
            processes.append(_start_worker(cluster.scheduler_address, directory))  # noqa: PERF401
        yield cluster


def _start_worker(scheduler: str, directory: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - no foreign input
        [
            *(sys.executable, "-m", "dask", "worker", scheduler),
            *("--host", "127.0.0.1", "--nthreads", "1", "--memory-limit", "0"),
            *("--no-nanny", "--no-dashboard", "--local-directory", directory),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # out of reach of Ctrl-C, which the runner handles
    )


def _end(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(_CLOSE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
