"""Makes data/samples/session-expired.har from data/samples/signed-in.har, a recording.

No expired session was recorded. Derived is the case that AWS describes as opening the instance's address directly
("Connect does not support reverse federation ... you'd get a Session Expired message", Amazon Connect SSO setup
workshop): of the recorded sign-in only the visit of the Connect page is kept, without the referrer that the identity
provider left, and the page's body is replaced by AWS's two documented texts. Assumed are the page's layout and its
status: 200, as recorded.

    python tests/tools/derive_session_expired.py [--check]
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).resolve().parents[2] / "data" / "samples"
SOURCE, TARGET = SAMPLES / "signed-in.har", SAMPLES / "session-expired.har"
PAGE = "https://example-cc.my.connect.aws/ccp-v2"
#: Amazon Connect administrator guide, "Troubleshoot SAML"; AWS re:Post, "resolve session expired errors".
BODY = (
    "<!DOCTYPE html><html lang='en'><head><meta charset='utf-8'><title>Amazon Connect</title></head>"
    "<body><h1>Session expired</h1><p>Your session has expired. Please log in again to continue. "
    "Sessions expire after 12 hours.</p></body></html>"
)
_GONE = {"referer", "content-encoding", "content-length"}


def derived(recorded: str) -> str:
    """The derived capture's text."""
    document = json.loads(recorded)
    log = document["log"]
    visit = next(entry for entry in log["entries"] if entry["request"]["url"] == PAGE)
    log["entries"] = [_without_session(visit)]
    log["pages"] = [{**page, "startedDateTime": visit["startedDateTime"], "title": PAGE} for page in log["pages"]]
    log["comment"] = "Derived from a recording by tests/tools/derive_session_expired.py"
    return json.dumps(document, indent=1) + "\n"


def _without_session(visit: dict[str, Any]) -> dict[str, Any]:
    request, response = visit["request"], visit["response"]
    request["headers"] = [_typed_address(h) for h in request["headers"] if h["name"] not in _GONE]
    response["headers"] = [h for h in response["headers"] if h["name"] not in _GONE]
    response["content"] = {"size": len(BODY), "mimeType": "text/html", "text": BODY}
    response["_transferSize"] = len(BODY)
    return visit


def _typed_address(header: dict[str, str]) -> dict[str, str]:
    """What the browser sends for an address that was typed in or is a bookmark (Fetch Metadata, Sec-Fetch-Site)."""
    return {**header, "value": "none"} if header["name"] == "sec-fetch-site" else header


def main() -> int:
    """Write the sample; with --check only say by the exit status whether it is up to date."""
    text = derived(SOURCE.read_text())
    if "--check" in sys.argv[1:]:
        return int(TARGET.read_text() != text)
    TARGET.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
