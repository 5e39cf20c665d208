import { appMessageSize, type AppMessage } from '../../common/domain/app-message.ts';
import { AppError } from '../../common/errors/app-error.ts';

/**
 * Refuses what WeCom would refuse or cut (D90236) and the schema cannot tell. Throws `MESSAGE_EMPTY`; `MESSAGE_TOO_LONG`
 * with `used` and `limit` in bytes.
 */
export function checkAppMessage(message: AppMessage): void {
  const content =
    message.msgtype === 'text'
      ? message.text.content
      : message.msgtype === 'markdown'
        ? message.markdown.content
        : null;
  if (content !== null && content.trim() === '') throw new AppError('MESSAGE_EMPTY');
  const size = appMessageSize(message);
  if (size !== null && size.used > size.limit) throw new AppError('MESSAGE_TOO_LONG', { ...size });
}
