/** What the service says to a message; null says nothing. Put your own work here. */
export function answerTo(message) {
  if (message.type === 'event') {
    return message.event === 'enter_agent' || message.event === 'enter_chat'
      ? { type: 'text', content: '你好，我是 Node 示例。' }
      : null;
  }
  if (message.type !== 'text') return { type: 'text', content: `收到一条 ${message.type} 消息。` };
  return { type: 'text', content: `Node: ${message.content.content}` };
}
