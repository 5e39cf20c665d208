import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startSimulator, type Simulator } from './index.ts';

const KEY = 'a1b2c3d4-0000-4000-8000-000000000000';

interface Answer {
  readonly errcode: number;
  readonly errmsg: string;
  readonly media_id?: string;
  readonly created_at?: string;
}

let simulator: Simulator;
let clock = 1_700_000_000_000;

beforeEach(async () => {
  simulator = await startSimulator({
    listen: { host: '127.0.0.1', port: 0 },
    robots: [{ name: 'practice-robot', key: KEY }],
    now: () => clock,
  });
});

afterEach(() => simulator.close());

async function post(message: unknown, url = simulator.webhook(KEY)): Promise<Answer> {
  const body = typeof message === 'string' ? message : JSON.stringify(message);
  const response = await fetch(url, { method: 'POST', body });
  expect(response.status).toBe(200);
  return (await response.json()) as Answer;
}

const text = (content: string): object => ({ msgtype: 'text', text: { content } });

async function upload(type: string, bytes: Uint8Array<ArrayBuffer>, key = KEY): Promise<Answer> {
  const form = new FormData();
  form.set('media', new Blob([bytes]), '报表.txt');
  const url = `${simulator.address}/cgi-bin/webhook/upload_media?key=${key}&type=${type}`;
  const response = await fetch(url, { method: 'POST', body: form });
  return (await response.json()) as Answer;
}

describe('send', () => {
  it('takes a text and keeps it, without the key', async () => {
    expect(await post(text('早上好'))).toEqual({ errcode: 0, errmsg: 'ok' });
    const [kept] = simulator.messages();
    expect(kept).toMatchObject({ robot: 'practice-robot', at: clock, message: text('早上好') });
    expect(JSON.stringify(simulator.messages())).not.toContain(KEY);
  });

  it.each(['', 'key=wrong'])(
    'answers 93000 in WeCom’s words to a wrong key (%s)',
    async (query) => {
      const answer = await post(text('x'), `${simulator.address}/cgi-bin/webhook/send?${query}`);
      expect(answer.errcode).toBe(93000);
      expect(answer.errmsg).toMatch(
        /^invalid webhook url, hint: \[\d+\], from ip: 127\.0\.0\.1, more info at https:\/\/open\.work\.weixin\.qq\.com\/devtool\/query\?e=93000$/,
      );
    },
  );

  it.each([
    ['no JSON', '{', 47001],
    ['an unknown type', { msgtype: 'poem', poem: {} }, 40008],
    ['no type', {}, 40008],
    ['an empty text', text(''), 44004],
    ['a text without content', { msgtype: 'text' }, 44004],
    ['2,049 bytes of text', text('字'.repeat(683)), 45002],
    ['a file never uploaded', { msgtype: 'file', file: { media_id: 'x' } }, 40007],
    [
      'nine articles',
      { msgtype: 'news', news: { articles: Array(9).fill({ title: 't', url: 'https://e.com' }) } },
      40058,
    ],
    [
      'a card without action',
      { msgtype: 'template_card', template_card: { card_type: 'text_notice' } },
      40058,
    ],
  ])('refuses %s', async (_what, message, errcode) => {
    expect((await post(message)).errcode).toBe(errcode);
    expect(simulator.messages()).toEqual([]);
  });

  it('takes 2,048 bytes of text and 4,096 of markdown, and says 40058 of one more', async () => {
    expect((await post(text('a'.repeat(2048)))).errcode).toBe(0);
    const markdown = (content: string): object => ({ msgtype: 'markdown', markdown: { content } });
    expect((await post(markdown('a'.repeat(4096)))).errcode).toBe(0);
    const refused = await post(markdown('a'.repeat(4097)));
    expect(refused.errcode).toBe(40058);
    expect(refused.errmsg).toMatch(
      /^markdown\.content exceed max length 4096\. invalid Request Parameter, hint: \[/,
    );
  });

  it('takes a text that only mentions somebody', async () => {
    const message = { msgtype: 'text', text: { content: '', mentioned_list: ['@all'] } };
    expect((await post(message)).errcode).toBe(0);
  });

  it('checks an image’s MD5 and size', async () => {
    const image = (bytes: Buffer, md5 = createHash('md5').update(bytes).digest('hex')): object => ({
      msgtype: 'image',
      image: { base64: bytes.toString('base64'), md5 },
    });
    expect((await post(image(Buffer.from('picture')))).errcode).toBe(0);
    expect((await post(image(Buffer.from('picture'), '0'.repeat(32)))).errcode).toBe(40058);
    expect((await post(image(Buffer.alloc(2 * 1024 * 1024 + 1)))).errcode).toBe(40009);
  });

  it('takes 20 messages in any minute and refuses the next with 45009', async () => {
    const begin = clock;
    for (let n = 0; n < 20; n += 1) {
      clock = begin + n * 1000;
      expect((await post(text(String(n)))).errcode).toBe(0);
    }
    expect((await post(text('21'))).errcode).toBe(45009);
    clock = begin + 60_000;
    expect((await post(text('the first one is a minute old'))).errcode).toBe(0);
    expect((await post(text('the second is not'))).errcode).toBe(45009);
  });

  it('answers a body of more than 4 MB and keeps serving', async () => {
    expect((await post(text('x'.repeat(5 << 20)))).errcode).toBe(45002);
    expect((await post(text('x'))).errcode).toBe(0);
  });
});

describe('upload_media', () => {
  it('gives a media_id that lives three days for this robot', async () => {
    const answer = await upload('file', new TextEncoder().encode('quarter'));
    expect(answer).toMatchObject({
      errcode: 0,
      type: 'file',
      created_at: String(Math.floor(clock / 1000)),
    });
    const file = { msgtype: 'file', file: { media_id: answer.media_id } };
    expect((await post(file)).errcode).toBe(0);
    expect(simulator.messages()[0]?.message).toMatchObject({
      file: { name: '报表.txt', bytes: 7 },
    });
    expect((await post({ ...file, msgtype: 'voice', voice: file.file })).errcode).toBe(40007);
    clock += 3 * 86_400_000;
    expect((await post(file)).errcode).toBe(40007);
  });

  it('looks at the file before the key', async () => {
    expect((await upload('file', new Uint8Array(), 'wrong')).errcode).toBe(44001);
    expect((await upload('file', new Uint8Array(6), 'wrong')).errcode).toBe(93000);
  });

  it('refuses what is too small, too large, or of another type', async () => {
    expect((await upload('file', new Uint8Array(5))).errcode).toBe(40006);
    expect((await upload('voice', new Uint8Array(2 * 1024 * 1024 + 1))).errcode).toBe(45001);
    expect((await upload('image', new Uint8Array(6))).errcode).toBe(40008);
  });
});
