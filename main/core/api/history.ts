import type { Logger } from '../../../common/domain/log.ts';
import type { Gateway } from '../../../gateway/index.ts';
import type { Logs } from '../logs/index.ts';
import type { Handlers } from './dispatcher.ts';

type HistoryHandlers = Pick<
  Handlers,
  | 'messages.list'
  | 'messages.get'
  | 'send.message'
  | 'send.quota'
  | 'outbox.list'
  | 'outbox.retry'
  | 'outbox.cancel'
  | 'logs.recent'
>;

/** What happened and what is sent: messages, the send panel, and the log. */
export function historyHandlers(
  gateway: Pick<Gateway, 'listMessages' | 'getMessage' | 'send' | 'quota' | 'outbox'>,
  logs: Pick<Logs, 'recent'>,
  log: Logger,
): HistoryHandlers {
  return {
    'messages.list': (query) => gateway.listMessages(query),
    'messages.get': ({ id }, caller) => {
      const detail = gateway.getMessage(id);
      log.info({ message: detail.row.id, caller: caller.name }, 'a message was opened');
      return detail;
    },
    'send.message': ({ bot, message, options }) => gateway.send(bot, message, options),
    'send.quota': ({ bot }) => gateway.quota(bot),
    'outbox.list': (query) => gateway.outbox.list(query),
    'outbox.retry': ({ id }) => gateway.outbox.retry(id),
    'outbox.cancel': ({ id }) => gateway.outbox.cancel(id),
    'logs.recent': (query) => ({ entries: logs.recent(query) }),
  };
}
