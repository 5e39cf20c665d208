"""Checks requests in the Standard Webhooks form, as Causeway signs them. Python 3.9 or later, no packages."""

import base64
import binascii
import hashlib
import hmac
import time
from typing import Mapping, Optional

TOLERANCE = 300
"""Greatest age of a request, seconds: an older one may be a recording."""


def verify_signature(
    headers: Mapping[str, str], body: bytes, secret: str, now: Optional[float] = None
) -> bool:
    """Whether the request was signed with ``secret`` (``whsec_`` and base64) a moment ago.

    ``body`` is the bytes exactly as they came: JSON that was read and written again has another signature.
    """
    message_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    if not message_id or not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return False
    if abs((time.time() if now is None else now) - int(timestamp)) > TOLERANCE:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message_id}.{timestamp}.".encode() + body
    wanted = hmac.new(key, signed, hashlib.sha256).digest()
    fits = False
    # Several signatures may stand there while a secret is being changed; one that fits is enough.
    for entry in headers.get("webhook-signature", "").split(" "):
        if entry.startswith("v1,"):
            try:
                given = base64.b64decode(entry[3:], validate=True)
            except (binascii.Error, ValueError):
                continue
            fits |= hmac.compare_digest(given, wanted)
    return fits
