"""Opening a store: what is missing, and what must not be shown."""

import sys

import pytest

from digitbench import UsageError
from digitbench_mlflow.connection import connect, without_credentials

pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader:DeprecationWarning")
"""MLflow uses what newer versions of SQLAlchemy advise against."""


@pytest.mark.parametrize("missing", ["mlflow", "sqlalchemy"])
def test_a_missing_library_is_named_with_the_extra_that_brings_it(
    missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("mlflow")
    for module in [name for name in sys.modules if name.startswith("mlflow.store.")]:
        if missing == "sqlalchemy":
            monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(UsageError) as caught:
        connect("sqlite:///nowhere.db")
    assert str(caught.value) == 'MLflow is not installed: pip install "digitbench[mlflow]"'


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
