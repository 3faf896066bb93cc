"""How a trial's seed and threads reach an estimator with scikit-learn's interface.

Libraries call the same parameter by different names, and some write to the terminal or the
working directory unless they are told not to.
"""

import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

_SEED_NAMES = ("random_state", "random_seed", "seed")
_THREAD_NAMES = ("n_jobs", "thread_count", "num_threads", "nthread")

_QUIET: Mapping[str, Mapping[str, object]] = MappingProxyType(
    {
        "lightgbm": {"verbose": -1},
        "catboost": {"verbose": False, "allow_writing_files": False},
    }
)
"""What keeps a library off the terminal and the working directory, by its package."""

_ALSO_VERBOSE = frozenset({"logging_level", "silent", "verbose_eval"})
"""Other names of `verbose`; catboost refuses more than one of them."""


@dataclass(frozen=True)
class TrialArguments:
    """The arguments of an estimator's constructor that the trial decides, not the user.

    Attributes:
        seed: name of the parameter that takes the trial's seed; None if there is none.
        threads: name of the parameter that takes the number of threads; None if there is none.
        quiet: arguments that keep the library from writing to the terminal or to files.
        decided: every parameter that is not for the user: those above, and other names of them.
    """

    seed: str | None = None
    threads: str | None = None
    quiet: Mapping[str, object] = field(default_factory=dict)
    decided: frozenset[str] = frozenset()

    def values(self, seed: int, threads: int) -> dict[str, object]:
        """Return the arguments for a trial."""
        given = dict(self.quiet)
        if self.seed is not None:
            given[self.seed] = seed
        if self.threads is not None:
            given[self.threads] = threads
        return given


def constructor_defaults(estimator: Any) -> dict[str, Any]:
    """Return the parameters of an estimator's constructor with their defaults, as written there.

    Some libraries tell of a parameter by `get_params` alone, others by the signature alone.

    Args:
        estimator: made without arguments.
    """
    written = inspect.signature(type(estimator)).parameters.values()
    defaults = {
        parameter.name: parameter.default
        for parameter in written
        if parameter.kind in {parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY}
    }
    return defaults | dict(estimator.get_params(deep=False))


def required_arguments(kind: type) -> list[str]:
    """Return the parameters that a class cannot be made without."""
    try:
        written = inspect.signature(kind).parameters.values()
    except ValueError:  # a class in C that does not tell
        return []
    variable = {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}
    return [p.name for p in written if p.default is p.empty and p.kind not in variable]


def trial_arguments(kind: type, parameters: Mapping[str, Any]) -> TrialArguments:
    """Find which parameters of an estimator take the trial's seed and threads.

    Args:
        kind: the estimator's class.
        parameters: those of its constructor, by name.
    """
    quiet = _QUIET.get(kind.__module__.partition(".")[0], {})
    names = {*_SEED_NAMES, *_THREAD_NAMES, *quiet, *(_ALSO_VERBOSE if quiet else ())}
    threads = next((name for name in _THREAD_NAMES if name in parameters), None)
    return TrialArguments(
        seed=next((name for name in _SEED_NAMES if name in parameters), None),
        threads=None if threads is None or _is_deprecated(kind, threads) else threads,
        quiet=quiet,
        decided=frozenset(names & parameters.keys()),
    )


def _is_deprecated(kind: type, parameter: str) -> bool:
    """Tell whether the docstring, in numpydoc's style, calls a parameter deprecated."""
    text = inspect.cleandoc(kind.__doc__ or "")
    entry = re.search(rf"^{parameter} :[^\n]*\n((?:[ \t][^\n]*\n|\n)*)", text, re.MULTILINE)
    return entry is not None and ".. deprecated::" in entry[1]
