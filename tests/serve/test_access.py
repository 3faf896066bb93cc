"""Who may ask: this address, its own pages, and whoever has the token."""

import http.client
from collections.abc import Iterator

import httpx
import pytest

from digitbench.serve.access import POLICY, Access
from served import serving

TOKEN = "a-token-of-tests"  # noqa: S105
OPEN = Access(beyond_loopback=True, names=frozenset({"localhost", "my-machine"}))
GUARDED = Access(token=TOKEN, cookie="digitbench-test")
HOSTS_LED_ASTRAY = (
    "evil.example",
    "evil.example:8128",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "localhost.",
    "evil@localhost",
    "localhost/..",
    "[::1",
    "::1",
    "192.0.2.7",
    "0.0.0.0",  # noqa: S104
    "localhost:8128:80",
    "xn--lcalhost-54a",
    "",
)


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:1", "127.0.0.1:8128", "[::1]:80", "127.9.9.9"]
)
def test_hosts_of_this_machine(host: str) -> None:
    assert Access().knows_host(host)


@pytest.mark.parametrize("host", HOSTS_LED_ASTRAY)
def test_hosts_that_were_led_astray(host: str) -> None:
    assert not Access().knows_host(host)


def test_an_address_cannot_be_led_astray_and_a_name_can() -> None:
    assert OPEN.knows_host("192.0.2.7:8128")
    assert OPEN.knows_host("[2001:db8::7]")
    assert OPEN.knows_host("My-Machine")
    assert not OPEN.knows_host("evil.example")


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Return a client of an application that asks for a token."""
    with serving(runs_dir=tmp_path_factory.mktemp("none"), access=GUARDED) as client:
        yield client


@pytest.mark.parametrize("path", ["/", "/runs", "/models", "/static/draw.js", "/nothing"])
def test_a_page_of_a_name_that_leads_here_gets_nothing(client: httpx.Client, path: str) -> None:
    evil = {"host": "evil.example", "origin": "http://evil.example"}
    answer = client.get(path, headers=evil)
    assert (answer.status_code, answer.text) == (
        403,
        "refused: this is not the address that digitbench printed\n",
    )


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "http://127.0.0.1:1", "file://", "http://[", "", "http://"],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_page_of_another_site_gets_nothing(
    client: httpx.Client, method: str, origin: str, drawing: bytes
) -> None:
    headers = {"origin": origin, "content-type": "image/png"}
    answer = client.request(method, "/read", content=drawing, headers=headers)
    assert answer.status_code == 403


def test_a_picture_without_an_origin_is_refused(client: httpx.Client, drawing: bytes) -> None:
    request = client.build_request(
        "POST", "/read", content=drawing, headers={"content-type": "image/png"}
    )
    del request.headers["origin"]
    assert client.send(request).status_code == 403


@pytest.mark.parametrize(
    ("site", "mode", "status"),
    [
        ("cross-site", "no-cors", 403),
        ("cross-site", "cors", 403),
        ("same-site", "cors", 403),
        ("cross-site", "navigate", 200),
        ("same-origin", "cors", 200),
        ("none", "navigate", 200),
    ],
)
def test_what_another_site_embeds_is_refused_and_its_links_are_followed(
    client: httpx.Client, site: str, mode: str, status: int
) -> None:
    headers = {"sec-fetch-site": site, "sec-fetch-mode": mode}
    request = client.build_request("GET", "/runs", headers=headers)
    del request.headers["origin"]
    assert client.send(request).status_code == status


@pytest.mark.parametrize("path", ["/", "/models", "/nothing", "/static/app.css"])
def test_every_answer_has_the_policy(client: httpx.Client, path: str) -> None:
    headers = client.get(path).headers
    assert headers["content-security-policy"] == POLICY
    assert "'unsafe" not in POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert "server" not in headers


@pytest.mark.parametrize("path", ["/", "/runs", "/models", "/static/app.css", "/?token=wrong"])
@pytest.mark.parametrize("cookie", [None, "", "wrong"])
def test_nobody_gets_in_without_the_token(
    guarded: httpx.Client, path: str, cookie: str | None
) -> None:
    guarded.cookies.clear()
    if cookie is not None:
        guarded.cookies.set(GUARDED.cookie, cookie)
    answer = guarded.get(path)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_the_token_gives_a_cookie_that_no_script_and_no_other_site_can_use(
    guarded: httpx.Client,
) -> None:
    guarded.cookies.clear()
    answer = guarded.get("/", params={"token": TOKEN})
    cookie = answer.headers["set-cookie"].lower()
    assert answer.status_code == 200
    assert TOKEN not in answer.text
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "Draw a digit" in guarded.get("/").text  # by the cookie


def test_the_token_does_not_get_in_by_other_methods(guarded: httpx.Client, drawing: bytes) -> None:
    guarded.cookies.clear()
    answer = guarded.post(
        "/read", params={"token": TOKEN}, content=drawing, headers={"content-type": "image/png"}
    )
    assert answer.status_code == 403


TRAVERSALS = (
    "/static/../app.py",
    "/static/..%2fapp.py",
    "/static/%2e%2e/app.py",
    "/static/....//app.py",
    "/static//etc/passwd",
    "/static/..\\app.py",
    "/runs/..",
    "/runs/../..",
    "/runs/%2e%2e%2f%2e%2e/report",
    "/runs/..%2f..%2fetc/report",
    "/runs/%00/report",
    "/runs//etc/events",
    "//etc/passwd",
    "http://evil.example/etc/passwd",
)


@pytest.mark.parametrize("path", TRAVERSALS)
def test_no_path_leads_out(client: httpx.Client, path: str) -> None:
    url = client.base_url
    connection = http.client.HTTPConnection(url.host, url.port, timeout=20)
    connection.putrequest("GET", path, skip_host=True)
    connection.putheader("Host", f"{url.host}:{url.port}")
    connection.endheaders()
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    assert answer.status == 404
    assert b"root:" not in text
    assert b"import" not in text
