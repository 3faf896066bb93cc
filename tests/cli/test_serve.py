"""`digitbench serve`: what keeps it from starting is one line."""

import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]


@pytest.mark.parametrize("missing", ["starlette", "uvicorn"])
def test_without_the_extra_it_is_said_what_to_install(
    command: Command, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    for name in [name for name in sys.modules if name.startswith("digitbench.serve")]:
        monkeypatch.delitem(sys.modules, name)
    for name in [name for name in sys.modules if name.partition(".")[0] == missing]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    outcome = command("serve", "--port", "0")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == (
        'error: the web application is an extra: pip install "digitbench[serve]"\n'
    )


def test_a_port_in_use_is_one_line(command: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        outcome = command("serve", "--port", port)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith(f"error: port {port} is in use")
    assert len(outcome.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("models", "said"),
    [(["none"], "kept a model 'none'"), (["nowhere:cnn"], "nowhere"), (["cnn"] * 9, "at most 8")],
)
def test_a_model_that_is_not_there_is_one_line(
    command: Command, workdir: Path, models: list[str], said: str
) -> None:
    outcome = command("serve", "--port", "0", *(word for m in models for word in ("--model", m)))
    assert (outcome.code, outcome.out) == (2, "")
    assert said in outcome.err
    assert len(outcome.err.splitlines()) == 1
