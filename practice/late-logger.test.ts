import { expect, it } from 'vitest';
import type { Logger } from '../common/domain/log.ts';
import { createLateLogger } from './late-logger.ts';

function recorder(): { log: Logger; lines: unknown[] } {
  const lines: unknown[] = [];
  const make = (bound: object): Logger => {
    const say =
      (level: string) =>
      (fields: object, message: string): void =>
        void lines.push([level, { ...bound, ...fields }, message]);
    return {
      debug: say('debug'),
      info: say('info'),
      warn: say('warn'),
      error: say('error'),
      child: (fields) => make({ ...bound, ...fields }),
    };
  };
  return { log: make({}), lines };
}

it('hands over in order what was said before, and says the rest at once', () => {
  const late = createLateLogger();
  const relay = late.logger.child({ module: 'relay' }).child({ part: 'ca' });
  late.logger.info({}, 'first');
  relay.warn({ n: 1 }, 'second');
  const { log, lines } = recorder();
  late.attach(log);
  relay.error({}, 'third');
  expect(lines).toEqual([
    ['info', {}, 'first'],
    ['warn', { module: 'relay', part: 'ca', n: 1 }, 'second'],
    ['error', { module: 'relay', part: 'ca' }, 'third'],
  ]);
});

it('keeps no more than 200 lines', () => {
  const late = createLateLogger();
  for (let n = 0; n < 300; n += 1) late.logger.info({ n }, 'line');
  const { log, lines } = recorder();
  late.attach(log);
  expect(lines).toHaveLength(200);
});
