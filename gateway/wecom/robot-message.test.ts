import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { RobotMessage } from '../../common/domain/outgoing.ts';
import { AppError } from '../../common/errors/app-error.ts';
import { checkRobotMessage } from './robot-message.ts';

function refusalOf(message: RobotMessage): unknown {
  try {
    checkRobotMessage(message);
    return null;
  } catch (error) {
    if (error instanceof AppError) return error.toInfo();
    throw error;
  }
}

const textOf = (content: string): RobotMessage => ({ msgtype: 'text', text: { content } });
const notice = (fields: object): RobotMessage =>
  RobotMessage.parse({
    msgtype: 'template_card',
    template_card: {
      card_type: 'text_notice',
      card_action: { type: 1, url: 'https://u' },
      ...fields,
    },
  });

test.each<RobotMessage>([
  textOf(''),
  textOf(' \n\t'),
  { msgtype: 'text', text: { content: '', mentioned_list: [], mentioned_mobile_list: [] } },
  { msgtype: 'markdown', markdown: { content: '' } },
  { msgtype: 'markdown_v2', markdown_v2: { content: '  ' } },
  { msgtype: 'image', image: { base64: '', md5: 'd41d8cd98f00b204e9800998ecf8427e' } },
])('%j is empty', (message) => {
  expect(refusalOf(message)).toEqual({ code: 'MESSAGE_EMPTY', params: {} });
});

test.each<RobotMessage>([
  textOf('好'.repeat(682)),
  { msgtype: 'text', text: { content: '', mentioned_list: ['@all'] } },
  { msgtype: 'text', text: { content: '', mentioned_mobile_list: ['13800001111'] } },
  { msgtype: 'markdown', markdown: { content: 'a'.repeat(4096) } },
  { msgtype: 'markdown_v2', markdown_v2: { content: '😀'.repeat(1024) } },
  { msgtype: 'news', news: { articles: [{ title: 't'.repeat(500), url: 'https://u' }] } },
  { msgtype: 'file', file: { media_id: 'M' } },
  { msgtype: 'voice', voice: { media_id: 'M' } },
  notice({ main_title: { title: 't' } }),
  notice({ sub_title_text: 's' }),
])('$msgtype passes', (message) => {
  expect(refusalOf(message)).toBeNull();
});

test.each<[RobotMessage, number, number]>([
  [textOf('好'.repeat(683)), 2049, 2048],
  [{ msgtype: 'markdown', markdown: { content: 'a'.repeat(4097) } }, 4097, 4096],
  [{ msgtype: 'markdown_v2', markdown_v2: { content: '😀'.repeat(1025) } }, 4100, 4096],
])('$0.msgtype of %# is too long', (message, used, limit) => {
  expect(refusalOf(message)).toEqual({ code: 'MESSAGE_TOO_LONG', params: { used, limit } });
});

const png = Buffer.from('\x89PNG\r\n\x1a\nrest', 'latin1');
const jpg = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2]);
const md5 = (bytes: Buffer): string => createHash('md5').update(bytes).digest('hex');
function image(bytes: Buffer, change: { base64?: string; md5?: string } = {}): RobotMessage {
  const fields = { base64: bytes.toString('base64'), md5: md5(bytes), ...change };
  return { msgtype: 'image', image: fields };
}
const largest = Buffer.concat([png, Buffer.alloc(2 * 1024 * 1024 - png.length)]);

test('images of both formats pass, up to 2 MB', () => {
  expect([png, jpg, largest].map((bytes) => refusalOf(image(bytes)))).toEqual([null, null, null]);
});

test.each<[string, RobotMessage, string, string]>([
  ['GIF', image(Buffer.from('GIF89a')), 'image.base64', 'neither JPG nor PNG'],
  ['too short', image(png.subarray(0, 5)), 'image.base64', 'neither JPG nor PNG'],
  [
    'line breaks',
    image(png, { base64: `${png.toString('base64')}\n` }),
    'image.base64',
    'not base64',
  ],
  ['data URL', image(png, { base64: 'data:image/png;base64,iVBO' }), 'image.base64', 'not base64'],
  [
    'one byte over',
    image(Buffer.concat([largest, png.subarray(0, 1)])),
    'image.base64',
    'too large',
  ],
  ['far over', image(png, { base64: 'A'.repeat(4_000_000) }), 'image.base64', 'too large'],
  ['MD5 of another', image(png, { md5: md5(jpg) }), 'image.md5', 'not the MD5 of the bytes'],
  [
    'MD5 of the base64',
    image(png, { md5: md5(Buffer.from(png.toString('base64'))) }),
    'image.md5',
    'not the MD5 of the bytes',
  ],
])('image: %s', (_, message, field, reason) => {
  expect(refusalOf(message)).toEqual({ code: 'BAD_INPUT', params: { field, reason } });
});
