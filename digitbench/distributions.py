"""Finds the installed distributions that have plugins, and digitbench's own among them.

`importlib.metadata` takes the first distribution of a name on the path, and fails as a whole where
the metadata of one are damaged. A directory `digitbench-0.0.9.dist-info` that an upgrade has left
behind would hide all of digitbench's models. So the distribution of the digitbench that is running
is looked for among all that have the name, and each distribution is read by itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, EntryPoint, distributions
from pathlib import Path

import digitbench
from digitbench.errors import ContractError, PluginError
from digitbench.foreign import foreign_code

ENTRY_POINT_GROUP = "digitbench"
OWN_NAME = "digitbench"


@dataclass(frozen=True)
class PluginDistribution:
    """An installed distribution that has plugins.

    Attributes:
        name: the distribution's name; where its metadata are if they do not tell.
        version: its version; None if they do not tell.
        entry_points: those of its plugins, by name.
        fault: why they cannot be used, in one line; None if they can.
    """

    name: str
    version: str | None
    entry_points: tuple[EntryPoint, ...] = ()
    fault: str | None = None


def plugin_distributions() -> list[PluginDistribution]:
    """Return the distributions that have plugins.

    Of several with one name the first on the path counts, as everywhere in Python; but of
    digitbench, the one that is running.
    """
    own = own_distribution()
    found = [] if own is None else list(_read(own))
    seen = {OWN_NAME}
    for distribution in distributions():
        for other in _read(distribution):
            if other.name not in seen:
                seen.add(other.name)
                found.append(other)
    return found


def own_distribution() -> Distribution | None:
    """Return the distribution of the digitbench that is running; None if it is not installed."""
    candidates = [each for each in own_distributions() if _has_plugins(each)]
    package = Path(digitbench.__file__)
    for candidate in candidates:
        if _is_at(candidate, package):
            return candidate
    for candidate in candidates:  # an editable installation lies elsewhere than its metadata
        if _version(candidate) == digitbench.__version__:
            return candidate
    return candidates[0] if candidates else None


def own_distributions() -> list[Distribution]:
    """Return all distributions that are called digitbench, the first on the path first."""
    return list(distributions(name=OWN_NAME))


def other_own_distributions() -> list[Distribution]:
    """Return the distributions called digitbench but for the one that is running."""
    own = own_distribution()
    used = None if own is None else place_of(own)
    return [each for each in own_distributions() if place_of(each) != used]


def own_fault() -> str:
    """Say why digitbench's own plugins are not found, in one line."""
    places = ", ".join(place_of(each) for each in own_distributions())
    if not places:
        return (
            "digitbench's own models and data sets are missing, because it is not installed but "
            f"only found in {Path(digitbench.__file__).parents[1]}: install it there with pip"
        )
    return (
        f"digitbench's own models and data sets are missing, because the metadata in {places} "
        "name no plugins: remove what is stale there, or install digitbench again"
    )


def place_of(distribution: Distribution) -> str:
    """Return where the metadata of a distribution lie."""
    return str(getattr(distribution, "_path", None) or distribution.locate_file(""))


def _read(distribution: Distribution) -> Iterator[PluginDistribution]:
    """Yield what a distribution has of plugins, if it has any, or what is wrong with it."""
    if not _has_plugins(distribution):
        return
    name, version = place_of(distribution), None
    try:
        with foreign_code():
            metadata = distribution.metadata
            name = metadata["Name"] or name
            if "Version" not in metadata or not metadata["Version"]:
                raise ContractError("it has no version")
            version = metadata["Version"]
            entry_points = distribution.entry_points.select(group=ENTRY_POINT_GROUP)
            chosen = tuple(sorted(entry_points, key=lambda entry_point: entry_point.name))
    except (ContractError, PluginError) as error:
        fault = f"the metadata in {place_of(distribution)} are damaged ({error}): install it again"
        yield PluginDistribution(name, version, fault=fault)
        return
    if chosen:
        yield PluginDistribution(name, version, chosen)


def _has_plugins(distribution: Distribution) -> bool:
    """Tell whether the entry points, read as text, name the group; most have not."""
    try:
        text = distribution.read_text("entry_points.txt") or ""
    except Exception:  # not text: none of ours, as far as anybody can tell
        return False
    return f"[{ENTRY_POINT_GROUP}]" in text


def _version(distribution: Distribution) -> str | None:
    try:
        with foreign_code():
            return distribution.version or None
    except PluginError:
        return None


def _is_at(distribution: Distribution, package: Path) -> bool:
    """Tell whether a package lies where a distribution was installed."""
    try:
        return Path(str(distribution.locate_file("digitbench/__init__.py"))).samefile(package)
    except OSError:
        return False
