"""What a stored run knows of itself: the plugin files and the data directory it was made with."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from digitbench.types import RunPlan
from digitbench.types.models import PYTHON_FAMILY


@dataclass(frozen=True)
class PluginFiles:
    """Plugin files that a stored run needs.

    Attributes:
        present: those that are there, each once: the ones given now first, as they are written.
        missing: those of the run that are gone.
    """

    present: tuple[Path, ...]
    missing: tuple[Path, ...]


def plugin_files_of(plan: RunPlan, given: Iterable[Path] = ()) -> PluginFiles:
    """Return the plugin files for a stored run: those given now, and those it was made with.

    Args:
        plan: what was run.
        given: files that the user names now.
    """
    # Runs made before files were recorded know those of their models, by the names as given.
    of_models = [
        Path(m.plugin)
        for m in plan.models
        if m.distribution is None and not m.name.startswith(f"{PYTHON_FAMILY}:")
    ]
    stored = [*map(Path, plan.plugin_files)] if plan.plugin_files else sorted(set(of_models))
    found: dict[Path, Path] = {}
    for file in (*given, *(file for file in stored if file.is_file())):
        found.setdefault(file.resolve(), file)
    missing = tuple(file for file in stored if not file.is_file())
    return PluginFiles(tuple(found.values()), missing)


def data_dir_of(plan: RunPlan, given: Path | None) -> Path | None:
    """Return the data directory for a stored run: the one given now, or else the run's own."""
    if given is not None or plan.data_dir is None:
        return given
    return Path(plan.data_dir)
