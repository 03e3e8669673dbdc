"""Write a realistic capture of N megabytes around a recorded SAML sign-in: `make_capture.py 100 big.har`.

Pages, scripts, styles, JSON answers, and images and fonts in base64, with headers like Chromium's. A HAR holds bodies
unpacked: about half of its bytes are scripts, a third images, the rest styles, JSON, fonts and pages. As in
JupyterLab's own bundles, 3 % of a script are quotes, backslashes and line ends, and 0.15 % letters beyond ASCII.
The same seed gives the same file.
"""

from __future__ import annotations

import argparse
import base64
import json
import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import TextIO

SIGN_IN = Path(__file__).parent.parent / "tests" / "data" / "har" / "devtools_sanitized-pysaml2-case.har"
MEGABYTE = 1_000_000
#: Kind, weight by count, bytes of a body (from, to), MIME type.
KINDS = (
    ("image", 48, (2_000, 220_000), "image/png"),
    ("script", 30, (4_000, 700_000), "text/javascript"),
    ("json", 24, (300, 90_000), "application/json"),
    ("style", 12, (3_000, 220_000), "text/css"),
    ("html", 4, (3_000, 200_000), "text/html"),
    ("font", 4, (15_000, 120_000), "font/woff2"),
)
MAGIC = {"image": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "font": b"wOF2\0\1\0\0"}
SCRIPT = (
    'function {0}(e,t){{var n=this.{1};return"{2}"===e?n.{0}({1},t.{2}({0},{3})):{2}.{1}.{0}(e,"{2}",{3})/t}}',
    '!function(){{try{{{0}.push({{key:"{1}",value:{3},path:{2}.{0}+"/{1}"}})}}catch(e){{console.warn(e,{2}.{0})}}}}();',
    'const {0}={{{1}:{3},{2}:"{0}-{1}",label:{2}({0}.{1})}},{2}=(e,t)=>{0}.{1}(e)?t.{2}:{0}[e.{1}%{3}];\n',
    'e.prototype.{0}=function(t){{for(var n=0;n<t.{1}.length;n++)this.{2}(t.{1}[n],{{{0}:!0,{2}:"{1}"}})}};',
)
HTML = (
    '<div class="{0} {1}__{2}" data-id="{3}">\n\t<a href="/{1}/{2}?ref={3}" title="{0}">{0} {1} {2}</a>\n</div>\n',
    "<p>{0} {1} {2} {0} {2} {1} {0}, {1} {2}.</p>\n",
)
STYLE = (".{0}-{1}__{2}{{margin:0 {3}px;color:var(--{0}-{2});display:flex;transition:{1} .2s}}\n",)


