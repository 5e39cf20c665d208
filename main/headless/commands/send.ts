import type { RobotMessage } from '../../../common/domain/outgoing.ts';
import { print, withRunning, type CommandContext } from './context.ts';

/** Sends one message through a robot of the running program. 0 when WeCom took it, or when it is stored and leaves later. */
export async function send(
  { io, words, dataDir }: CommandContext,
  bot: string,
  content: string,
  markdown: boolean,
): Promise<number> {
  const message: RobotMessage = markdown
    ? { msgtype: 'markdown', markdown: { content } }
    : { msgtype: 'text', text: { content } };
  const result = await withRunning(dataDir, (client) =>
    client.call('send.message', { bot, message }),
  );
  const line = words.t(`cli.send.${result.outcome}`, {
    ms: String(Math.round(result.durationMs)),
    via: result.egress.ip ?? result.egress.via,
    remaining: result.remaining === null ? '–' : String(result.remaining),
    errcode: String(result.errcode ?? '–'),
    errmsg: result.errmsg,
  });
  const isGood = result.outcome === 'delivered' || result.outcome === 'queued';
  print(isGood ? io.stdout : io.stderr, line);
  return isGood ? 0 : 1;
}
