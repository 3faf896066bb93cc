"""The grammar of `--models`, as text and as requests.

Items are separated by commas; an item is `all`, a name, or a name with options in brackets, such as
`softmax,knn[k=1],knn[k=3,weights=distance]`. The name of a member of a family has a colon:
`sklearn:ensemble.ExtraTreesClassifier[n_estimators=200]`. A label of the user's stands before an
item: `big=cnn[filters=32/64/64]`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from digitbench.errors import UsageError
from digitbench.types import PlannedModel, RunPlan
from digitbench.types.labels import is_plain_label
from digitbench.types.plain import plain_text

ALL_MODELS = "all"

_ITEM = re.compile(
    r"\s*(?:(?P<label>[^\s\[\],=]+)\s*=\s*)?"
    r"(?P<name>[^\s\[\],=]+)\s*(?:\[(?P<options>[^\[\]]*)\]\s*)?(?:,|$)"
)
_RESERVED = (ALL_MODELS, "latest")
"""Labels that would mean something else where a model or a run is named."""


@dataclass(frozen=True)
class ModelRequest:
    """One item of `--models`: a name and the options given with it.

    Attributes:
        name: the model's name.
        options: values by option; text, or as a run keeps them.
        label: what the row is called; None for the model in normal form.
        row: the row of a stored run that is asked for again; None for a new one.
    """

    name: str
    options: Mapping[str, object] = field(default_factory=dict)
    label: str | None = None
    row: PlannedModel | None = None

    def __str__(self) -> str:
        """Write it as `--models` takes it."""
        options = ",".join(f"{name}={value}" for name, value in self.options.items())
        model = f"{self.name}[{options}]" if options else self.name
        return model if self.label is None else f"{self.label}={model}"

    @property
    def called(self) -> str:
        """What the row is called, but for the order and form of its options."""
        return str(self) if self.label is None else self.label


def parse_models(text: str, source: str = "--models") -> tuple[ModelRequest, ...]:
    """Parse the value of `--models`, or of another option with the same grammar.

    Args:
        text: the value.
        source: the option, for messages.

    Raises:
        UsageError: the text is not of the grammar; the message points at the place.
    """
    if plain_text(text) != text:
        raise UsageError(f"{source} holds characters that are not Unicode: write it in UTF-8")
    requests = []
    position = 0
    while position < len(text):
        match = _ITEM.match(text, position)
        if match is None:
            raise UsageError(
                f"cannot read {source} at '{text[position:].strip()}': "
                'write names with options in brackets, such as "softmax,knn[k=3]"'
            )
        label = match["label"]
        if label is not None:
            _check_label(label, match["name"], source)
        requests.append(ModelRequest(match["name"], parse_options(match), label))
        position = match.end()
    if not requests or text.rstrip().endswith(","):
        raise UsageError(f"{source} '{text}' lacks a name: separate names by single commas")
    return tuple(requests)


def requests_of(plan: RunPlan) -> tuple[ModelRequest, ...]:
    """Return requests for the very rows of a plan."""
    return tuple(ModelRequest(row.name, row.options, row.label, row) for row in plan.models)


def parse_options(match: re.Match[str]) -> dict[str, str]:
    """Return the options of an item.

    Args:
        match: an item, with the groups `name` and `options`.

    Raises:
        UsageError: they are not of the grammar.
    """
    options: dict[str, str] = {}
    text = match["options"]
    if text is None:
        return options
    for part in text.split(","):
        key, equals, value = (piece.strip() for piece in part.partition("="))
        if not key or not equals or not value:
            several = ", and several values as a/b" if options and not equals else ""
            raise UsageError(
                f"cannot read the options of '{match[0].strip(' ,')}': "
                f"write {match['name']}[option=value]{several}"
            )
        if key in options:
            raise UsageError(f"option '{key}' is given twice in '{match[0].strip(' ,')}'")
        options[key] = value
    return options


def _check_label(label: str, name: str, source: str) -> None:
    """Refuse a label that could not be named again.

    Raises:
        UsageError: it cannot.
    """
    if name == ALL_MODELS:
        raise UsageError(f"{source}: '{label}' is to be one model, and all are many: name one")
    if label in _RESERVED:
        raise UsageError(f"{source}: no model can be called '{label}', which has another meaning")
    if not is_plain_label(label):
        raise UsageError(
            f"{source}: no model can be called '{label}': take letters, digits and . _ + -, "
            "beginning with a letter or digit"
        )
