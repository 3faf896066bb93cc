"""The models of a run that are chosen otherwise than by the text of `--models`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Self

from digitbench.errors import UsageError
from digitbench.python_models import packed, python_arguments, python_model
from digitbench.runner.model_requests import ModelRequest, parse_models, requests_of
from digitbench.types import RunPlan
from digitbench.types.models import PYTHON_FAMILY, is_python

Models = str | Sequence[str] | Mapping[str, object]
"""Models as Python takes them; see `ChosenModels.of`."""


@dataclass(frozen=True)
class ChosenModels:
    """The rows of a run, and the Python objects that some of them are.

    Attributes:
        requests: the rows.
        objects: what `digitbench.python_models.python_model` makes models of, by label.
    """

    requests: tuple[ModelRequest, ...]
    objects: Mapping[str, object] = field(default_factory=dict)

    @classmethod
    def of(cls, models: Models) -> Self:
        """Read what `digitbench.run` takes.

        Args:
            models: the text of `--models`, or several; or values by label, each the text of one
                model or a Python object.

        Raises:
            UsageError: a text is not of the grammar, or no model can be made of a value.
        """
        if isinstance(models, str):
            return cls(parse_models(models))
        if isinstance(models, list | tuple) and all(isinstance(text, str) for text in models):
            return cls(tuple(request for text in models for request in parse_models(text)))
        if not isinstance(models, Mapping) or not models:
            raise UsageError('models: give a text such as "softmax,cnn", or a dict of models')
        objects = {label: value for label, value in models.items() if not isinstance(value, str)}
        requests = [
            _of_text(label, value) if isinstance(value, str) else _of_object(label, value)
            for label, value in models.items()
        ]
        return cls(tuple(requests), objects)

    @classmethod
    def stored(
        cls,
        plan: RunPlan,
        objects: Mapping[str, object] = MappingProxyType({}),
        models: Mapping[str, object] | None = None,
    ) -> Self:
        """Return the rows of a stored plan, with what is given of them now, and new ones after it.

        Args:
            plan: what was run.
            objects: Python objects that are known from before.
            models: what is given now, as `of` takes it.
        """
        labels = {row.label for row in plan.models}
        python = {row.label for row in plan.models if is_python(row.name)}
        known = {label: value for label, value in objects.items() if label in python}
        given = cls.of({**known, **(models or {})}) if known or models else cls(())
        by_label = {request.label: request for request in given.requests}
        rows = [by_label.get(request.label, request) for request in requests_of(plan)]
        new = [request for request in given.requests if request.label not in labels]
        return cls((*rows, *new), given.objects)

    def packed(self) -> dict[str, bytes]:
        """Return the objects as bytes for worker processes.

        Raises:
            UsageError: one cannot leave this process.
        """
        return {label: packed(label, value) for label, value in self.objects.items()}


def _of_text(label: str, text: str) -> ModelRequest:
    (request, *others) = parse_models(text)
    if others or request.name == "all":
        raise UsageError(f"'{_label(label)}' names several models: give each a name of its own")
    if request.label is not None:
        raise UsageError(
            f"'{_label(label)}' names a model that is called {request.label} too: leave that out"
        )
    return ModelRequest(request.name, request.options, _label(label))


def _of_object(label: str, value: object) -> ModelRequest:
    name = _label(label)
    python_model(name, value)  # says what is wrong with the value
    return ModelRequest(f"{PYTHON_FAMILY}:{name}", python_arguments(value), name)


def _label(label: object) -> str:
    if not isinstance(label, str) or not label.strip() or not label.isprintable():
        raise UsageError(f"models: {label!r} is no name: name each model by a text of one line")
    return label
