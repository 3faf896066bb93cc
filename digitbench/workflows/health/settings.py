"""The config file, and the variables that steer what is run and measured."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from digitbench.report.diagnosis import Finding, Level
from digitbench.types import Environment

_THREAD_VARIABLES = {
    "MKL_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "TF_NUM_INTEROP_THREADS",
    "TF_NUM_INTRAOP_THREADS",
}
_PROXIES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")


def of_settings(
    config: Path | None,
    config_error: str | None,
    environment: Environment,
    variables: Mapping[str, str],
) -> Iterator[Finding]:
    """Tell where settings come from, and which variables steer what is measured.

    Args:
        config: the config file in use.
        config_error: what is wrong with it, in one line.
        environment: with the variables that steer numerics.
        variables: all environment variables.
    """
    if config_error is not None:
        yield Finding("settings", Level.FAULT, config_error, "mend it: every command stops there")
    else:
        yield Finding("settings", Level.OK, f"config file: {config or 'none'}")
    ours = {name: value for name, value in variables.items() if name.startswith("DIGITBENCH_")}
    if ours:
        named = ", ".join(f"{name}={_shown(value)}" for name, value in sorted(ours.items()))
        yield Finding("settings", Level.OK, named)
    for name, value in environment.variables.items():
        yield _variable(name, value)
    if proxies := [name for name in _PROXIES if variables.get(name)]:
        text = f"downloads go through a proxy ({', '.join(proxies)} set)"
        yield Finding("settings", Level.OK, text)


def _shown(value: str) -> str:
    """Write a variable's value, without the password that an address may have."""
    return re.sub(r"//[^/@]*@", "//***@", value)


def _variable(name: str, value: str) -> Finding:
    if name in _THREAD_VARIABLES:
        text = f"{name}={value}: workers get --threads instead; it counts for --engine inline alone"
        return Finding("settings", Level.OK, text)
    text = f"{name}={value} is set, which can change predictions and times"
    advice = "unset it unless it is meant; it is stored with every run"
    return Finding("settings", Level.WARNING, text, advice)
