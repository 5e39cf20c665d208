import { createHash, createPublicKey, randomUUID, verify } from 'node:crypto';
import { promisify } from 'node:util';
import { AppError } from '../common/errors/app-error.ts';
import {
  AuthFile,
  authFileText,
  MAX_AUTH_FILE,
  pickupText,
  type PickupRequest,
} from '../common/tunnel/auth-file.ts';
import type { EnrolResponse } from '../common/tunnel/control.ts';
import type { Authority } from './ca/authority.ts';
import { verifyCsr } from './ca/csr.ts';
import { signDevice } from './ca/device-certificate.ts';
import { adminKey, type Actor } from './store/audit.ts';
import type { StoredAuthRequest } from './store/auth-requests.ts';
import type { Store } from './store/index.ts';

const verifyAsync = promisify(verify);

/** Files that nobody has decided on, at most. */
const MAX_PENDING = 100;
/** How long a request is remembered after its upload. */
const KEEP = 90 * 86_400_000;

export interface AuthFilesDeps {
  readonly store: Store;
  readonly authority: Authority;
  readonly now: () => number;
}

/** Enrolment by an uploaded auth file (deployment guide §3.2): upload, decide, pick up. */
export interface AuthFiles {
  /**
   * Checks a file and keeps it; returns the fingerprint of its CSR. Uploading the same file again changes nothing.
   * Throws AUTH_FILE_INVALID with a `reason`, CSR_INVALID, TOO_LARGE, BUSY when too many wait.
   */
  readonly upload: (text: string, by?: Actor) => Promise<string>;
  /** Signs the device's certificate. Throws NOT_FOUND (request, tunnel), CONFLICT when it was decided before. */
  readonly approve: (fingerprint: string, tunnel: string, by?: Actor) => Promise<string>;
  /** Throws NOT_FOUND, CONFLICT. */
  readonly refuse: (fingerprint: string, by?: Actor) => void;
  /** What the device gets. Throws NOT_FOUND, ENROLMENT_PENDING, ENROLMENT_REFUSED. */
  readonly answer: (fingerprint: string) => EnrolResponse;
  /**
   * The device asks for {@link answer} itself and proves that it holds the CSR's key, on the TLS connection of which
   * `binding` is the channel binding (base64). Throws the same, and NOT_FOUND for a wrong proof: who cannot prove it
   * learns nothing.
   */
  readonly pickUp: (request: PickupRequest, binding: string) => Promise<EnrolResponse>;
}

