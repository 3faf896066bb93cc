"""The socket, the address that is printed, and the end of it."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from digitbench.errors import UsageError
from digitbench.serve.server import Place, open_place

EVERYWHERE = "0.0.0.0"  # noqa: S104


@pytest.fixture
def everywhere() -> Iterator[Place]:
    """Return a place that other machines reach."""
    place = open_place(EVERYWHERE, 0)
    yield place
    place.listener.close()


def test_loopback_needs_no_token() -> None:
    for host in ("127.0.0.1", "localhost"):
        place = open_place(host, 0)
        place.listener.close()
        assert place.access.token is None
        assert not place.access.beyond_loopback
        assert place.url == f"http://{host}:{urlsplit(place.url).port}/"


def test_other_machines_need_a_token(everywhere: Place) -> None:
    parts = urlsplit(everywhere.url)
    assert parse_qs(parts.query)["token"] == [everywhere.access.token]
    assert len(everywhere.access.token or "") >= 43  # 256 bits
    assert parts.hostname != EVERYWHERE
    assert everywhere.access.knows_host(parts.netloc)
    assert str(parts.port) in everywhere.access.cookie


def test_each_start_has_a_token_of_its_own(everywhere: Place) -> None:
    other = open_place(EVERYWHERE, 0)
    other.listener.close()
    assert other.access.token != everywhere.access.token


def test_a_port_in_use_is_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"^port {port} is in use: name another with --port"):
            open_place("127.0.0.1", port)


@pytest.mark.parametrize("host", ["no-such-host.invalid", "192.0.2.1", "a b"])
def test_an_address_that_is_not_ours_is_one_line(host: str) -> None:
    with pytest.raises(UsageError) as caught:
        open_place(host, 0)
    assert host in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.fixture
def started(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Start `digitbench serve` on a free port."""
    command = [sys.executable, "-m", "digitbench", "serve", "--port", "0"]
    process = subprocess.Popen(
        command,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": ""},
    )
    yield process
    process.kill()
    process.wait()


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, -15)])
def test_the_command_prints_the_address_and_ends_at_ctrl_c(
    started: subprocess.Popen[str], number: signal.Signals, code: int
) -> None:
    assert started.stdout is not None
    url = started.stdout.readline().strip()
    assert httpx.get(f"{url}runs", trust_env=False).status_code == 200
    started.send_signal(number)
    out, err = started.communicate(timeout=20)
    assert (started.returncode, out) == (code, "")
    assert err == "Ctrl-C ends it\n"
