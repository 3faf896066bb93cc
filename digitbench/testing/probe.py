"""What runs in the fresh process of a check: `python -m digitbench.testing.probe FOLDER`.

The order lies in the folder, and the answer is put there: as soon as the plugin is loaded, and
again at the end.
"""

import pickle
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter
from threadpoolctl import threadpool_limits

from digitbench.errors import EngineError
from digitbench.testing.data import writeable
from digitbench.testing.effort import Effort
from digitbench.testing.fresh import KEPT, FreshTrial, Order
from digitbench.testing.watch import WriteWatch
from digitbench.types import BuildContext, ModelSpec, Split, available_cpus

HEAVY = ("tensorflow", "keras", "torch", "jax", "sklearn", "sklearnex", "daal4py", "xgboost")
THREADS = 1
_ENOUGH_SECONDS = 0.5
_LONG_SECONDS = 5.0
_MOST_ROUNDS = 50
_MORE_LOOKS = 2


def main(folder: Path) -> None:
    """Carry out the order in a folder."""
    order = TypeAdapter(Order).validate_json((folder / "order.json").read_bytes())
    data = dict(np.load(folder / "data.npz"))
    before = set(sys.modules)
    watch = WriteWatch((*order.temporary, *order.origin.directories))
    host = order.origin.load()
    heavy = tuple(name for name in HEAVY if name in sys.modules.keys() - before)
    seen = FreshTrial(heavy)
    _answer(folder, replace(seen, error="it ended in the midst of a fit or a prediction"))
    offer = host.model(order.model)
    if offer is None:
        raise EngineError("; ".join(map(str, host.failures)) or "the plugin lacks the model")
    if order.action == "predict":
        classifier = pickle.loads((folder / "classifier.pickle").read_bytes())  # noqa: S301 - ours
        np.save(folder / "predictions.npy", classifier.predict(data["test_images"]))
        return
    if order.action == "kept":
        np.savez(folder / "predictions.npz", **_of_kept(offer.spec, order, folder / KEPT, data))
        return
    effort = _effort(offer.spec, order, data)
    _answer(folder, replace(seen, written=watch.written(), effort=effort))


def _of_kept(
    spec: ModelSpec, order: Order, directory: Path, data: dict[str, Any]
) -> dict[str, Any]:
    """Load a kept classifier and return what it predicts, with as many threads as it was fitted."""
    if spec.load is None:
        raise EngineError("the model has no load")
    options = spec.options.model_validate(order.options)
    classifier = spec.load(directory, options, BuildContext(order.seed))
    images = data["test_images"]
    with threadpool_limits(limits=available_cpus()):
        found = {"predictions": classifier.predict(images)}
        if predict_proba := getattr(classifier, "predict_proba", None):
            found["probabilities"] = predict_proba(images)
    return found


def _answer(folder: Path, seen: FreshTrial) -> None:
    (folder / "answer.json").write_bytes(TypeAdapter(FreshTrial).dump_json(seen))


def _effort(spec: ModelSpec, order: Order, data: dict[str, Any]) -> Effort:
    """Fit and predict with one thread until that took long enough to tell how many worked.

    The first round, in which libraries set themselves up, counts only if it takes long. What looks
    parallel is measured again: other processes can make it look so for a while.
    """
    train = writeable(Split(data["train_images"], data["train_labels"]))
    options = spec.options.model_validate(order.options)

    def take_round() -> Effort:
        classifier = spec.build(options, BuildContext(order.seed, THREADS))
        with threadpool_limits(limits=THREADS):
            start = Effort.now()
            classifier.fit(train, None)
            classifier.predict(data["test_images"])
            return Effort.now() - start

    effort = take_round()
    if effort.wall_seconds <= _LONG_SECONDS:
        effort = _take_rounds(take_round)
    for _ in range(_MORE_LOOKS):
        if not effort.is_parallel:
            break
        effort = _take_rounds(take_round)
    return effort


def _take_rounds(take_round: Callable[[], Effort]) -> Effort:
    total = take_round()
    for _ in range(_MOST_ROUNDS):
        if total.wall_seconds > _ENOUGH_SECONDS:
            break
        total += take_round()
    return total


if __name__ == "__main__":
    main(Path(sys.argv[1]))
