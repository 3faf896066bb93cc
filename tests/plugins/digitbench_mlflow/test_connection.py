"""Opening a store: what is missing, and what must not be shown."""

import subprocess
import sys
from pathlib import Path

import pytest

from digitbench import UsageError
from digitbench_mlflow.connection import connect, without_credentials

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
