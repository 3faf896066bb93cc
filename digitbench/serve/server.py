"""The server: a socket, the address that it is reached at, and uvicorn until Ctrl-C."""

import errno
import secrets
import socket
from dataclasses import dataclass
from ipaddress import ip_address

import uvicorn

from digitbench.errors import UsageError
from digitbench.serve.access import TOKEN, Access
from digitbench.serve.app import Application

_MOST_CONNECTIONS = 64
_MOST_HEADER_BYTES = 16 << 10
_IDLE_SECONDS = 30
_END_SECONDS = 2
_SOMEWHERE = "192.0.2.1"
"""An address that is nobody's: the way there tells which of our addresses others see."""


@dataclass(frozen=True)
class Place:
    """Where the application can be reached.

    Attributes:
        listener: the socket, which listens already.
        access: who may ask there.
        url: what a browser opens, with the token if one is needed.
    """

    listener: socket.socket
    access: Access
    url: str


def open_place(host: str, port: int) -> Place:
    """Return a place to serve at; whoever is not on this machine needs a token there.

    Args:
        host: the name or address of this machine to listen at.
        port: 0 for any that is free.

    Raises:
        UsageError: it cannot be had.
    """
    listener = _listener(host, port)
    address, port = listener.getsockname()[:2]
    if ip_address(address.partition("%")[0]).is_loopback:
        return Place(
            listener, Access(cookie=f"digitbench-{port}"), f"http://{_shown(host)}:{port}/"
        )
    token = secrets.token_urlsafe(32)
    access = Access(
        names=frozenset({"localhost", host.lower(), *_own_names()}),
        beyond_loopback=True,
        token=token,
        cookie=f"digitbench-{port}",
    )
    reached = _own_address() if ip_address(address.partition("%")[0]).is_unspecified else host
    return Place(listener, access, f"http://{_shown(reached)}:{port}/?{TOKEN}={token}")


def serve(application: Application, place: Place) -> None:
    """Serve until Ctrl-C or SIGTERM."""
    try:
        make_server(application, place).run(sockets=[place.listener])
    except KeyboardInterrupt:  # uvicorn has ended well, and passes the signal on
        return


def make_server(application: Application, place: Place) -> uvicorn.Server:
    """Return a server, which runs until its `should_exit` is set."""
    config = uvicorn.Config(
        application.guarded(place.access),
        log_config=None,
        log_level="critical",  # what goes wrong, the application says itself
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="on",
        ws="none",
        http="h11",
        loop="asyncio",
        limit_concurrency=_MOST_CONNECTIONS,
        h11_max_incomplete_event_size=_MOST_HEADER_BYTES,
        timeout_keep_alive=_IDLE_SECONDS,
        timeout_graceful_shutdown=_END_SECONDS,
    )
    return _Server(config, application)


class _Server(uvicorn.Server):
    """Tells the application when it is about to end, so that no answer goes on for ever."""

    def __init__(self, config: uvicorn.Config, application: Application) -> None:
        super().__init__(config)
        self._application = application

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._application.ended.set()
        await super().shutdown(sockets)


def _listener(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises:
        UsageError: there is no such host, or the port cannot be had.
    """
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        where = str(address[0]), port
        return socket.create_server(where, family=family, backlog=_MOST_CONNECTIONS)
    except socket.gaierror as error:
        raise UsageError(f"--host {host}: there is no such address on this machine") from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise UsageError(
                f"port {port} is in use: name another with --port, or --port 0 for any that is free"
            ) from error
        raise UsageError(f"cannot listen at {host}, port {port}: {error.strerror}") from error


def _own_names() -> set[str]:
    """Return what others may call this machine."""
    name = socket.gethostname().lower()
    return {name, f"{name.partition('.')[0]}.local"}


def _own_address() -> str:
    """Return the address that others reach this machine at; its name if that is not known."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((_SOMEWHERE, 9))  # sends nothing
            return str(probe.getsockname()[0])
        except OSError:
            return socket.gethostname()


def _shown(host: str) -> str:
    """Return a host as it stands in an address."""
    return f"[{host}]" if ":" in host else host
