"""The grammar of `--test-sets`, as text and as requests.

Items are separated by commas; an item is a name, what follows it after a colon where a set takes
that, and options in brackets: `fresh,corruptions[severity=3],pictures:my-digits`. A path that has
commas, brackets or quotes stands in quotes: `pictures:"digits, 2026"`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

from digitbench.errors import UsageError
from digitbench.runner.model_requests import parse_options
from digitbench.types import PlannedTestSet
from digitbench.types.plain import plain_text

_ITEM = re.compile(
    r"\s*(?P<name>[^\s\[\],=:]+)\s*"
    r"(?::\s*(?P<argument>\"[^\"]+\"|'[^']+'|[^,\[\]\"']*[^\s,\[\]\"'])\s*)?"
    r"(?:\[(?P<options>[^\[\]]*)\]\s*)?(?:,|$)"
)
_QUOTED = re.compile(r"[,\[\]\"']")
_EXAMPLE = '"fresh,corruptions[severity=3],pictures:DIR"'


@dataclass(frozen=True)
class SetRequest:
    """One item of `--test-sets`.

    Attributes:
        name: the set's name, or a data set's.
        options: values by option; text, or as a run keeps them.
        argument: what follows the name and a colon; None if nothing does.
        label: what the set is called; None for the set in normal form.
    """

    name: str
    options: Mapping[str, object] = field(default_factory=dict)
    argument: str | None = None
    label: str | None = None

    @classmethod
    def stored(cls, row: PlannedTestSet) -> Self:
        """Return a request for the very set of a stored plan."""
        return cls(row.name, row.options, row.argument, row.label)

    def __str__(self) -> str:
        """Write it as `--test-sets` takes it."""
        options = ",".join(f"{name}={value}" for name, value in self.options.items())
        return f"{self.called}[{options}]" if options else self.called

    def below(self, directory: Path) -> Self:
        """Return the same with what follows the colon in a directory, if there is such a file.

        In the working directory it stays as it is, and so means the same on another machine.
        """
        if self.argument is None or directory in {Path(), Path.cwd()}:
            return self
        path = directory / self.argument
        try:
            return replace(self, argument=str(path)) if path.exists() else self
        except OSError:  # it is no path, such as one that is too long
            return self

    @property
    def called(self) -> str:
        """The name with what follows the colon, as `--test-sets` takes them."""
        if self.argument is None:
            return self.name
        mark = "'" if '"' in self.argument else '"'
        quoted = f"{mark}{self.argument}{mark}" if _QUOTED.search(self.argument) else self.argument
        return f"{self.name}:{quoted}"


def parse_test_sets(text: str) -> tuple[SetRequest, ...]:
    """Parse the value of `--test-sets`; nothing stands for no test set.

    Raises:
        UsageError: the text is not of the grammar; the message points at the place.
    """
    if plain_text(text) != text:
        raise UsageError("--test-sets holds characters that are not Unicode: write it in UTF-8")
    requests = []
    position = 0
    while text[position:].strip():
        match = _ITEM.match(text, position)
        if match is None:
            raise UsageError(
                f"cannot read --test-sets at '{text[position:].strip()}': write names with "
                f"options in brackets, such as {_EXAMPLE}"
            )
        argument = match["argument"]
        if argument is not None and argument[0] in "\"'":
            argument = argument[1:-1]
        requests.append(SetRequest(match["name"], parse_options(match), argument))
        position = match.end()
    if text.rstrip().endswith(","):
        raise UsageError(f"--test-sets '{text}' lacks a name: separate names by single commas")
    return tuple(requests)


def sets_text(value: object, directory: Path = Path()) -> str:
    """Write test sets as `--test-sets` takes them.

    Args:
        value: a text, or a list of texts.
        directory: where relative paths are taken from.

    Raises:
        ValueError: it is neither.
        UsageError: a text is not of the grammar.
    """
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list | tuple) or not all(isinstance(text, str) for text in texts):
        raise ValueError("write a string, or a list of strings")
    requests = [request for text in texts for request in parse_test_sets(text)]
    return ",".join(str(request.below(directory)) for request in requests)


def requests_of_sets(rows: Iterable[PlannedTestSet]) -> tuple[SetRequest, ...]:
    """Return requests for the very sets of a plan."""
    return tuple(map(SetRequest.stored, rows))
