#!/usr/bin/env python3
"""The deployment guide's WeComBot (5.2, 5.3), made right.

    CAUSEWAY_API_KEY=… python3 wecom_bot.py <bot> <text> [user|user…]

What is different from the guide's program, and why:

* It sends through Causeway's API. The guide's envelope has a fixed IV, so that equal texts look equal, and its signature is
  not keyed to the message. Causeway holds WeCom's credentials; the way to WeCom is TLS from end to end.
* The key comes from the environment, never from the source.
* Texts are measured and padded in bytes of UTF-8, not in characters: ``len("你好")`` is 2, but it is 6 bytes.
* Every request has a timeout, and every answer is looked at. An attempt that is repeated carries the same Idempotency-Key,
  so a message leaves once, whatever became of the attempt before.
* A callback's signature is compared in constant time, and an old one is refused.
"""

import hashlib
import hmac
import http.client
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from typing import Any, Dict, Mapping, Optional

TIMEOUT = 15
"""Seconds for one attempt."""
ATTEMPTS = 3
CALLBACK_AGE = 300
BLOCK = 16


class SendError(Exception):
    """Causeway did not take the message. ``code`` is stable; ``docs`` and the console have words for it."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code


class WeComBot:
    """Sends as one bot. ``base_url`` is Causeway's management API."""

    def __init__(self, bot: str, api_key: str, base_url: str = "http://127.0.0.1:8080") -> None:
        if not api_key:
            raise ValueError("an API key is needed")
        self._address = f"{base_url.rstrip('/')}/api/bots/{urllib.parse.quote(bot, safe='')}/messages"
        self._key = api_key

    def send_text(self, content: str, to_user: Optional[str] = None) -> Dict[str, Any]:
        """Sends a text; one that is too long leaves as several. ``to_user`` (``a|b``, ``@all``) is for apps."""
        message: Dict[str, Any] = {"msgtype": "text", "text": {"content": content}, "split": True}
        if to_user is not None:
            message["touser"] = to_user
        return self.send(message)

    def send(self, message: Dict[str, Any]) -> Dict[str, Any]:
        """Sends a message as WeCom defines it. Raises SendError, OSError.

        Returns WeCom's answer, also a refusal (``outcome``), or where the message waits for its turn (``state``, ``etaMs``).
        """
        body = json.dumps(message, ensure_ascii=False).encode("utf-8")
        idempotency_key = str(uuid.uuid4())
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._post(body, idempotency_key)
            except SendError as error:
                if attempt == ATTEMPTS or (error.status < 500 and error.status != 429):
                    raise
            except (OSError, http.client.HTTPException):
                # No connection, or it broke: whether the message was taken is unknown, which the key makes harmless.
                if attempt == ATTEMPTS:
                    raise
            time.sleep(0.5 * 2**attempt)
        raise AssertionError("not reached")

    def _post(self, body: bytes, idempotency_key: str) -> Dict[str, Any]:
        request = urllib.request.Request(
            self._address,
            data=body,
            headers={
                "authorization": f"Bearer {self._key}",
                "content-type": "application/json; charset=utf-8",
                "idempotency-key": idempotency_key,
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            with error:
                raise SendError(error.code, _code_of(error.read())) from None


def _code_of(body: bytes) -> str:
    try:
        return str(json.loads(body)["error"]["code"])
    except (ValueError, KeyError, TypeError):
        return "UNKNOWN"


def verify_callback(headers: Mapping[str, str], token: str, now: Optional[float] = None) -> bool:
    """Checks ``X-WeCom-Signature`` as the guide has it (5.3), for programs behind a relay that signs with headers.

    It proves who sent the request, not what is in it: prefer Causeway's own signature (``standard_webhooks.py``).
    """
    timestamp = headers.get("X-WeCom-Timestamp") or ""
    nonce = headers.get("X-WeCom-Nonce") or ""
    signature = headers.get("X-WeCom-Signature") or ""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12) or not nonce:
        return False
    if abs((time.time() if now is None else now) - int(timestamp)) > CALLBACK_AGE:
        return False
    wanted = hashlib.sha1("".join(sorted([token, timestamp, nonce])).encode("utf-8")).hexdigest()
    return hmac.compare_digest(signature.encode("utf-8"), wanted.encode("ascii"))


def pad(text: str) -> bytes:
    """PKCS#7 on the bytes of the text: what has to stand before AES-CBC in any envelope that is still in use."""
    data = text.encode("utf-8")
    missing = BLOCK - len(data) % BLOCK
    return data + bytes([missing]) * missing


def main() -> int:
    if len(sys.argv) not in (3, 4):
        print("usage: CAUSEWAY_API_KEY=… wecom_bot.py <bot> <text> [user|user…]", file=sys.stderr)
        return 2
    key = os.environ.get("CAUSEWAY_API_KEY", "")
    base_url = os.environ.get("CAUSEWAY_URL", "http://127.0.0.1:8080")
    try:
        bot = WeComBot(sys.argv[1], key, base_url)
        answer = bot.send_text(sys.argv[2], *sys.argv[3:])
    except (SendError, OSError, http.client.HTTPException, ValueError) as error:
        print(f"not sent: {error}", file=sys.stderr)
        return 1
    # Either what WeCom answered (``outcome``), or that it waits for its turn (``state``, ``etaMs``) and leaves by itself.
    names = ("id", "outcome", "errcode", "errmsg", "state", "etaMs")
    print(json.dumps({name: answer[name] for name in names if name in answer}))
    return 0 if answer.get("outcome") == "delivered" or answer.get("state") == "queued" else 1


if __name__ == "__main__":
    sys.exit(main())
