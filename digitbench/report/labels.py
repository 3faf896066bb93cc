"""Short labels: models are shown by what tells them apart within a run.

A label is a model in normal form, such as `sklearn:svm.LinearSVC[C=0.1]`, or whatever a user called
it. The full label stays the model's identity, in JSON and CSV, and where there is room.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rich.cells import cell_len

_NORMAL = re.compile(
    r"(?P<name>[^\s\[\],=]+)(\[(?P<options>[^\[\],=]+=[^\[\],]*(,[^\[\],=]+=[^\[\],]*)*)\])?"
)
"""A name with options, as `--models` writes it; any other label is left as it is."""
_WORD = re.compile(
    r"\[?(?:[A-Z]+[^A-Z\s._,/:\[=-]*|[^A-Z\s._,/:\[=-]+)[\s._,/:=-]*|\[?[\s._,/:=-]+|\["
)
"""A part of a label after which it may be broken: before a capital, after a mark or a space."""
_PATH = re.compile(r"[/\\]")
_ENOUGH = 20
"""A label of so many characters is short: its options are all kept."""
_OMITTED = "[\N{HORIZONTAL ELLIPSIS}]"
"""Stands for the options of a model that is the only one of its name."""


@dataclass(frozen=True)
class _Parts:
    """A label that is in normal form, taken apart."""

    label: str
    name: str
    options: tuple[str, ...]


def short_labels(labels: Iterable[str]) -> dict[str, str]:
    """Return a short label for each label of a run.

    A name loses its family and modules (`RidgeClassifier` for
    `sklearn:linear_model.RidgeClassifier`), unless two models would then share it. Options stand
    after a space (`knn k=3` for `knn[k=3]`); where that is long, those that all models of the name
    have in common are left out, and those of the only model of a name become `[…]`.

    The short labels of a run differ from each other, and none is the full label of another model.
    Which model is called what does not depend on the order.

    Args:
        labels: of all models of the run, each once.
    """
    full = sorted(set(labels))
    candidates = _candidates(full)
    level = dict.fromkeys(full, 0)
    while clashing := _clashing({label: candidates[label][level[label]] for label in full}):
        for label in clashing:
            level[label] += 1
    return {label: candidates[label][level[label]] for label in full}


def folded_label(label: str, width: int) -> str:
    """Break a label into lines of a width where its words end, `Decision-Tree` style names too.

    Args:
        label: a label, of one line.
        width: of a line, in columns; a word that is longer is broken inside.
    """
    lines = [""]
    for word in _WORD.findall(label):
        if lines[-1] and cell_len(lines[-1] + word) > width:
            lines.append("")
        lines[-1] += word
    return "\n".join(line.rstrip() for line in lines)


def _clashing(shown: Mapping[str, str]) -> list[str]:
    """Return the labels whose short one another model has, or is called in full."""
    counts = Counter(shown.values())
    return [
        label
        for label, short in shown.items()
        if short != label and (counts[short] > 1 or short in shown)
    ]


def _candidates(labels: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return for each label what it may be shown as, the shortest first, the label itself last."""
    parsed = [parts for label in labels if (parts := _parse(label))]
    of_name: dict[str, list[_Parts]] = defaultdict(list)
    for parts in parsed:
        of_name[parts.name].append(parts)
    found: dict[str, tuple[str, ...]] = {label: (label,) for label in labels}
    for name, models in of_name.items():
        written = [_options(models, whole=False), _options(models, whole=True)]
        for place, parts in enumerate(models):
            shorter = [f"{start}{options[place]}" for options in written for start in _names(name)]
            found[parts.label] = (*dict.fromkeys(shorter), parts.label)
    return found


def _parse(label: str) -> _Parts | None:
    match = _NORMAL.fullmatch(label)
    if match is None:
        return None
    options = match["options"]
    return _Parts(label, match["name"], tuple(options.split(",")) if options else ())


def _names(name: str) -> list[str]:
    """Return the spellings of a name, the shortest first: without modules, without its family."""
    member = name.partition(":")[2] or name
    last = _PATH.split(member)[-1]
    if last == member and (of_module := member.rpartition(".")[2])[:1].isupper():
        last = of_module
    return list(dict.fromkeys((last or member, member, name)))


def _options(models: Sequence[_Parts], *, whole: bool) -> list[str]:
    """Write the options of all models of one name, as they follow it.

    Args:
        models: the models of the name.
        whole: whether all options are written, however long that is.
    """
    texts = [_after_name(parts.options) for parts in models]
    longest = max(
        len(_names(parts.name)[0] + text) for parts, text in zip(models, texts, strict=True)
    )
    if whole or longest <= _ENOUGH:
        return texts
    if len(models) == 1:
        return [_OMITTED if models[0].options else ""]
    common = set.intersection(*(set(parts.options) for parts in models))
    return [_after_name([o for o in parts.options if o not in common]) for parts in models]


def _after_name(options: Sequence[str]) -> str:
    return f" {','.join(options)}" if options else ""
