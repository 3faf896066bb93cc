"""Fit times of libraries that use OpenMP, with threads that wait busily and with some that sleep.

`python benchmarks/waiting.py --rounds 5`: each fit in a process of its own, the two ways in turn.
Compare them on an idle machine and on a busy one; the load is printed with the figures.
"""

import importlib.util
import json
import os
import subprocess
import sys
from statistics import median
from typing import Annotated

import typer

_FITS = {
    "torch": """
import torch
torch.set_num_threads(threads)
net = torch.nn.Sequential(torch.nn.Conv2d(1, 8, 3), torch.nn.ReLU(), torch.nn.MaxPool2d(2),
                          torch.nn.Flatten(), torch.nn.Linear(8 * 169, 10))
steps = torch.optim.SGD(net.parameters(), 0.01)
inputs, targets = torch.tensor(pixels).reshape(-1, 1, 28, 28), torch.tensor(labels)
def fit():
    for i in range(0, len(inputs), 64):
        steps.zero_grad()
        loss = torch.nn.functional.cross_entropy(net(inputs[i:i + 64]), targets[i:i + 64])
        loss.backward()
        steps.step()
""",
    "lightgbm": """
from lightgbm import LGBMClassifier
def fit():
    LGBMClassifier(n_estimators=2, n_jobs=threads, verbose=-1).fit(pixels, labels)
""",
    "sklearn": """
from sklearn.ensemble import HistGradientBoostingClassifier
def fit():
    HistGradientBoostingClassifier(max_iter=2, early_stopping=False).fit(pixels, labels)
""",
}
_TIMED = """
import json, time
import numpy as np
from sklearn.datasets import load_digits
digits = load_digits()
small = (digits.images / 16).astype("float32")
pixels = np.pad(np.kron(small, np.ones((1, 3, 3), "float32")), ((0, 0), (2, 2), (2, 2)))
pixels, labels = pixels.reshape(len(small), -1), digits.target.astype("int64")
threads = {threads}
{fit}
wall, processor = time.perf_counter(), time.process_time()
fit()
print(json.dumps([time.perf_counter() - wall, time.process_time() - processor]))
"""


def fit_seconds(library: str, threads: int, *, passive: bool) -> tuple[float, float]:
    """Return the wall and the processor time of a fit in a new process, in seconds."""
    variables = {"OMP_NUM_THREADS": str(threads)}
    kept = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
    if passive:
        variables["OMP_WAIT_POLICY"] = "PASSIVE"
    code = _TIMED.format(threads=threads, fit=_FITS[library])
    shown = subprocess.run(  # noqa: S603 - our own interpreter and code
        [sys.executable, "-c", code],
        env=kept | variables,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    wall, processor = json.loads(shown.stdout.splitlines()[-1])
    return wall, processor


def main(
    rounds: Annotated[int, typer.Option(help="Fits of each kind.", min=1)] = 5,
    threads: Annotated[int, typer.Option(help="Threads of a fit.", min=1)] = 2,
) -> None:
    """Print a row for each library and way of waiting: medians over the rounds."""
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    typer.echo(f"{threads} threads, {os.cpu_count()} processors{load}")
    for library in _FITS:
        if importlib.util.find_spec(library) is None:
            typer.echo(f"{library:10} is not installed")
            continue
        times: dict[bool, list[tuple[float, float]]] = {False: [], True: []}
        for _ in range(rounds):
            for passive, found in times.items():
                found.append(fit_seconds(library, threads, passive=passive))
        for passive, found in times.items():
            wall, processor = (median(column) for column in zip(*found, strict=True))
            how = "PASSIVE" if passive else "default"
            typer.echo(f"{library:10} {how:8} {wall:8.3f} s, processor {processor:8.3f} s")


if __name__ == "__main__":
    typer.run(main)
