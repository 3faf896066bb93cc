"""Models that can be kept, some of which do it wrong; all predict by the nearest class mean."""

import os
import pickle
from pathlib import Path

import numpy as np

from digitbench import (
    BuildContext,
    KeptModelError,
    ModelOptions,
    ModelSpec,
    UsageError,
    hookimpl,
    load_arrays,
    save_arrays,
)


class Options(ModelOptions):
    """Options of all of them."""

    noise: float = 0.0


class Means:
    """Predicts the class whose mean training image is nearest."""

    def __init__(self, options: Options, context: BuildContext) -> None:
        self.options = options
        self.context = context

    def fit(self, train, validation):
        rng = np.random.default_rng(self.context.seed)
        flat = train.images.reshape(len(train), -1) / 255.0
        means = np.stack([flat[train.labels == digit].mean(axis=0) for digit in range(10)])
        self.means = means + rng.normal(0, self.options.noise, means.shape)

    def predict_proba(self, images):
        flat = images.reshape(len(images), 784) / 255.0
        scores = -((flat[:, None, :] - self.means) ** 2).sum(axis=2)
        exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
        return (exponentials / exponentials.sum(axis=1, keepdims=True)).astype(np.float32)

    def predict(self, images):
        return self.predict_proba(images).argmax(axis=1)


class Kept(Means):
    """Saves its means."""

    def save(self, directory: Path) -> None:
        save_arrays(directory / "means.safetensors", {"means": self.means})


class Labels:
    """Predicts as another one, without probabilities."""

    def __init__(self, kept):
        self.predict = kept.predict


def load(directory: Path, options: Options, context: BuildContext) -> Kept:
    found = Kept(options, context)
    found.means = load_arrays(directory / "means.safetensors").get("means")
    if found.means is None or found.means.shape != (10, 784):
        raise KeptModelError("these are not the means of ten classes")
    return found


class Wrong(Kept):
    """Saves itself as its name says."""

    def save(self, directory: Path) -> None:
        super().save(directory)
        getattr(self, f"_{self.options.how}")(directory)

    def _raises(self, directory: Path) -> None:
        raise RuntimeError("no pen")

    def _refuses(self, directory: Path) -> None:
        raise UsageError("not today")

    def _declines(self, directory: Path) -> None:
        raise KeptModelError("too odd")

    def _exits(self, directory: Path) -> None:
        raise SystemExit(3)

    def _nothing(self, directory: Path) -> None:
        (directory / "means.safetensors").unlink()

    def _large(self, directory: Path) -> None:
        with (directory / "large").open("wb") as file:
            file.truncate(64_000_001)

    def _many(self, directory: Path) -> None:
        for number in range(101):
            (directory / str(number)).touch()

    def _folder(self, directory: Path) -> None:
        (directory / "folder").mkdir()

    def _link(self, directory: Path) -> None:
        (directory / "link").symlink_to("means.safetensors")

    def _pipe(self, directory: Path) -> None:
        os.mkfifo(directory / "pipe")

    def _name(self, directory: Path) -> None:
        (directory / "two words").touch()

    def _pickle(self, directory: Path) -> None:
        (directory / "state.bin").write_bytes(pickle.dumps(self.options))

    def _grows(self, directory: Path) -> None:
        self.saved = getattr(self, "saved", 0) + 1
        (directory / f"copy-{self.saved}").touch()

    def _moves(self, directory: Path) -> None:
        os.chdir("/")


class WrongOptions(Options):
    """Options of `saves-wrong`."""

    how: str = "raises"


@hookimpl
def digitbench_models():
    def unloaded(directory, options, context):
        raise RuntimeError("no eyes")

    def written(directory, options, context):
        (directory / "cache").touch()
        return load(directory, options, context)

    def forgotten(directory, options, context):
        return Labels(load(directory, options, context))

    return [
        ModelSpec("keepable", "Kept and loaded", Kept, Options, load=load),
        ModelSpec("no-load", "Has no load", Kept, Options),
        ModelSpec("no-save", "Has no save", Means, Options, load=load),
        ModelSpec("saves-wrong", "Saves wrongly", Wrong, WrongOptions, load=load),
        ModelSpec("load-raises", "Cannot be loaded", Kept, Options, load=unloaded),
        ModelSpec("load-writes", "Writes when loaded", Kept, Options, load=written),
        ModelSpec("load-forgets", "Loads labels alone", Kept, Options, load=forgotten),
    ]