class Traffic:
    """A seeded maker of requests."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - no secret, but repeatable
        letters = "abcdefghijklmnopqrstuvwxyz"
        self.plain = ["".join(self.random.choices(letters, k=self.random.randint(2, 11))) for _ in range(2000)]
        self.words = [word[1:] + "éüñ–’…日語😀"[i % 9] if i % 60 == 0 else word for i, word in enumerate(self.plain)]
        self.pools = {
            "script": self._pool(SCRIPT),
            "html": self._pool(HTML),
            "style": self._pool(STYLE),
            "json": self._json_pool(),
        }
        self.binary = base64.b64encode(self.random.randbytes(3_000_000)).decode()

    def _pool(self, shapes: tuple[str, ...]) -> str:
        pick = self.random
        return "".join(
            pick.choice(shapes).format(*pick.choices(self.words, k=3), pick.randint(0, 99_999)) for _ in range(12_000)
        )

    def _json_pool(self) -> str:
        pick = self.random
        rows = [
            dict(zip(pick.choices(self.words, k=6), pick.choices(self.words, k=6), strict=True)) for _ in range(9000)
        ]
        return json.dumps(rows, ensure_ascii=False)

    def body(self, kind: str, size: int) -> dict[str, str]:
        """The text, and the encoding where it is base64, of one body."""
        if kind in self.pools:
            start = self.random.randrange(max(1, len(self.pools[kind]) - size))
            return {"text": self.pools[kind][start : start + size]}
        start = self.random.randrange(len(self.binary) - size * 4 // 3 - 4) // 4 * 4
        magic = base64.b64encode(MAGIC[kind].ljust(18, b"\0")).decode()
        return {"text": magic + self.binary[start : start + size * 4 // 12 * 4], "encoding": "base64"}

    def entry(self, started: datetime) -> dict[str, object]:
        """One entry as Chromium's exporter writes it."""
        kind, _, sizes, mime_type = self.random.choices(KINDS, weights=[k[1] for k in KINDS])[0]
        size = round(sizes[0] * (sizes[1] / sizes[0]) ** self.random.random())
        host, path = f"https://{self.word()}.example.com", f"/{self.word()}/{self.word()}.{self.word()}"
        return {
            "_connectionId": str(self.random.randint(1, 99_999)),
            "_initiator": {"type": "script", "stack": {"callFrames": [self.frame(host) for _ in range(3)]}},
            "_priority": "High",
            "_resourceType": {"html": "document", "json": "fetch", "style": "stylesheet"}.get(kind, kind),
            "cache": {},
            "connection": "443",
            "request": self.request(host + path),
            "response": self.response(mime_type, size) | {"content": self.content(kind, size, mime_type)},
            "serverIPAddress": "203.0.113.7",
            "startedDateTime": started.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "time": self.random.random() * 300,
            "timings": dict.fromkeys(("blocked", "dns", "ssl", "connect", "send", "wait", "receive"), 1.25),
        }

    def word(self) -> str:
        """A made-up word in ASCII."""
        return self.random.choice(self.plain)

    def frame(self, host: str) -> dict[str, object]:
        """A frame of a script's stack."""
        return {"functionName": self.word(), "url": f"{host}/{self.word()}.js", "lineNumber": 1, "columnNumber": 73_211}

    def headers(self, *names: str) -> list[dict[str, str]]:
        """Headers with made-up values."""
        return [{"name": name, "value": " ".join(self.word() for _ in range(5))} for name in names]

    def request(self, url: str) -> dict[str, object]:
        """A GET."""
        names = (":authority", ":method", ":path", ":scheme", "accept", "accept-encoding", "accept-language", "referer")
        names += ("cache-control", "pragma", "priority", "sec-ch-ua", "sec-ch-ua-mobile", "sec-ch-ua-platform")
        names += ("sec-fetch-dest", "sec-fetch-mode", "sec-fetch-site", "user-agent")
        headers = self.headers(*names)
        return {
            "method": "GET",
            "url": url,
            "httpVersion": "h2",
            "headers": headers,
            "queryString": [],
            "cookies": [],
        } | {
            "headersSize": -1,
            "bodySize": 0,
        }

    def response(self, mime_type: str, size: int) -> dict[str, object]:
        """The answer without its content."""
        names = ("age", "cache-control", "content-encoding", "date", "etag", "last-modified", "server", "vary", "via")
        names += ("strict-transport-security", "x-amz-cf-id", "x-amz-cf-pop", "x-cache", "x-content-type-options")
        headers = [*self.headers(*names), {"name": "content-type", "value": mime_type}]
        return {"status": 200, "statusText": "", "httpVersion": "h2", "headers": headers, "cookies": []} | {
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": -1,
            "_transferSize": size,
            "_error": None,
            "_fetchedViaServiceWorker": False,
        }

    def content(self, kind: str, size: int, mime_type: str) -> dict[str, object]:
        """The body with its size and type."""
        return {"size": size, "mimeType": mime_type, **self.body(kind, size)}


def write_capture(file: TextIO, megabytes: float, seed: int = 20261124) -> None:
    """Write the capture; the sign-in stands in its middle, in the file and in time."""
    capture = json.loads(SIGN_IN.read_text(encoding="utf-8"))
    sign_in = capture["log"].pop("entries")
    middle = datetime.fromisoformat(sign_in[0]["startedDateTime"])
    traffic = Traffic(seed)
    file.write(json.dumps(capture)[:-2] + ', "entries": [\n')
    half = megabytes * MEGABYTE / 2
    _write_half(file, traffic, half, middle - timedelta(hours=1))
    file.writelines(_shown(entry) + ",\n" for entry in sign_in)
    _write_half(file, traffic, half, middle + timedelta(hours=1))
    file.write(_shown(traffic.entry(middle + timedelta(hours=2))) + "\n]}}\n")


def _shown(entry: dict[str, object]) -> str:
    """As Chromium and Firefox write it."""
    return json.dumps(entry, indent=2, ensure_ascii=False)


def _write_half(file: TextIO, traffic: Traffic, size: float, start: datetime) -> None:
    written = count = 0
    while written < size:
        written += file.write(_shown(traffic.entry(start + count * timedelta(milliseconds=35))) + ",\n")
        count += 1


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("megabytes", type=float)
    parser.add_argument("output", type=Path)
    parser.add_argument("--seed", type=int, default=20261124)
    options = parser.parse_args()
    with options.output.open("w", encoding="utf-8") as file:
        write_capture(file, options.megabytes, options.seed)


if __name__ == "__main__":
    main()
