import forge from 'node-forge';

/** A certificate and its key, PEM. */
export interface Issued {
  readonly certificate: string;
  readonly privateKey: string;
}

export interface LeafOptions {
  readonly commonName?: string;
  readonly notBefore?: number;
  readonly notAfter?: number;
  /** Server certificates name these; client certificates have none. */
  readonly hosts?: readonly string[];
  /** PKCS #8 or PKCS #1 PEM; a new key where it is left out. */
  readonly privateKey?: string;
}

/** A small CA for tests, made with another library than the product's relay uses. */
export interface TestCa extends Issued {
  issue(options?: LeafOptions): Issued;
  /** Signs a PKCS #10 request; throws when its own signature does not hold. */
  sign(csr: string, options?: LeafOptions): string;
}

const HOUR = 3_600_000;
let serials = 0;

export function createCa(commonName = 'Test CA'): TestCa {
  const keys = forge.pki.rsa.generateKeyPair(2048);
  const self = build(keys.publicKey, commonName, {});
  self.setIssuer(self.subject.attributes);
  self.setExtensions([
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    { name: 'subjectKeyIdentifier' },
  ]);
  self.sign(keys.privateKey, forge.md.sha256.create());

  const leaf = (publicKey: forge.pki.PublicKey, options: LeafOptions): string => {
    const certificate = build(publicKey, options.commonName ?? 'leaf', options);
    certificate.setIssuer(self.subject.attributes);
    const hosts = options.hosts ?? [];
    certificate.setExtensions([
      { name: 'basicConstraints', cA: false },
      { name: 'extKeyUsage', serverAuth: hosts.length > 0, clientAuth: hosts.length === 0 },
      ...(hosts.length === 0 ? [] : [{ name: 'subjectAltName', altNames: hosts.map(altName) }]),
    ]);
    certificate.sign(keys.privateKey, forge.md.sha256.create());
    return forge.pki.certificateToPem(certificate);
  };

  return {
    certificate: forge.pki.certificateToPem(self),
    privateKey: forge.pki.privateKeyToPem(keys.privateKey),
    issue: (options = {}) => {
      const own =
        options.privateKey === undefined
          ? forge.pki.rsa.generateKeyPair(2048).privateKey
          : forge.pki.privateKeyFromPem(options.privateKey);
      const publicKey = forge.pki.setRsaPublicKey(own.n, own.e);
      return {
        certificate: leaf(publicKey, options),
        privateKey: forge.pki.privateKeyToPem(own),
      };
    },
    sign: (csr, options = {}) => {
      const request = forge.pki.certificationRequestFromPem(csr);
      if (!request.verify() || request.publicKey === null) throw new Error('CSR does not verify');
      return leaf(request.publicKey, options);
    },
  };
}

function build(
  publicKey: forge.pki.PublicKey,
  commonName: string,
  life: Pick<LeafOptions, 'notBefore' | 'notAfter'>,
): forge.pki.Certificate {
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = publicKey;
  serials += 1;
  certificate.serialNumber = `01${serials.toString(16).padStart(14, '0')}`;
  certificate.validity.notBefore = new Date(life.notBefore ?? Date.now() - HOUR);
  certificate.validity.notAfter = new Date(life.notAfter ?? Date.now() + 24 * HOUR);
  certificate.setSubject([{ name: 'commonName', value: commonName }]);
  return certificate;
}

function altName(host: string): object {
  return /^[\d.]+$/.test(host) ? { type: 7, ip: host } : { type: 2, value: host };
}
