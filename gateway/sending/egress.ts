import { Dispatcher } from 'undici';
import { AppError } from '../../common/errors/app-error.ts';
import type { BotConfig, Egress } from '../types.ts';

/** The way out for one bot: its own choice, or the gateway's. */
export function egressOf(bot: Pick<BotConfig, 'egress'>, egress: Egress): Egress {
  const wanted = bot.egress;
  if (wanted === undefined) return egress;
  if (egress.choose !== undefined) return egress.choose(wanted);
  return egress.via === wanted ? egress : closedWay(wanted);
}

/** A way that does not exist here: rather no message than one that leaves under another address. */
function closedWay(via: 'direct' | 'relay'): Egress {
  return { via, ip: () => null, dispatcher: () => new ClosedDispatcher() };
}

class ClosedDispatcher extends Dispatcher {
  override dispatch(): boolean {
    throw new AppError('TUNNEL_OFFLINE');
  }
}
