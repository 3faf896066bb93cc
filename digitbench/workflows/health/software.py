"""Python, the libraries and the plugins: whether they fit together, and whether they work."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from digitbench.distributions import OWN_NAME, other_own_distributions, own_distribution, place_of
from digitbench.plugins import PluginHost
from digitbench.report.diagnosis import Finding, Level
from digitbench.types import Environment

FRAMEWORKS = {
    "numpy": "import numpy, scipy.linalg, scipy.stats; devices = []",
    "scikit-learn": "import sklearn.svm, sklearn.neighbors; devices = []",
    "tensorflow": (
        "import tensorflow; devices = [d.name for d in tensorflow.config.list_physical_devices()]"
    ),
}
"""Libraries that are tried, each with code that leaves the devices it sees in `devices`."""
FRAMEWORK_TIMEOUT_SECONDS = 90.0


def of_versions(environment: Environment) -> Iterator[Finding]:
    """Tell the versions, and which requirements of digitbench, direct or not, are not met."""
    yield Finding("software", Level.OK, f"Python {environment.python} ({sys.executable})")
    versions = ", ".join(f"{name} {found}" for name, found in environment.versions.items())
    yield Finding("software", Level.OK, versions)
    waiting = [OWN_NAME]
    for by in waiting:
        for requirement in _requirements(by):
            found = _version(requirement.name)
            if found is None or not requirement.specifier.contains(found, prereleases=True):
                needed = f"{requirement.name}{requirement.specifier}"
                have = f"{requirement.name} {found}" if found else f"no {requirement.name}"
                text = f"there is {have}, and {by} needs {needed}"
                yield Finding("software", Level.FAULT, text, f'pip install "{needed}"')
            elif requirement.name.lower() not in waiting:
                waiting.append(requirement.name.lower())


def of_framework(
    name: str, timeout_seconds: float = FRAMEWORK_TIMEOUT_SECONDS
) -> tuple[Finding, tuple[str, ...]]:
    """Import a library in a process of its own, which is ended if it hangs.

    Returns:
        Whether it works, and the devices that it sees.
    """
    try:
        devices = _devices(FRAMEWORKS[name], timeout_seconds)
    except RuntimeError as error:
        text = f"{name} does not work: {error}"
        advice = f"pip install --force-reinstall {name}"
        return Finding("software", Level.FAULT, text, advice), ()
    return Finding("software", Level.OK, f"{name} can be imported"), devices


def of_plugins(host: PluginHost) -> Iterator[Finding]:
    """Tell which plugins are loaded, why others are not, and what other installations left."""
    named = ", ".join(map(str, host.plugins)) or "none"
    yield Finding("plugins", Level.OK, f"{len(host.plugins)} loaded: {named}")
    if host.disabled:
        left_out = ", ".join(map(str, host.disabled))
        yield Finding("plugins", Level.OK, f"left out by DIGITBENCH_DISABLE_PLUGINS: {left_out}")
    for place in map(place_of, other_own_distributions()):
        text = f"{place} is what another installation of digitbench has left"
        advice = "remove it: tools that read versions may take it for this one"
        yield Finding("plugins", Level.WARNING, text, advice)
    for failure in host.failures:
        if failure.plugin.name == OWN_NAME:  # nothing can be run
            advice = "install digitbench again, or remove the directory that is named"
            yield Finding("plugins", Level.FAULT, failure.reason, advice)
        else:
            advice = "update it, or tell the plugin's author"
            yield Finding("plugins", Level.WARNING, str(failure), advice)


def _devices(code: str, timeout_seconds: float) -> tuple[str, ...]:
    """Run code in a process of its own and return the devices that it found.

    Raises:
        RuntimeError: it failed, with the reason in one line.
    """
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder, "devices.json")  # on stdout anybody may print
        code = f"import json, sys; {code}; json.dump(devices, open(sys.argv[1], 'w'))"
        try:
            ended = subprocess.run(  # noqa: S603 (our own interpreter and code)
                [sys.executable, "-c", code, str(answer)],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=timeout_seconds,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise RuntimeError(f"importing it takes more than {timeout_seconds:g} s") from error
        if ended.returncode or not answer.exists():
            said = ended.stderr.strip().splitlines() or [f"exit code {ended.returncode}"]
            raise RuntimeError(said[-1])
        return tuple(json.loads(answer.read_bytes()))


def _requirements(distribution: str) -> Iterator[Requirement]:
    """Yield what a distribution needs here, extras left out, as its metadata say."""
    own = own_distribution() if distribution == OWN_NAME else None
    for text in (requires(distribution) if own is None else own.requires) or ():
        try:
            requirement = Requirement(text)
        except InvalidRequirement:  # a stranger's, which pip would refuse too
            continue
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield requirement


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except (PackageNotFoundError, KeyError):  # KeyError: its metadata lack the version
        return None
