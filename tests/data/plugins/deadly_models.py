"""Models that do to their process what a plugin can do to it."""

import atexit
import ctypes
import multiprocessing
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time

import numpy as np

from digitbench import ModelSpec, hookimpl

RAN = set()
"""What has run in this process."""


class Model:
    def __init__(self, fault):
        self.fault = fault

    def fit(self, train, validation):
        RAN.add(self.fault.__name__)
        self.fault()

    def predict(self, images):
        return np.zeros(len(images), np.int64)


def fine():
    pass


def naps():
    time.sleep(0.2)


def meets():
    """Wait until another trial waits at the same time; one after the other they never meet."""
    place = pathlib.Path(os.environ["MEETING_PLACE"])
    (place / str(os.getpid())).touch()
    until = time.monotonic() + 60
    while len(list(place.iterdir())) < 2:
        if time.monotonic() > until:
            raise TimeoutError("nobody came")
        time.sleep(0.01)


def raises():
    raise RuntimeError("out of luck")


def exits():
    os._exit(7)


def segfaults():
    ctypes.string_at(0)


def segfaults_where_others_ran():
    if "fine" in RAN:
        segfaults()


def aborts():
    os.abort()


def is_killed():
    os.kill(os.getpid(), signal.SIGKILL)


def runs_out_of_memory():
    limit = 4 << 30
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    np.ones(limit, np.uint8)


def hangs():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    ctypes.CDLL(None).sleep(1000)


def hangs_and_keeps_the_interpreter_locked():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    ctypes.PyDLL(None).sleep(1000)


def floods():
    for _ in range(100):
        os.write(1, b"x" * 99_999 + b"\n")
        os.write(2, b"y" * 99_999 + b"\n")


def writes():
    print("a line on stdout")
    print("a line on stderr", file=sys.stderr)
    os.write(1, b"and one past Python")


def leaves_processes():
    subprocess.Popen(["sleep", "901"])
    subprocess.Popen(["sleep", "902"], start_new_session=True)
    orphan = subprocess.run(
        ["sh", "-c", "setsid sleep 903 > /dev/null & echo $!"], stdout=subprocess.PIPE, check=True
    )
    name = pathlib.Path("/proc", orphan.stdout.decode().strip(), "comm")
    while name.read_text() != "sleep\n":  # until then it is the shell's copy, or setsid
        time.sleep(0.01)
    multiprocessing.get_context("fork").Process(target=time.sleep, args=(904,)).start()


def leaves_processes_and_dies():
    leaves_processes()
    os._exit(9)


def leaves_processes_and_hangs():
    leaves_processes()
    hangs()


def leaves_files():
    tempfile.mkstemp()
    tempfile.mkdtemp()
    os._exit(1)


def says_goodbye():
    goodbye = pathlib.Path(os.environ["GOODBYE"])
    atexit.register((goodbye / "registered").touch)
    threading.Timer(0.5, (goodbye / "thread").touch).start()


FAULTS = (
    fine,
    naps,
    meets,
    raises,
    exits,
    segfaults,
    segfaults_where_others_ran,
    aborts,
    is_killed,
    runs_out_of_memory,
    hangs,
    hangs_and_keeps_the_interpreter_locked,
    floods,
    writes,
    leaves_processes,
    leaves_processes_and_dies,
    leaves_processes_and_hangs,
    leaves_files,
    says_goodbye,
)


def hangs_on_import(options, context):
    time.sleep(1000)


class ReturnsNonsense(Model):
    def predict(self, images):
        return "nonsense"


def model(fault):
    return ModelSpec(
        name=fault.__name__.replace("_", "-"),
        summary=fault.__name__,
        build=lambda options, context: Model(fault),
    )


@hookimpl
def digitbench_models():
    nonsense = ModelSpec(
        name="returns-nonsense", summary="s", build=lambda o, c: ReturnsNonsense(fine)
    )
    hanging = ModelSpec(name="hangs-on-import", summary="s", build=hangs_on_import)
    return [*map(model, FAULTS), nonsense, hanging]
