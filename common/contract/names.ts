/**
 * The names of the contract alone, for the preload, which must not carry the schemas. A test holds them to `api.ts`.
 */
export const callNames = [
  'app.info',
  'state.get',
  'tunnel.enrol',
  'tunnel.request',
  'tunnel.cancelRequest',
  'tunnel.connect',
  'tunnel.disconnect',
  'tunnel.forget',
  'bots.save',
  'bots.remove',
  'targets.save',
  'targets.remove',
  'targets.drain',
  'targets.createKey',
  'routes.save',
  'routes.remove',
  'routes.reorder',
  'messages.list',
  'messages.get',
  'send.message',
  'send.quota',
  'outbox.list',
  'outbox.retry',
  'outbox.cancel',
  'logs.recent',
  'settings.update',
  'shell.revealData',
  'shell.openExternal',
  'shell.quit',
] as const;

export const topicNames = ['state.changed', 'messages.changed', 'logs.appended'] as const;
