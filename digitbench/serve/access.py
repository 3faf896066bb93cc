"""Who may ask: requests for this address alone, from its own pages alone, and with the token.

A page of another site can make a browser send requests to this machine. Its own name may even lead
here (DNS rebinding), so that the browser takes it for the same site. Both are refused: the first by
`Origin` and `Sec-Fetch-Site`, which no script can change, the second by `Host`.
"""

import re
import secrets
from dataclasses import dataclass
from ipaddress import ip_address

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TOKEN = "token"  # noqa: S105 (the name of a parameter)
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    )
)
"""The content security policy of every answer that does not bring its own."""
_HEADERS = {
    "content-security-policy": POLICY,
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
_HOST = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]+\]|[\w.-]+)(:[0-9]{1,5})?", re.ASCII)
_ORIGIN = re.compile(r"https?://(?P<host>.+)")
_SAFE = {"GET", "HEAD"}
_WELCOME = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>digitbench</title>
<meta http-equiv="refresh" content="0; url=/"></head>
<body><p><a href="/">Go on to digitbench</a></p></body></html>
"""
"""The browser goes on from a page of ours: only then does it send a cookie that is `Strict`."""


@dataclass(frozen=True)
class Access:
    """Who may ask.

    Attributes:
        names: host names that requests may be for, in lower case.
        beyond_loopback: whether they may be for any IP address, and not for loopback alone. An
            address, unlike a name, cannot be made to lead somewhere else.
        token: what a request must bring; None if none is needed.
        cookie: the name of the cookie that keeps the token. Cookies do not know ports, so that it
            should have the port in it.
    """

    names: frozenset[str] = frozenset({"localhost"})
    beyond_loopback: bool = False
    token: str | None = None
    cookie: str = "digitbench"

    def knows_host(self, host: str) -> bool:
        """Tell whether a request may be for a host, as the header `Host` names it."""
        found = _HOST.fullmatch(host)
        if found is None:
            return False
        name = found["name"].lower()
        try:
            address = ip_address(name.strip("[]"))
        except ValueError:
            return name in self.names
        return self.beyond_loopback or address.is_loopback

    def is_token(self, text: str | None) -> bool:
        """Tell whether a text is the token, in the same time whatever it is."""
        if self.token is None or text is None:
            return self.token is None
        return secrets.compare_digest(text.encode(), self.token.encode())


class Guard:
    """Refuses requests before the application sees them, and gives every answer its headers."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        """Stand before an application."""
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        request = Request(scope)
        answer = self._refusal(request) or self._admission(request)
        await (answer or self._app)(scope, receive, send_with_headers)

    def _refusal(self, request: Request) -> Response | None:
        """Refuse a request for another host, or of another site."""
        host = request.headers.get("host", "")
        if not self._access.knows_host(host):
            return _refused("this is not the address that digitbench printed")
        origin = request.headers.get("origin")
        if origin is None:
            allowed = request.method in _SAFE and _is_own_or_typed(request)
        else:
            found = _ORIGIN.fullmatch(origin)
            allowed = found is not None and found["host"].lower() == host.lower()
        return None if allowed else _refused("a page of another site asked for this")

    def _admission(self, request: Request) -> Response | None:
        """Give the cookie to who brings the token, and refuse who brings neither."""
        access = self._access
        if access.token is None:
            return None
        given = request.query_params.get(TOKEN)
        if given is not None and request.method in _SAFE and access.is_token(given):
            answer = HTMLResponse(_WELCOME)
            answer.set_cookie(access.cookie, access.token, httponly=True, samesite="strict")
            return answer
        if access.is_token(request.cookies.get(access.cookie, "")):
            return None
        return _refused("open the address that digitbench printed, with its token")


def _is_own_or_typed(request: Request) -> bool:
    """Tell whether a browser asks for our own page, or follows a link or what was typed."""
    site = request.headers.get("sec-fetch-site", "none")
    return site in {"same-origin", "none"} or request.headers.get("sec-fetch-mode") == "navigate"


def _refused(reason: str) -> Response:
    return PlainTextResponse(f"refused: {reason}\n", 403)
