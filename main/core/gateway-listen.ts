import { AppError } from '../../common/errors/app-error.ts';
import type { Logger } from '../../common/domain/log.ts';
import { createGateway, type Gateway, type GatewayOptions } from '../../gateway/index.ts';
import type { CoreOptions } from './types.ts';

/**
 * Starts the gateway where the host says, or on the settings' port on loopback. A port that was asked for on the command line
 * has to be free. The settings' port gives way to any free one: callbacks come through the tunnel and do not need it, and an
 * operator can only choose another in a console that has started.
 */
export async function startGateway(
  options: Omit<GatewayOptions, 'listen'>,
  listen: CoreOptions['managementListen'],
  settingsPort: number,
  log: Logger,
): Promise<Gateway> {
  if (listen !== undefined) return createGateway({ ...options, listen });
  const host = '127.0.0.1';
  try {
    return await createGateway({ ...options, listen: { host, port: settingsPort } });
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'PORT_IN_USE') throw error;
    const gateway = await createGateway({ ...options, listen: { host, port: 0 } });
    log.warn(
      { code: error.code, port: settingsPort, address: gateway.address },
      'the management port is taken; listening on a free one',
    );
    return gateway;
  }
}
