"""Opening a store: what is missing, and what must not be shown."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from digitbench import UsageError
from digitbench_mlflow.connection import check_reachable, connect, without_credentials

MISSING = 'MLflow or a library it needs is not installed: pip install "digitbench[mlflow]"'


def test_missing_mlflow_is_named_with_the_extra_that_brings_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(UsageError) as caught:
        connect("sqlite:///nowhere.db")
    assert str(caught.value) == MISSING


@pytest.mark.slow
def test_a_missing_database_library_too(tmp_path: Path) -> None:
    pytest.importorskip("mlflow")
    code = (
        "import sys; sys.modules['sqlalchemy'] = None\n"
        "from digitbench import UsageError\n"
        "from digitbench_mlflow.connection import connect\n"
        "try: connect('sqlite:///nowhere.db')\n"
        "except UsageError as error: print(error)"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == MISSING


def test_what_else_mlflow_refuses_is_its_own_error() -> None:
    exceptions = pytest.importorskip("mlflow.exceptions")
    with pytest.raises(exceptions.MlflowException, match="nonsense"):
        connect("nonsense://store")


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("sqlite:///mlflow.db", "sqlite:///mlflow.db"),
        ("sqlite:////home/user@host/mlflow.db", "sqlite:////home/user@host/mlflow.db"),
        ("http://user:secret@host:5000/a@b", "http://host:5000/a@b"),
        ("postgresql://user:secret@host/db", "postgresql://host/db"),
        ("databricks", "databricks"),
    ],
)
def test_passwords_are_not_shown(uri: str, shown: str) -> None:
    assert without_credentials(uri) == shown


@pytest.fixture
def closed_port() -> int:
    """Return a port of this machine at which no MLflow answers."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.mark.parametrize("scheme", ["http", "postgresql", "postgresql+psycopg2", "mysql+pymysql"])
def test_where_nothing_answers_mlflow_is_not_even_asked(
    scheme: str, closed_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)  # so that its import fails
    with pytest.raises(UsageError, match=rf"no MLflow answers at 127\.0\.0\.1:{closed_port} \("):
        connect(f"{scheme}://user:secret@127.0.0.1:{closed_port}/db")


def test_its_own_variable_is_looked_at_too(
    closed_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{closed_port}")
    with pytest.raises(UsageError, match="no MLflow answers"):
        connect(None)


def test_behind_a_proxy_only_the_proxy_can_tell(
    closed_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy.invalid:3128")
    monkeypatch.setenv("no_proxy", "")
    check_reachable(f"http://127.0.0.1:{closed_port}")


@pytest.mark.parametrize(
    "uri", ["", "sqlite:///x.db", "file:///x", "databricks", "http://[", "http://host:port/"]
)
def test_what_is_no_address_is_left_to_mlflow(uri: str) -> None:
    check_reachable(uri)


@pytest.mark.filterwarnings("ignore:The ``noload`` loader:DeprecationWarning")
def test_requests_are_not_repeated_for_minutes(
    monkeypatch: pytest.MonkeyPatch, new_store: Callable[[str], Any]
) -> None:
    monkeypatch.delenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", raising=False)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "77")
    new_store("connected")
    assert os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] == "2"
    assert os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"] == "77"
