import type { Logger } from '../../../common/domain/log.ts';
import type { Gateway } from '../../../gateway/index.ts';
import type { Handlers } from './dispatcher.ts';

type ReplayHandlers = Pick<
  Handlers,
  'messages.redrive' | 'messages.replay' | 'messages.replays' | 'messages.cancelReplay'
>;

/** What was received, delivered once more. Who asked for it is in the log. */
export function replayHandlers(
  gateway: Pick<Gateway, 'redrive' | 'replays'>,
  log: Logger,
): ReplayHandlers {
  return {
    'messages.redrive': async (selection, caller) => {
      const messages = await gateway.redrive(selection);
      const fields = { audit: 'messages.redrive', caller: caller.name, messages };
      log.info(fields, 'dead letters redriven');
      return { messages };
    },
    'messages.replay': async (request, caller) => {
      const view = await gateway.replays.start(request);
      const fields = { audit: 'messages.replay', caller: caller.name, replay: view.id };
      log.info(fields, 'replay asked for');
      return view;
    },
    'messages.replays': () => ({ replays: gateway.replays.list() }),
    'messages.cancelReplay': async ({ id }, caller) => {
      await gateway.replays.cancel(id);
      const fields = { audit: 'messages.cancelReplay', caller: caller.name, replay: id };
      log.info(fields, 'replay cancelled');
    },
  };
}
