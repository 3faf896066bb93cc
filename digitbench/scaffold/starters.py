"""The models that a new package can begin with."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType

from digitbench.errors import UsageError

_ALWAYS = ("digitbench>=0.1", "numpy>=2.0", "pydantic>=2.11")


@dataclass(frozen=True)
class Starter:
    """A model to begin with: a directory of templates, and what to fill into them.

    Attributes:
        template: name of the directory below `digitbench/scaffold/templates`.
        about: what the model is, as the end of a sentence.
        dependencies: what the package needs beside digitbench and NumPy.
        untyped: packages that mypy is to pass over.
        test_options: options under which the model learns from a few hundred images in seconds.
        test_accuracy: fraction of the small data set's test images it then gets right, at least.
        values: more to fill in.
    """

    template: str
    about: str
    dependencies: tuple[str, ...] = ()
    untyped: tuple[str, ...] = ()
    test_options: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    test_accuracy: float = 0.85
    values: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))

    def variables(self) -> dict[str, object]:
        """Return all that the templates name, but for the package's own names."""
        return {
            "about": self.about,
            "dependencies": sorted((*_ALWAYS, *self.dependencies)),
            "untyped": self.untyped,
            "test_options": json.dumps(dict(self.test_options)) if self.test_options else "",
            "test_arguments": ", ".join(f"{n}={value!r}" for n, value in self.test_options.items()),
            "test_accuracy": self.test_accuracy,
            **self.values,
        }


STARTERS: Mapping[str, Starter] = MappingProxyType(
    {
        starter.template: starter
        for starter in (
            Starter("numpy", "least squares on random features, in NumPy alone"),
            Starter(
                "sklearn",
                "a pipeline of scikit-learn, ridge regression on random Fourier features",
                ("scikit-learn>=1.7",),
                ("sklearn",),
            ),
            Starter(
                "keras",
                "a small convolutional network in Keras",
                ("keras>=3.10", "tensorflow>=2.20"),
                ("keras",),
                MappingProxyType({"epochs": 5}),
            ),
            Starter(
                "torch",
                "a small convolutional network in PyTorch",
                ("torch>=2.6",),
                ("torch",),
                MappingProxyType({"epochs": 5}),
            ),
        )
    }
)
"""The starters that `--template` names."""


def find_starter(name: str) -> Starter:
    """Return the starter of a name.

    Raises:
        UsageError: there is none.
    """
    if name not in STARTERS:
        near = get_close_matches(name, STARTERS)
        hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(STARTERS)}"
        raise UsageError(f"there is no template '{name}'; {hint}")
    return STARTERS[name]
