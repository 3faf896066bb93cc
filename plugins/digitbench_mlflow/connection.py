"""Opens an MLflow store, without MLflow's telemetry and chatter."""

import os
import re
from typing import Any

from digitbench import UsageError

_CREDENTIALS = re.compile(r"//[^/@]*@")


def connect(uri: str | None) -> Any:
    """Return an `mlflow.MlflowClient`; a new SQLite store is made if there is none.

    Only clients are used, never MLflow's global current run and tracking URI.

    Args:
        uri: of the tracking store; None for MLflow's own choice.

    Raises:
        UsageError: MLflow is not installed.
    """
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "CRITICAL")  # it raises what it logs as errors
    try:
        from mlflow import MlflowClient

        return MlflowClient(tracking_uri=uri)
    except ImportError as error:
        raise UsageError('MLflow is not installed: pip install "digitbench[mlflow]"') from error


def without_credentials(uri: str) -> str:
    """Return a URI as it may be shown: without user and password."""
    return _CREDENTIALS.sub("//", uri)
