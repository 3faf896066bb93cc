"""What the exit codes mean, and how an error is said."""

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit code of a command."""

    OK = 0
    GATE_FAILED = 1
    USAGE = 2
    TRIAL_FAILED = 3
    INTERNAL_ERROR = 70
    INTERRUPTED = 130


def say_error(message: str) -> None:
    """Say in one line on stderr what is wrong."""
    from rich.text import Text

    from digitbench.cli.console import messages_console

    text = Text(f"error: {' '.join(message.split())}", style="red")
    messages_console().print(text, soft_wrap=True)
