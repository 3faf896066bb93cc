"""Opens an MLflow store, without MLflow's telemetry and chatter."""

import os
import re
import socket
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from digitbench import UsageError

_CREDENTIALS = re.compile(r"//[^/@]*@")
_CONNECT_SECONDS = 5.0
_PORTS = {"http": 80, "https": 443, "postgresql": 5432, "mysql": 3306, "mssql": 1433}
_PATIENCE = {"MLFLOW_HTTP_REQUEST_TIMEOUT": "10", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2"}
"""How long a request may be silent, in seconds, and how often it is repeated, if the user does not
say. MLflow's own 120 s and 7 times hold a run up for minutes."""
_NOT_INSTALLED = 'MLflow or a library it needs is not installed: pip install "digitbench[mlflow]"'


def connect(uri: str | None) -> Any:
    """Return an `mlflow.MlflowClient`; a new SQLite store is made if there is none.

    Only clients are used, never MLflow's global current run and tracking URI.

    Args:
        uri: of the tracking store; None for MLflow's own choice.

    Raises:
        UsageError: MLflow, or what it needs for a database, is not installed; or nothing answers
            where the store is to be.
    """
    check_reachable(uri or os.environ.get("MLFLOW_TRACKING_URI", ""))
    for name, value in _PATIENCE.items():
        os.environ.setdefault(name, value)
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


def check_reachable(uri: str) -> None:
    """Try whether anything answers at an address, for some seconds.

    MLflow itself would try a server for minutes, and a database for an hour, without a word.

    Raises:
        UsageError: nothing does.
    """
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname, parts.port or _PORTS.get(parts.scheme.partition("+")[0])
    except ValueError:  # no address, which MLflow will say
        return
    if not host or port is None:  # a file, or a name of MLflow's own
        return
    if parts.scheme in getproxies() and not proxy_bypass(host):  # the proxy knows, and not we
        return
    try:
        socket.create_connection((host, port), _CONNECT_SECONDS).close()
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(f"no MLflow answers at {host}:{port} ({reason})") from error


def without_credentials(uri: str) -> str:
    """Return a URI as it may be shown: without user and password."""
    return _CREDENTIALS.sub("//", uri)
