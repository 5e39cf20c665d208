"""What the service says to a message. Put your own work here."""

from typing import Any, Dict, Optional


def answer_to(message: Dict[str, Any]) -> Optional[Dict[str, Any]]:
    """The reply to a message; None says nothing."""
    if message["type"] == "event":
        if message["event"] in ("enter_agent", "enter_chat"):
            return {"type": "text", "content": "你好，我是 Python 示例。"}
        return None
    if message["type"] != "text":
        return {"type": "text", "content": f"收到一条 {message['type']} 消息。"}
    return {"type": "text", "content": f"Python: {message['content']['content']}"}
