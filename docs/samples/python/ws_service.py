#!/usr/bin/env python3
"""A service that subscribes to Causeway over a WebSocket, for programs without an address of their own.

    CAUSEWAY_URL=http://127.0.0.1:8080 CAUSEWAY_TARGET_KEY=… python3 ws_service.py
"""

import json
import os
import random
import signal
import sys
import time
from typing import Any, Dict, Optional

from answer import answer_to
from websocket_client import WebSocket

LONGEST_WAIT = 30.0


def answer_frame(frame: Dict[str, Any]) -> Optional[Dict[str, Any]]:
    """What is sent back for a frame; None for frames that want nothing."""
    if frame["type"] == "request":
        return {"type": "answer", "id": frame["id"], "body": {"got": frame["body"]}}
    if frame["type"] != "message":
        return None
    try:
        reply = answer_to(frame["message"])
    except Exception as error:
        print(f"message failed: {error!r}", file=sys.stderr)
        return {"type": "nack", "id": frame["id"]}
    if reply is None:
        return {"type": "ack", "id": frame["id"]}
    return {"type": "answer", "id": frame["id"], "reply": reply}


def serve(url: str, key: str) -> None:
    """Answers until the connection ends. Raises OSError where it breaks."""
    connection = WebSocket(url, key)
    print("subscribed", flush=True)
    try:
        while (text := connection.receive()) is not None:
            answer = answer_frame(json.loads(text))
            if answer is not None:
                connection.send(json.dumps(answer, ensure_ascii=False))
    finally:
        connection.close()


def main() -> int:
    key = os.environ.get("CAUSEWAY_TARGET_KEY", "")
    base = os.environ.get("CAUSEWAY_URL", "http://127.0.0.1:8080").rstrip("/")
    if not key:
        print("Set CAUSEWAY_TARGET_KEY: console, Routes, the service, Make a new key.", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    failures = 0
    while True:
        began = time.monotonic()
        try:
            serve(f"ws{base[4:]}/api/ws", key)
        except KeyboardInterrupt:
            return 0
        except OSError as error:
            print(f"connection lost: {error}", file=sys.stderr)
        failures = 0 if time.monotonic() - began > LONGEST_WAIT else failures + 1
        # A random part of a wait that doubles, so that many subscribers do not come back in one moment.
        time.sleep(random.random() * min(LONGEST_WAIT, 0.5 * 2**failures))


if __name__ == "__main__":
    sys.exit(main())
