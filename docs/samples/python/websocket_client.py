"""A small WebSocket client (RFC 6455) over the standard library: text messages, ping, close."""

import base64
import hashlib
import os
import socket
import ssl
import struct
from typing import Optional, Tuple
from urllib.parse import urlsplit

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10
MAX_MESSAGE = 4 * 1024 * 1024


class WebSocketError(OSError):
    """The server is no WebSocket server, refused, or broke the protocol."""


class WebSocket:
    """Connects on creation. ``idle`` is how long the server may be silent, seconds: it pings more often than that."""

    def __init__(self, url: str, key: str, idle: float = 90) -> None:
        parts = urlsplit(url)
        secure = parts.scheme == "wss"
        host = parts.hostname or ""
        port = parts.port or (443 if secure else 80)
        self._socket: socket.socket = socket.create_connection((host, port), timeout=10)
        try:
            if secure:
                context = ssl.create_default_context()
                self._socket = context.wrap_socket(self._socket, server_hostname=host)
            self._stream = self._socket.makefile("rb")
            self._handshake(f"{host}:{port}", parts.path or "/", key)
            self._socket.settimeout(idle)
        except BaseException:
            self._socket.close()
            raise

    def _handshake(self, host: str, path: str, key: str) -> None:
        nonce = base64.b64encode(os.urandom(16))
        self._socket.sendall(
            f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {nonce.decode()}\r\nSec-WebSocket-Version: 13\r\n"
            f"Authorization: Bearer {key}\r\n\r\n".encode()
        )
        status = self._stream.readline(1024).decode("latin-1").split(" ", 2)
        accept = b""
        while True:
            line = self._stream.readline(8192)
            if line in (b"\r\n", b""):
                break
            name, _, value = line.partition(b":")
            if name.lower() == b"sec-websocket-accept":
                accept = value.strip()
        if len(status) < 2 or status[1] != "101":
            raise WebSocketError(f"refused with {' '.join(status[1:2]) or 'no answer'}")
        if accept != base64.b64encode(hashlib.sha1(nonce + _GUID).digest()):
            raise WebSocketError("not a WebSocket server")

    def receive(self) -> Optional[str]:
        """The next message; None once the server has closed. Answers pings on the way."""
        message = b""
        while True:
            final, opcode, data = self._frame()
            if opcode == _CLOSE:
                self._send(_CLOSE, data[:2])
                return None
            if opcode == _PING:
                self._send(_PONG, data)
            elif opcode < _CLOSE:
                message += data
                if len(message) > MAX_MESSAGE:
                    raise WebSocketError("message too long")
                if final:
                    return message.decode("utf-8")

    def send(self, text: str) -> None:
        self._send(_TEXT, text.encode("utf-8"))

    def close(self) -> None:
        try:
            self._send(_CLOSE, struct.pack("!H", 1000))
        except OSError:
            pass
        self._socket.close()

    def _frame(self) -> Tuple[bool, int, bytes]:
        first, second = self._read(2)
        length = second & 0x7F
        if length == 126:
            (length,) = struct.unpack("!H", self._read(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", self._read(8))
        if second & 0x80 or length > MAX_MESSAGE:
            raise WebSocketError("frame that no server may send")
        return bool(first & 0x80), first & 0x0F, self._read(length)

    def _read(self, count: int) -> bytes:
        data = self._stream.read(count)
        if len(data) < count:
            raise WebSocketError("connection lost")
        return data

    def _send(self, opcode: int, data: bytes) -> None:
        # A client masks what it sends (RFC 6455, 5.3).
        mask = os.urandom(4)
        size = len(data)
        if size < 126:
            head = struct.pack("!BB", 0x80 | opcode, 0x80 | size)
        elif size < 65536:
            head = struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, size)
        else:
            head = struct.pack("!BBQ", 0x80 | opcode, 0x80 | 127, size)
        masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(data))
        self._socket.sendall(head + mask + masked)
