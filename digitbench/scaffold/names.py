"""What a new plugin is called: as a model, a distribution, a Python package and a directory."""

import re
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from typing import Self

from digitbench.errors import UsageError
from digitbench.plugin_validation import RESERVED_NAMES
from digitbench.plugins import PluginHost

_PREFIX = "digitbench-"
_PARTS = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")
_MAX_LENGTH = 40
"""So that no line of the package gets longer than its own settings allow."""


@dataclass(frozen=True)
class PackageNames:
    """The names of a new package.

    Attributes:
        model: what `--models` takes.
    """

    model: str

    @classmethod
    def for_model(cls, model: str, host: PluginHost) -> Self:
        """Return the names for a model; one that begins with `digitbench-` loses that.

        Args:
            model: as the user gives it.
            host: the plugins there are, whose names are taken.

        Raises:
            UsageError: it is no name for a model and a package, or it is taken.
        """
        names = cls(model.removeprefix(_PREFIX))
        model = names.model
        if not _PARTS.fullmatch(model) or len(model) > _MAX_LENGTH:
            raise UsageError(
                f"'{model}' is no name for a model: use at most {_MAX_LENGTH} lower-case letters "
                "and digits, a letter first, with single dashes between words"
            )
        if model in RESERVED_NAMES:
            raise UsageError(f"the name '{model}' is reserved: choose another name")
        if model in host.models:
            raise UsageError(
                f"there is a model '{model}' already, of the plugin {host.models[model].plugin}: "
                "choose another name"
            )
        if find_spec(names.package) is not None or _is_installed(names.distribution):
            raise UsageError(f"{names.distribution} is installed already: choose another name")
        return names

    @property
    def distribution(self) -> str:
        """What `pip install` takes, and the name of the directory."""
        return _PREFIX + self.model.replace("_", "-")

    @property
    def package(self) -> str:
        """What `import` takes."""
        return self.distribution.replace("-", "_")


def _is_installed(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True
