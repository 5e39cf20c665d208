#!/usr/bin/env python3
"""A service that Causeway calls over HTTP: WEBHOOK_SECRET=whsec_… PORT=9000 python3 http_service.py"""

import json
import os
import signal
import sys
import threading
from collections import OrderedDict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Dict, Optional

from answer import answer_to
from standard_webhooks import verify_signature

MAX_BODY = 1024 * 1024
REMEMBERED = 10_000
SECRET = os.environ.get("WEBHOOK_SECRET", "")

# An attempt whose answer was lost comes again under the same id, and gets the same answer.
_answered: "OrderedDict[str, Optional[Dict[str, Any]]]" = OrderedDict()
_lock = threading.Lock()


def answer_once(message: Dict[str, Any]) -> Optional[Dict[str, Any]]:
    with _lock:
        if message["id"] in _answered:
            return _answered[message["id"]]
    reply = answer_to(message)
    with _lock:
        _answered[message["id"]] = reply
        while len(_answered) > REMEMBERED:
            _answered.popitem(last=False)
    return reply


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_GET(self) -> None:
        self._send(200 if self.path == "/healthz" else 404, {"status": "ok"})

    def do_POST(self) -> None:
        length = self.headers.get("content-length", "")
        if not length.isdigit() or int(length) > MAX_BODY:
            self.close_connection = True
            return self._send(413, {})
        body = self.rfile.read(int(length))
        if not verify_signature(self.headers, body, SECRET):
            return self._send(401, {})
        try:
            reply = answer_once(json.loads(body))
        except Exception as error:
            # Anything but 2xx tells Causeway to try again.
            print(f"message failed: {error!r}", file=sys.stderr)
            return self._send(500, {})
        self._send(200, {"reply": reply})

    def _send(self, status: int, value: Dict[str, Any]) -> None:
        data = json.dumps(value, ensure_ascii=False).encode("utf-8")
        self.send_response(status)
        self.send_header("content-type", "application/json; charset=utf-8")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: requests are in Causeway's own log."""


def main() -> int:
    if not SECRET.startswith("whsec_"):
        print("Set WEBHOOK_SECRET to the service's signing secret, as Causeway has it.", file=sys.stderr)
        return 2
    address = (os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "9000")))
    server = ThreadingHTTPServer(address, Handler)
    server.daemon_threads = True
    # shutdown() waits for serve_forever(), so it must not run in the thread that serves.
    stop = lambda *_: threading.Thread(target=server.shutdown).start()
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    print(f"listening on http://{server.server_address[0]}:{server.server_address[1]}/", flush=True)
    server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
