import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import {
  API_KEY,
  answered,
  json,
  rowWhere,
  startGateway,
  startTarget,
} from '../testing/harness.ts';
import { appBot, newKeys, signCallback, textMessage } from '../testing/wecom-client.ts';
import { createHostRule } from './host-rule.ts';

const keys = newKeys('ww1');
const path = '/wecom/callback/app';
const PROMTOOL = '/usr/bin/promtool';
const authorization = `Bearer ${API_KEY}`;

describe('the management port', () => {
  it('says that its port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    await expect(startGateway({}, { listen: { host: '127.0.0.1', port } })).rejects.toMatchObject({
      code: 'PORT_IN_USE',
      params: { port },
    });
    other.close();
  });

  it('wants a key for messages, and none for health', async () => {
    const gateway = await startGateway({});
    const health = await answered(gateway, '/api/health');
    expect(health.status).toBe(200);
    expect(JSON.parse(health.body)).toEqual({ status: 'ok', version: '0.0.0-test', reasons: [] });
    const refused = await answered(gateway, '/api/messages');
    expect(refused.status).toBe(401);
    expect(refused.headers['www-authenticate']).toBe('Bearer');
    expect(refused.headers['x-causeway-error']).toBe('UNAUTHENTICATED');
    const headers = { authorization };
    expect((await answered(gateway, '/api/messages', { headers })).status).toBe(200);
    expect((await answered(gateway, '/api/messages?limit=0', { headers })).status).toBe(400);
    expect((await answered(gateway, '/api/messages/nothing', { headers })).status).toBe(404);
    expect((await answered(gateway, '/nothing')).status).toBe(404);
  });

  it('answers no foreign host on loopback, but takes callbacks from a proxy', async () => {
    const gateway = await startGateway({ bots: [appBot(keys)] });
    const host = 'evil.example';
    expect((await answered(gateway, '/api/health', { headers: { host } })).status).toBe(403);
    const { target, body } = signCallback(keys, { path, plaintext: textMessage('x') });
    expect((await answered(gateway, target, { body, headers: { host } })).status).toBe(200);
  });

  it('describes itself in OpenAPI 3.1', async () => {
    const gateway = await startGateway({});
    const document: unknown = JSON.parse((await answered(gateway, '/api/openapi.json')).body);
    expect(document).toMatchObject({
      openapi: '3.1.0',
      paths: {
        '/api/health': { get: {} },
        '/api/messages': { get: { security: [{ apiKey: [] }] } },
        '/api/messages/{id}': { get: {} },
        '/api/bots/{bot}/messages': {
          post: { requestBody: { content: { 'application/json': { schema: { allOf: {} } } } } },
        },
      },
    });
    expect(JSON.stringify(document)).not.toContain('/wecom/callback');
  });
});

describe('host rule', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1:8080', true],
    ['127.0.0.1', 'localhost', true],
    ['127.0.0.1', 'LOCALHOST:1', true],
    ['::1', '[::1]:8080', true],
    ['127.0.0.1', undefined, false],
    ['127.0.0.1', 'localhost.evil.example', false],
    ['127.0.0.1', '127.0.0.1.evil.example:8080', false],
    ['0.0.0.0', 'gateway.corp.example', true],
  ])('on %s, %s: %s', (listen, host, allowed) => {
    expect(createHostRule(listen)(host)).toBe(allowed);
  });
});

describe('/metrics', () => {
  it('counts what happened, exactly', async () => {
    const service = await startTarget((response) =>
      json(response, { reply: { type: 'text', content: 'ok' } }),
    );
    const gateway = await startGateway({
      bots: [appBot(keys, { target: 'svc' })],
      targets: [{ id: 'svc', url: service.url }],
    });
    gateway.addMetrics(() =>
      Promise.resolve('# TYPE gateway_tunnel_up gauge\ngateway_tunnel_up 1\n'),
    );
    const { target, body } = signCallback(keys, { path, plaintext: textMessage('x') });
    await answered(gateway, target, { body });
    await rowWhere(gateway, (row) => row.outcome === 'replied');
    for (let n = 0; n < 2; n += 1) await answered(gateway, target, { body });
    await answered(gateway, `${path}?msg_signature=no`, { body });
    const metrics = await answered(gateway, '/metrics');
    expect(metrics.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    for (const line of [
      'gateway_requests_total{route="callback",method="POST",code="200"} 3',
      'gateway_requests_total{route="callback",method="POST",code="403"} 1',
      'gateway_errors_total{stage="callback",reason="signature"} 1',
      'gateway_errors_total{stage="store",reason="deadline"} 0',
      'gateway_callback_received_total{bot="app",type="text"} 3',
      'gateway_callback_duplicates_total{bot="app",reason="stored"} 2',
      'gateway_passive_reply_total{outcome="sent"} 3',
      'gateway_upstream_requests_total{upstream="bot:app",target="svc",code="200"} 1',
      'gateway_upstream_healthy{target="svc"} 1',
      'gateway_queue_messages{queue="delivery",state="ready"} 0',
      'gateway_callback_ack_duration_seconds_count 3',
      'gateway_tunnel_up 1',
    ]) {
      expect(metrics.body.split('\n')).toContain(line);
    }
  });

  it.skipIf(!existsSync(PROMTOOL))('pleases promtool', async () => {
    const gateway = await startGateway({ bots: [appBot(keys)] });
    const { target, body } = signCallback(keys, { path, plaintext: textMessage('x') });
    await answered(gateway, target, { body });
    const metrics = await answered(gateway, '/metrics');
    const check = spawnSync(PROMTOOL, ['check', 'metrics'], {
      input: metrics.body,
      encoding: 'utf8',
    });
    expect(`${check.stdout}${check.stderr}`).toBe('');
    expect(check.status).toBe(0);
  });
});
