// Posts one text message to a practice bot as WeCom would, with node:crypto and curl alone, and prints the decrypted reply.
// Usage: node callback.mjs READY_JSON TEXT, where READY_JSON is the line that `npm start -- --practice --json` prints.
import { execFileSync } from 'node:child_process';
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

const ready = JSON.parse(process.argv[2]);
const text = process.argv[3];
const bot = ready.bots.find(({ kind }) => kind === 'app');
const key = Buffer.from(`${bot.encodingAESKey}=`, 'base64');
const sha1 = (...parts) =>
  createHash('sha1')
    .update(parts.sort((a, b) => (a < b ? -1 : 1)).join(''))
    .digest('hex');

const timestamp = String(Math.floor(Date.now() / 1000));
const nonce = randomBytes(5).toString('hex');
const message = Buffer.from(
  `<xml><ToUserName><![CDATA[${bot.receiveId}]]></ToUserName><FromUserName><![CDATA[script]]></FromUserName>` +
    `<CreateTime>${timestamp}</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[${text}]]></Content>` +
    `<MsgId>${BigInt(`0x${randomBytes(7).toString('hex')}`)}</MsgId><AgentID>1000002</AgentID></xml>`,
);
const length = Buffer.alloc(4);
length.writeUInt32BE(message.length);
const plain = Buffer.concat([randomBytes(16), length, message, Buffer.from(bot.receiveId)]);
const pad = 32 - (plain.length % 32);
const cipher = createCipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false);
const encrypt = Buffer.concat([
  cipher.update(Buffer.concat([plain, Buffer.alloc(pad, pad)])),
  cipher.final(),
]).toString('base64');

const query = `msg_signature=${sha1(bot.token, timestamp, nonce, encrypt)}&timestamp=${timestamp}&nonce=${nonce}`;
const answer = execFileSync(
  'curl',
  [
    ...['--silent', '--show-error', '--fail', '--noproxy', '*', '--max-time', '10'],
    ...['--cacert', ready.publicCa, '--header', 'content-type: text/xml', '--data-binary', '@-'],
    `${bot.callback}?${query}`,
  ],
  {
    input: `<xml><ToUserName><![CDATA[${bot.receiveId}]]></ToUserName><Encrypt><![CDATA[${encrypt}]]></Encrypt></xml>`,
    encoding: 'utf8',
  },
);

const field = (name) =>
  new RegExp(`<${name}>(?:<!\\[CDATA\\[)?(.*?)(?:\\]\\]>)?</${name}>`).exec(answer)?.[1] ?? '';
const sealed = field('Encrypt');
if (field('MsgSignature') !== sha1(bot.token, field('TimeStamp'), field('Nonce'), sealed)) {
  throw new Error('the signature of the reply does not match');
}
const decipher = createDecipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false);
const opened = Buffer.concat([decipher.update(Buffer.from(sealed, 'base64')), decipher.final()]);
const end = 20 + opened.readUInt32BE(16);
const receiver = opened.subarray(end, opened.length - (opened.at(-1) ?? 0)).toString();
if (receiver !== bot.receiveId) throw new Error('the reply is for another receiver');
process.stdout.write(`${opened.subarray(20, end).toString()}\n`);
