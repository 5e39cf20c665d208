import type { Client } from '../common/contract/client.ts';
import type { BotView } from '../common/domain/bot.ts';
import type { Locale } from '../common/domain/settings.ts';
import type { PracticeIdentity } from './identity.ts';

export const BOT_ID = 'practice';
export const ROBOT_ID = 'practice-robot';
/** AgentID of the practice app. */
export const PRACTICE_AGENT_ID = 1_000_002;
const TARGET_ID = 'practice-service';

const names = {
  en: { bot: 'Practice bot', robot: 'Practice group robot' },
  'zh-CN': { bot: '练习机器人', robot: '练习群机器人' },
} as const;

/**
 * Saves the practice service, app and group robot through the contract, as an operator would. What an operator has changed
 * of them since (name, target, default) stays.
 */
export async function saveBots(
  client: Client,
  practice: {
    readonly identity: PracticeIdentity;
    readonly serviceUrl: string;
    readonly webhook: string;
    /** Where the simulator answers as WeCom's API. */
    readonly wecomApi: string;
    readonly locale: Locale;
  },
): Promise<void> {
  const { identity, locale } = practice;
  await client.call('targets.save', {
    id: TARGET_ID,
    url: practice.serviceUrl,
    secret: identity.targetSecret,
  });
  const { bots } = await client.call('state.get');
  const kept = (id: string): BotView | undefined => bots.find((bot) => bot.id === id);
  const bot = kept(BOT_ID);
  await client.call('bots.save', {
    id: BOT_ID,
    kind: 'app',
    name: bot?.name ?? names[locale].bot,
    token: identity.token,
    encodingAesKey: identity.encodingAESKey,
    receiveId: identity.corpId,
    corpId: identity.corpId,
    corpSecret: identity.appSecret,
    agentId: PRACTICE_AGENT_ID,
    apiBase: practice.wecomApi,
    target: bot === undefined ? TARGET_ID : bot.target,
    isDefault: bot?.isDefault ?? true,
  });
  await client.call('bots.save', {
    id: ROBOT_ID,
    kind: 'robot',
    name: kept(ROBOT_ID)?.name ?? names[locale].robot,
    receiveId: '',
    webhook: practice.webhook,
    target: null,
    isDefault: false,
  });
}
