import type { Gate } from '../ingress/gate.ts';
import type { IngressLimits } from '../ingress/limits.ts';
import type { RuleBook } from '../tunnel-rules.ts';
import { createAccessGate } from './access.ts';
import { createSignatureGate, type GateSecret, type SignatureGate } from './signature.ts';
import { createTokenBuckets } from './token-bucket.ts';

/** What holds for the requests of each tunnel. */
export interface Policy {
  readonly access: Gate;
  readonly signature: SignatureGate;
  readonly bodyBytes: (tunnel: string) => number;
  /** 0 when one more request may pass now, else milliseconds until one may. */
  readonly takeRate: (tunnel: string, isCallback: boolean) => number;
}

const noSecrets: readonly GateSecret[] = [];

/** The rules of the console and the relay's own limits, as the ingress asks for them. */
export function createPolicy(
  rules: Pick<RuleBook, 'of'>,
  limits: IngressLimits,
  now: () => number,
): Policy {
  const buckets = createTokenBuckets();
  return {
    access: createAccessGate((tunnel, authority) => rules.of(tunnel)?.accessOf(authority) ?? null),
    signature: createSignatureGate({
      secretsOf: (tunnel) => rules.of(tunnel)?.gates ?? noSecrets,
      maxAgeMs: limits.signatureMaxAgeMs,
      now,
    }),
    bodyBytes: (tunnel) => rules.of(tunnel)?.limits.bodyBytes ?? limits.bodyBytes,
    takeRate: (tunnel, isCallback) => {
      const perSecond = rules.of(tunnel)?.limits.requestsPerSecond ?? limits.requestsPerSecond;
      return perSecond === null ? 0 : buckets.take(tunnel, perSecond, isCallback);
    },
  };
}
