import type { Logger } from '../common/domain/log.ts';

type Level = 'debug' | 'info' | 'warn' | 'error';

/** A logger for what starts before the core, whose log it is to join. */
export interface LateLogger {
  readonly logger: Logger;
  /** Hands over what was said so far, and everything from now on. */
  attach(log: Logger): void;
}

const KEPT_LINES = 200;

/** Keeps the first lines until a real logger is there. */
export function createLateLogger(): LateLogger {
  let target: Logger | null = null;
  const waiting: ((log: Logger) => void)[] = [];

  const make = (find: (log: Logger) => Logger): Logger => {
    const say =
      (level: Level) =>
      (fields: object, message: string): void => {
        if (target !== null) find(target)[level](fields, message);
        else if (waiting.length < KEPT_LINES) {
          waiting.push((log) => find(log)[level](fields, message));
        }
      };
    return {
      debug: say('debug'),
      info: say('info'),
      warn: say('warn'),
      error: say('error'),
      child: (fields) => make(childOf(find, fields)),
    };
  };

  return {
    logger: make((log) => log),
    attach(log) {
      target = log;
      for (const line of waiting.splice(0)) line(log);
    },
  };
}

/** The child of whatever logger `find` gives, made once for each. */
function childOf(
  find: (log: Logger) => Logger,
  fields: Record<string, unknown>,
): (log: Logger) => Logger {
  let made: { readonly of: Logger; readonly child: Logger } | null = null;
  return (log) => {
    if (made?.of !== log) made = { of: log, child: find(log).child(fields) };
    return made.child;
  };
}
