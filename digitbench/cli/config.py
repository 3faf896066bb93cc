"""The config file of a command: which one it is, and its settings as the options' defaults.

They become click's `default_map`, so that click itself lets the command line and the environment
variables go before them.
"""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from digitbench.cli.help import path_given
from digitbench.errors import UsageError

if TYPE_CHECKING:
    from digitbench.workflows.config_file import GateTable
    from digitbench.workflows.messages import Messages

_GATES = "digitbench.gates"
CONFIG_FILE = Path("digitbench.toml")
PROJECT_FILE = Path("pyproject.toml")


def apply_config(context: typer.Context, given: Path | None) -> Path | None:
    """Make the settings of the config file the defaults of a command's options.

    Args:
        context: of the command.
        given: the file that `--config` or `DIGITBENCH_CONFIG` names, if any.

    Returns:
        The file; None if there is none, or none of its settings is for this command.

    Raises:
        UsageError: the file cannot be read, or is not TOML, or a setting is unknown or wrong.
    """
    if context.resilient_parsing:  # the shell completes a word: nothing is run
        return None
    file = None if given is None else path_given(context, "config", given)
    file = file or _find_file()
    if file is None:
        return None
    from digitbench.cli.tables import read_table
    from digitbench.workflows.config_file import check_settings

    table = read_table(file)
    if table is None:
        raise UsageError(f"{file} has no table [tool.digitbench]")
    options = {parameter.name for parameter in context.command.get_params(context)}
    settings = check_settings(table, file)
    if (gates := settings.pop("gates", None)) and context.command.name == "check":
        context.meta[_GATES] = gates
    used = {name: value for name, value in settings.items() if name in options}
    context.default_map = {**(context.default_map or {}), **used}
    return file if used or _GATES in context.meta else None


def gate_table(context: typer.Context) -> "GateTable | None":
    """Return the table `gates` of the config file of `digitbench check`, if there is one."""
    table: GateTable | None = context.meta.get(_GATES)
    return table


def tell_config(config: Path | None, messages: "Messages") -> None:
    """Say which file a command has settings from, and which one stood back, if any."""
    if config is None:
        return
    text = f"settings from {config}"
    if config == CONFIG_FILE and _has_settings(PROJECT_FILE):
        text += f"; those in {PROJECT_FILE} are not used"
    messages.info(text)


def found_table(given: Path | None) -> tuple[Path, dict[str, Any]]:
    """Return the config file that a command would use, and its settings, unchecked.

    Args:
        given: the file that is named, if one is.

    Raises:
        UsageError: the file cannot be read.
    """
    file = given or _find_file()
    if file is None:
        return CONFIG_FILE, {}
    from digitbench.cli.tables import read_table

    return file, read_table(file) or {}


def _find_file() -> Path | None:
    """Return the config file of the current directory."""
    if CONFIG_FILE.is_file():
        return CONFIG_FILE
    if PROJECT_FILE.is_file():
        from digitbench.cli.tables import read_table

        try:
            table = read_table(PROJECT_FILE)
        except UsageError:
            if _mentions_us(PROJECT_FILE):
                raise
            return None  # somebody else's file, with which we have nothing to do
        if table is not None:
            return PROJECT_FILE
    return None


def _mentions_us(file: Path) -> bool:
    """Tell whether a file that cannot be parsed may have settings of digitbench."""
    try:
        return b"digitbench" in file.read_bytes().replace(b"\0", b"")  # UTF-16 has zeros between
    except OSError:
        return True


def _has_settings(file: Path) -> bool:
    """Tell whether a file, which is not used, has settings of digitbench."""
    from digitbench.cli.tables import read_table

    with suppress(UsageError):
        return file.is_file() and bool(read_table(file))
    return False


ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        envvar="DIGITBENCH_CONFIG",
        callback=apply_config,
        is_eager=True,
        help="File with settings; by default digitbench.toml, or the table tool.digitbench of "
        "pyproject.toml, in this directory.",
        show_default=False,
    ),
]
