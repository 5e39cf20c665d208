import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { maxEnvelopeBytes, parseEnvelope } from './envelope.ts';
import { failureOf, outcomeOf } from './testdata/failure.ts';

const parse = (body: string): unknown => parseEnvelope(Buffer.from(body));

test.each([
  '<xml><ToUserName><![CDATA[ww1]]></ToUserName><AgentID><![CDATA[1]]></AgentID><Encrypt><![CDATA[QUJD]]></Encrypt></xml>',
  '<xml><Encrypt>QUJD</Encrypt><AgentID>1</AgentID><ToUserName>ww1</ToUserName></xml>',
  '<?xml version="1.0" encoding="UTF-8"?>\n<!-- c -->\n<xml>\n  <Encrypt>\n    <![CDATA[QUJD]]>\n  </Encrypt>\n</xml>\n',
  '\uFEFF<xml><Encrypt>\r\nQUJD\r\n</Encrypt></xml>',
  '<xml><Encrypt a="b">QU<![CDATA[JD]]></Encrypt><Unknown><Deep>x</Deep></Unknown></xml>',
  '<xml><Encrypt>&#x51;UJD</Encrypt></xml>',
])('xml %j', (body) => {
  expect(parse(body)).toEqual({ format: 'xml', casing: 'pascal', encrypt: 'QUJD' });
});

test.each([
  ['{"encrypt":"QUJD"}', 'lower'],
  ['\uFEFF { "aibotid": "A", "encrypt" : "QUJD" }\n', 'lower'],
  ['{"ToUserName":"ww1","AgentID":1,"Encrypt":"QUJD"}', 'pascal'],
  ['{"ToUserName":12345678901234567890,"Encrypt":"QUJD"}', 'pascal'],
])('json %j', (body, casing) => {
  expect(parse(body)).toEqual({ format: 'json', casing, encrypt: 'QUJD' });
});

test.each([
  '',
  ' ',
  'hello',
  'encrypt=QUJD',
  '<xml><ToUserName>',
  '<xml><Encrypt>QUJD',
  '<xml><Encrypt>QUJD</Encrypt>',
  '<xml><Encrypt></Encrypt></xml>',
  '<xml><Encrypt><![CDATA[]]></Encrypt></xml>',
  '<xml><Other>QUJD</Other></xml>',
  '<html><Encrypt>QUJD</Encrypt></html>',
  '<xml><encrypt>QUJD</encrypt></xml>',
  '<xml><Inner><Encrypt>QUJD</Encrypt></Inner></xml>',
  '<xml><Encrypt>QUJD</Encrypt><Encrypt>QUJE</Encrypt></xml>',
  '<xml><Encrypt>QUJD</Encrypt></xml><xml><Encrypt>QUJE</Encrypt></xml>',
  '<xml><Encrypt>QUJD</Encrypt></xml>trailing',
  '<xml><?php x ?><Encrypt>QUJD</Encrypt></xml>',
  '<xml><__proto__>x</__proto__><Encrypt>QUJD</Encrypt></xml>',
  '{"encrypt":""}',
  '{"encrypt":1}',
  '{"encrypt":null}',
  '{"encrypt":["QUJD"]}',
  '{"encrypt":"QUJD","Encrypt":"QUJE"}',
  '{"__proto__":{"encrypt":"QUJD"}}',
  '{"encrypt":"QUJD"',
  '["encrypt"]',
  'null',
  '"encrypt"',
])('%j is BODY_MALFORMED', (body) => {
  expect(failureOf(() => parse(body))).toEqual({ code: 'BODY_MALFORMED', wecom: -40002 });
});

describe('hostile documents are inert', () => {
  const entities = Array.from(
    { length: 9 },
    (_, index) => `<!ENTITY lol${String(index + 1)} "${`&lol${String(index)};`.repeat(10)}">`,
  ).join('');

  test.each([
    ['external entity', '<!DOCTYPE xml [<!ENTITY e SYSTEM "file:///etc/passwd">]>', '&e;'],
    [
      'parameter entity',
      '<!DOCTYPE xml [<!ENTITY % e SYSTEM "http://127.0.0.1/x.dtd"> %e;]>',
      'QUJD',
    ],
    ['internal entity', '<!DOCTYPE xml [<!ENTITY e "QUJD">]>', '&e;'],
    ['external subset', '<!DOCTYPE xml SYSTEM "http://127.0.0.1/x.dtd">', 'QUJD'],
    ['billion laughs', `<!DOCTYPE xml [<!ENTITY lol0 "lol">${entities}]>`, '&lol9;'],
  ])('%s', (_, declaration, value) => {
    const body = `<?xml version="1.0"?>${declaration}<xml><Encrypt>${value}</Encrypt></xml>`;
    expect(failureOf(() => parse(body)).code).toBe('BODY_MALFORMED');
  });

  test('an entity that is not defined stays text', () => {
    expect(parse('<xml><Encrypt>&e;</Encrypt></xml>')).toMatchObject({ encrypt: '&e;' });
  });

  test.each([
    ['deep', '<a>'.repeat(30) + '</a>'.repeat(30)],
    ['many elements', '<a/>'.repeat(100)],
  ])('%s', (_, inner) => {
    const body = `<xml><Encrypt>QUJD</Encrypt>${inner}</xml>`;
    expect(failureOf(() => parse(body)).code).toBe('BODY_MALFORMED');
  });

  test('deep JSON is read or refused, never thrown at', () => {
    const deep = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)},"encrypt":"QUJD"}`;
    expect(outcomeOf(() => parse(deep))).toMatch(/accepted|refused/);
  });

  test('a body over the limit is not looked at', () => {
    const body = `{"encrypt":"${'A'.repeat(maxEnvelopeBytes)}"}`;
    expect(failureOf(() => parse(body)).code).toBe('BODY_MALFORMED');
    const largest = `{"encrypt":"${'A'.repeat(maxEnvelopeBytes - 14)}"}`;
    expect(parse(largest)).toMatchObject({ format: 'json' });
  });
});

describe('any body gives an envelope or an AppError', () => {
  const piece = fc.constantFrom(
    ...[
      '<xml>',
      '</xml>',
      '<Encrypt>',
      '</Encrypt>',
      '<![CDATA[',
      ']]>',
      '<!--',
      '-->',
      '<?',
      '?>',
    ],
    ...[
      '<!DOCTYPE ',
      '<!ENTITY ',
      '[',
      ']',
      '&amp;',
      '&#0;',
      '"',
      "'",
      '/>',
      '<',
      '>',
      ' ',
      'QUJD',
    ],
    ...['{', '}', '"encrypt"', ':', ',', '1e999', 'constructor', '\\', '\u0000', '\uD800'],
  );

  test('bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(outcomeOf(() => parseEnvelope(Buffer.from(bytes)))).toMatch(/accepted|refused/);
      }),
    );
  });

  test('pieces of XML and JSON', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        expect(outcomeOf(() => parse(pieces.join('')))).toMatch(/accepted|refused/);
      }),
      { numRuns: 1000 },
    );
  });
});
