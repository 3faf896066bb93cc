"""Opens an MLflow store, without MLflow's telemetry and chatter."""

import os
import re
from importlib.util import find_spec
from typing import Any

from digitbench import UsageError

_CREDENTIALS = re.compile(r"//[^/@]*@")
_NOT_INSTALLED = 'MLflow or a library it needs is not installed: pip install "digitbench[mlflow]"'


def connect(uri: str | None) -> Any:
    """Return an `mlflow.MlflowClient`; a new SQLite store is made if there is none.

    Only clients are used, never MLflow's global current run and tracking URI.

    Args:
        uri: of the tracking store; None for MLflow's own choice.

    Raises:
        UsageError: MLflow, or what it needs for a database, is not installed.
    """
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "CRITICAL")  # it raises what it logs as errors
    try:
        from mlflow import MlflowClient

        return MlflowClient(tracking_uri=uri)
    except Exception as error:
        if isinstance(error, RuntimeError) and "home directory" in str(error):
            raise UsageError("MLflow wants a home directory: set HOME to one") from error
        # Without SQLAlchemy, MLflow says only that it knows no store of that kind.
        if isinstance(error, ImportError) or find_spec("sqlalchemy") is None:
            raise UsageError(_NOT_INSTALLED) from error
        raise


def without_credentials(uri: str) -> str:
    """Return a URI as it may be shown: without user and password."""
    return _CREDENTIALS.sub("//", uri)