export function createAuthFiles({ store, authority, now }: AuthFilesDeps): AuthFiles {
  const known = (fingerprint: string): StoredAuthRequest => {
    const request = store.authRequests.byFingerprint(fingerprint);
    if (request === null)
      throw new AppError('NOT_FOUND', { fingerprint: fingerprint.slice(0, 64) });
    return request;
  };

  const answer = (fingerprint: string): EnrolResponse => {
    const request = known(fingerprint);
    if (request.refusedAt !== null) throw new AppError('ENROLMENT_REFUSED');
    if (request.certificate === null) throw new AppError('ENROLMENT_PENDING');
    const device = request.deviceId === null ? null : store.devices.byId(request.deviceId);
    const tunnel = device === null ? null : store.tunnels.byId(device.tunnelId);
    // The tunnel was removed meanwhile, and its devices with it.
    if (device === null || tunnel === null) throw new AppError('ENROLMENT_REFUSED');
    return {
      deviceId: device.id,
      tunnel: tunnel.name,
      domains: [...tunnel.domains],
      certificate: request.certificate,
      ca: authority.pem,
    };
  };

  return {
    upload: async (text, by = adminKey) => {
      const file = readAuthFile(text);
      const key = await verifyCsr(file.csr);
      if (!(await isSigned(authFileText(file), file.signature, key))) {
        throw new AppError('AUTH_FILE_INVALID', { reason: 'signature' });
      }
      const fingerprint = csrFingerprint(file.csr);
      store.atomically(() => {
        store.authRequests.sweep(now() - KEEP);
        if (store.authRequests.countPending() >= MAX_PENDING) {
          throw new AppError('BUSY', { limit: MAX_PENDING });
        }
        const { csr, device, createdAt } = file;
        const uploaded = { uploadedAt: now(), uploadedBy: by.name };
        if (!store.authRequests.insert({ fingerprint, csr, device, createdAt, ...uploaded }))
          return;
        store.audit.add({
          time: now(),
          actor: by,
          action: 'auth-file.upload',
          subject: device.hostname,
          detail: { fingerprint, ...device },
        });
      });
      return fingerprint;
    },
    approve: async (fingerprint, name, by = adminKey) => {
      const request = known(fingerprint);
      if (request.certificate !== null || request.refusedAt !== null) {
        throw new AppError('CONFLICT', { value: fingerprint });
      }
      const tunnel = store.tunnels.byName(name);
      if (tunnel === null) throw new AppError('NOT_FOUND', { tunnel: name.slice(0, 64) });
      const deviceId = randomUUID();
      const certificate = await signDevice(authority, request.csr, deviceId, now());
      store.atomically(() => {
        store.devices.insert({
          id: deviceId,
          tunnelId: tunnel.id,
          ...request.device,
          enrolledAt: now(),
        });
        store.devices.addCertificate(deviceId, certificate);
        // Somebody else may have decided while the thread pool was signing; throwing undoes the device.
        if (!store.authRequests.approve(fingerprint, deviceId, certificate.pem)) {
          throw new AppError('CONFLICT', { value: fingerprint });
        }
        store.audit.add({
          time: now(),
          actor: by,
          action: 'auth-file.approve',
          subject: tunnel.name,
          detail: { fingerprint, device: deviceId, hostname: request.device.hostname },
        });
      });
      return deviceId;
    },
    refuse: (fingerprint, by = adminKey) => {
      const request = known(fingerprint);
      store.atomically(() => {
        if (!store.authRequests.refuse(fingerprint, now())) {
          throw new AppError('CONFLICT', { value: fingerprint });
        }
        store.audit.add({
          time: now(),
          actor: by,
          action: 'auth-file.refuse',
          subject: request.device.hostname,
          detail: { fingerprint },
        });
      });
    },
    answer,
    pickUp: async ({ fingerprint, proof }, binding) => {
      const request = known(fingerprint);
      const key = await verifyCsr(request.csr);
      if (!(await isSigned(pickupText(fingerprint, binding), proof, key))) {
        throw new AppError('NOT_FOUND', { fingerprint });
      }
      const response = answer(fingerprint);
      store.authRequests.collect(fingerprint, now());
      return response;
    },
  };
}

/** Reads the text of an auth file; its signature is not looked at. Throws TOO_LARGE, AUTH_FILE_INVALID. */
function readAuthFile(text: string): AuthFile {
  if (text.length > MAX_AUTH_FILE) throw new AppError('TOO_LARGE', { limit: MAX_AUTH_FILE });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new AppError('AUTH_FILE_INVALID', { reason: 'json' });
  }
  const file = AuthFile.safeParse(value);
  if (file.success) return file.data;
  const field = file.error.issues[0]?.path.join('.') ?? '';
  throw new AppError('AUTH_FILE_INVALID', { reason: 'field', field });
}

/** Lower hex SHA-256 of the DER of a PEM request. */
export function csrFingerprint(pem: string): string {
  const body = /-----BEGIN [A-Z ]+-----([A-Za-z0-9+/=\s]+)-----END/.exec(pem)?.[1] ?? '';
  return createHash('sha256').update(Buffer.from(body, 'base64')).digest('hex');
}

async function isSigned(text: string, signature: string, publicKeyPem: string): Promise<boolean> {
  const key = createPublicKey(publicKeyPem);
  try {
    return await verifyAsync('sha256', Buffer.from(text), key, Buffer.from(signature, 'base64'));
  } catch {
    return false;
  }
}
