"""Pictures that are sent: what is answered, and what is refused."""

import http.client
import json
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from typing import Any

import httpx
import numpy as np
import pytest

from digitbench.errors import UsageError
from digitbench.serve.uploads import MOST_UPLOAD_BYTES
from served import Constant, Found, entry, shrunk

Served = Callable[..., AbstractContextManager[httpx.Client]]
PNG = {"content-type": "image/png"}


def _lines(answer: httpx.Response) -> list[dict[str, Any]]:
    return [json.loads(line) for line in answer.text.splitlines()]


def test_the_digit_comes_first_and_then_each_model(client: httpx.Client, drawing: bytes) -> None:
    answer = client.post("/read", content=drawing, headers=PNG)
    found, *said = _lines(answer)
    assert answer.status_code == 200
    (digit,) = found["digits"]
    assert digit["box"] == [0, 0, 140, 140]
    assert len(digit["image"]) == 1048  # 784 bytes
    ids = {state["model"] for state in client.get("/models").json()}
    assert {line["model"] for line in said} == ids
    by_label = {tuple(line["labels"]): line["probabilities"] for line in said}
    assert by_label == {(7,): [[float(digit == 7) for digit in range(10)]], (3,): None}


def test_a_blank_page_is_said_and_no_model_asked(client: httpx.Client, blank: bytes) -> None:
    lines = _lines(client.post("/read", content=blank, headers=PNG))
    assert lines == [{"digits": [], "problems": ["the page is blank"]}]


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("image/png", b"no picture at all", 422),
        ("image/png", b"", 422),
        ("text/plain", b"text", 415),
        ("application/x-www-form-urlencoded", b"a=b", 415),
        ("multipart/form-data; boundary=x", b"--x--", 415),
        ("", b"x", 415),
    ],
)
def test_what_is_no_picture_is_refused_in_one_line(
    client: httpx.Client, kind: str, body: bytes, status: int
) -> None:
    answer = client.post("/read", content=body, headers={"content-type": kind})
    assert answer.status_code == status
    assert list(answer.json()) == ["error"]
    assert len(answer.json()["error"].splitlines()) == 1


def test_too_large_a_picture_is_refused_before_it_comes(client: httpx.Client) -> None:
    connection = http.client.HTTPConnection(str(client.base_url.host), client.base_url.port)
    headers = PNG | {"Origin": client.headers["origin"]}
    connection.putrequest("POST", "/read")
    for name, value in (headers | {"Content-Length": str(MOST_UPLOAD_BYTES + 1)}).items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == 413
    assert json.loads(answer.read()) == {"error": "the picture is larger than 20 MiB"}
    connection.close()


def test_too_large_a_picture_of_unknown_length_is_refused_on_the_way(client: httpx.Client) -> None:
    sent = 0

    def parts() -> Any:
        nonlocal sent
        for _ in range(3 * MOST_UPLOAD_BYTES // (1 << 20)):
            sent += 1 << 20
            yield bytes(1 << 20)

    with suppress(httpx.TransportError):  # the connection is closed while we are sending
        assert client.post("/read", content=parts(), headers=PNG).status_code == 413
    assert sent < 3 * MOST_UPLOAD_BYTES
    assert client.get("/models").status_code == 200


def test_a_model_that_fails_is_told_and_holds_up_nobody(served: Served, drawing: bytes) -> None:
    def fail() -> Any:
        raise UsageError("its weights are damaged")

    class Failing(Constant):
        def predict(self, images: Any) -> Any:
            raise ZeroDivisionError("in\nthe middle")

    entries = (
        entry("lost", fail),
        entry("failing", lambda: Failing(1)),
        entry("sound", lambda: Constant(4)),
    )
    with served(*entries) as client:
        _, *said = _lines(client.post("/read", content=drawing, headers=PNG))
        _wait_until(lambda: "loading" not in client.get("/models").text)
        states = {state["model"]: state for state in client.get("/models").json()}
    told = {line["model"]: line.get("error") for line in said}
    lost, failing, sound = (each.id for each in entries)
    assert told[lost] == "its weights are damaged"
    assert told[failing] == "ZeroDivisionError: in"
    assert told[sound] is None
    assert states[lost] == {"model": lost, "state": "failed", "error": "its weights are damaged"}
    assert states[failing]["state"] == "ready"


def test_a_model_is_loaded_once(served: Served, drawing: bytes) -> None:
    loads = []

    def load() -> Constant:
        loads.append(1)
        return Constant(5)

    with served(entry("one", load)) as client:
        for _ in range(3):
            client.get("/")
            client.post("/read", content=drawing, headers=PNG)
    assert loads == [1]


def test_a_slow_model_does_not_hold_up_a_quick_one(served: Served, drawing: bytes) -> None:
    go_on = threading.Event()

    class Slow(Constant):
        def predict(self, images: Any) -> Any:
            go_on.wait(20)
            return super().predict(images)

    entries = entry("slow", lambda: Slow(1)), entry("quick", lambda: Constant(2))
    with (
        served(*entries) as client,
        client.stream("POST", "/read", content=drawing, headers=PNG) as answer,
    ):
        lines = answer.iter_lines()
        next(lines)
        assert json.loads(next(lines))["model"] == entries[1].id
        go_on.set()
        assert json.loads(next(lines))["model"] == entries[0].id


def test_one_model_is_never_asked_twice_at_a_time(served: Served, drawing: bytes) -> None:
    inside, most = 0, 0

    class Counting(Constant):
        def predict(self, images: Any) -> Any:
            nonlocal inside, most
            inside += 1
            most = max(most, inside)
            time.sleep(0.01)
            inside -= 1
            return super().predict(images)

    with served(entry("one", lambda: Counting(1))) as client:
        threads = [
            threading.Thread(
                target=client.post, args=("/read",), kwargs={"content": drawing, "headers": PNG}
            )
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert most == 1


def test_who_sends_more_than_can_wait_is_told(served: Served, drawing: bytes) -> None:
    go_on = threading.Event()
    statuses: list[int] = []

    def read(data: bytes) -> Any:
        go_on.wait(20)
        return shrunk(data)

    with served(read=read) as client:

        def send() -> None:
            statuses.append(client.post("/read", content=drawing, headers=PNG).status_code)

        threads = [threading.Thread(target=send) for _ in range(12)]
        for thread in threads:
            thread.start()
        _wait_until(lambda: len(statuses) == 4)
        go_on.set()
        for thread in threads:
            thread.join()
        assert client.post("/read", content=drawing, headers=PNG).status_code == 200
    assert sorted(statuses) == [200] * 8 + [503] * 4


def test_many_digits_are_read_up_to_a_number(served: Served, drawing: bytes) -> None:
    asked = []

    class Noting(Constant):
        def predict(self, images: Any) -> Any:
            asked.append(images.shape)
            assert images.dtype == np.uint8
            return super().predict(images)

    def read(data: bytes) -> Any:
        return Found(tuple(shrunk(data).digits) * 100)

    with served(entry("one", lambda: Noting(1)), read=read) as client:
        found, said = _lines(client.post("/read", content=drawing, headers=PNG))
    assert len(found["digits"]) == len(said["labels"]) == 64
    assert asked[-1] == (64, 28, 28)


def _wait_until(true: Callable[[], bool]) -> None:
    for _ in range(1000):
        if true():
            return
        time.sleep(0.01)
    pytest.fail("it did not come to that")
