import { createHash } from 'node:crypto';
import { messageSize, robotLimits, type RobotMessage } from '../../common/domain/outgoing.ts';
import { AppError } from '../../common/errors/app-error.ts';

type ImageMessage = Extract<RobotMessage, { msgtype: 'image' }>;

/** First bytes of the two formats that a robot shows. */
const signatures = [Buffer.from([0xff, 0xd8, 0xff]), Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')];

/**
 * Refuses what WeCom would refuse (D91770), before a message of the robot's twenty a minute is spent on it.
 * Throws `MESSAGE_EMPTY`; `MESSAGE_TOO_LONG` with `used` and `limit` in bytes; `BAD_INPUT` with `field` and `reason` for
 * an image that is not base64, not JPG or PNG, over 2 MB, or whose MD5 is not that of its bytes.
 */
export function checkRobotMessage(message: RobotMessage): void {
  if (isEmpty(message)) throw new AppError('MESSAGE_EMPTY');
  if (message.msgtype === 'image') {
    checkImage(message);
    return;
  }
  const size = messageSize(message);
  if (size !== null && size.used > size.limit) throw new AppError('MESSAGE_TOO_LONG', { ...size });
}

function isEmpty(message: RobotMessage): boolean {
  switch (message.msgtype) {
    case 'text': {
      const { content, mentioned_list: users, mentioned_mobile_list: mobiles } = message.text;
      // A text may consist of mentions alone.
      return content.trim() === '' && (users ?? []).length + (mobiles ?? []).length === 0;
    }
    case 'markdown':
      return message.markdown.content.trim() === '';
    case 'markdown_v2':
      return message.markdown_v2.content.trim() === '';
    case 'image':
      return message.image.base64 === '';
    case 'news':
      return message.news.articles.length === 0;
    default:
      return false;
  }
}

function checkImage({ image }: ImageMessage): void {
  const largestText = Math.ceil(robotLimits.imageBytes / 3) * 4;
  if (image.base64.length > largestText) throw badImage('base64', 'too large');
  const bytes = Buffer.from(image.base64, 'base64');
  if (bytes.toString('base64') !== image.base64) throw badImage('base64', 'not base64');
  if (bytes.length > robotLimits.imageBytes) throw badImage('base64', 'too large');
  if (!signatures.some((signature) => bytes.subarray(0, signature.length).equals(signature))) {
    throw badImage('base64', 'neither JPG nor PNG');
  }
  if (createHash('md5').update(bytes).digest('hex') !== image.md5) {
    throw badImage('md5', 'not the MD5 of the bytes');
  }
}

function badImage(field: string, reason: string): AppError {
  return new AppError('BAD_INPUT', { field: `image.${field}`, reason });
}
