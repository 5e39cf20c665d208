import type { MessageKey } from '../../../../common/i18n/bundle.ts';
import type { Translate } from '../../../../common/i18n/translate.ts';

const words: Readonly<Record<string, MessageKey>> = {
  'tunnel.create': 'relay.action.tunnelCreate',
  'tunnel.remove': 'relay.action.tunnelRemove',
  'domain.bind': 'relay.action.domainBind',
  'domain.unbind': 'relay.action.domainUnbind',
  'access.set': 'relay.action.accessSet',
  'limits.set': 'relay.action.limitsSet',
  'hold.set': 'relay.action.holdSet',
  'gate.set': 'relay.action.gateSet',
  'gate.remove': 'relay.action.gateRemove',
  'token.create': 'relay.action.tokenCreate',
  'token.revoke': 'relay.action.tokenRevoke',
  'device.enrol': 'relay.action.deviceEnrol',
  'device.revoke': 'relay.action.deviceRevoke',
  'certificate.renew': 'relay.action.certificateRenew',
  'auth-file.upload': 'relay.action.authUpload',
  'auth-file.approve': 'relay.action.authApprove',
  'auth-file.refuse': 'relay.action.authRefuse',
  'recovery.set': 'relay.action.recoverySet',
  'recovery.request': 'relay.action.recoveryRequest',
  'recovery.approve': 'relay.action.recoveryApprove',
  'recovery.refuse': 'relay.action.recoveryRefuse',
  'spool.deliver': 'relay.action.spoolDeliver',
  'spool.forget': 'relay.action.spoolForget',
  'egress.open': 'relay.action.egressOpen',
  'egress.refuse': 'relay.action.egressRefuse',
  login: 'relay.action.login',
  'login.refused': 'relay.action.loginRefused',
  'password.set': 'relay.action.passwordSet',
  'password.reset': 'relay.action.passwordReset',
};

/** An action in words; one that this console does not know reads as it is stored. */
export function auditAction(action: string, t: Translate): string {
  const key = words[action];
  return key === undefined ? action : t(key);
}
