import type { ConfigFileView } from '../../../common/domain/config-file.ts';
import type { PracticeView } from '../../../common/domain/snapshot.ts';
import type { TunnelView } from '../../../common/domain/tunnel.ts';
import type { Gateway } from '../../../gateway/index.ts';
import type { LayeredStores } from '../config/index.ts';
import type { Tunnel } from '../tunnel/index.ts';
import { createCertificateViews } from './certificates.ts';
import type { SnapshotParts } from './feed.ts';
import type { IdentitySource } from './identity-source.ts';
import type { IdentityRequests } from './identity-request.ts';
import { botViews, routeViews, serviceViews, targetViews } from './views.ts';

export interface AssemblerOptions {
  readonly stores: LayeredStores;
  readonly identities: Pick<IdentitySource, 'list'>;
  readonly tunnel: Pick<Tunnel, 'view' | 'publicCertificate'>;
  readonly requests: Pick<IdentityRequests, 'view'>;
  readonly gateway: Pick<Gateway, 'view' | 'targetHealth' | 'serviceFigures' | 'credentialHits'>;
  readonly locked: () => Readonly<Record<string, string>>;
  readonly files: () => ConfigFileView[];
  readonly practice: PracticeView | null;
}

/** Makes the function that reads the whole state from where each part of it lives. */
export function createAssembler(options: AssemblerOptions): () => SnapshotParts {
  const { stores, identities, tunnel, requests, gateway, locked, files, practice } = options;
  const certificates = createCertificateViews();
  const tunnelView = (): TunnelView => {
    const request = requests.view();
    return { ...tunnel.view(), ...(request === null ? {} : { request }) };
  };
  return () => ({
    tunnel: tunnelView(),
    certificates: certificates(identities.list(), tunnel.publicCertificate()),
    gateway: gateway.view(),
    bots: botViews(stores, gateway.credentialHits()),
    targets: targetViews(stores, gateway.targetHealth()),
    routes: routeViews(stores),
    services: serviceViews(stores, gateway.serviceFigures()),
    settings: { values: stores.settings.read(), locked: locked(), files: files() },
    practice,
  });
}
