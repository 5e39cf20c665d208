import * as fc from 'fast-check';
import { expect } from 'vitest';
import { json, startGateway, startTarget } from '../../gateway/testing/harness.ts';
import { appBot } from '../../gateway/testing/wecom-client.ts';
import { promise } from '../support/report.ts';
import { heardBy, keys, post, sealed, settled, storedIn } from './support/inbound.ts';

const text = (from: string, more: string): string =>
  `<xml><FromUserName>${from}</FromUserName><CreateTime>1700000000</CreateTime>${more}</xml>`;

promise(
  'R6',
  {
    against: 'different events that look alike',
    by: 'the pairs that others lost, and generated ones',
    promise: 'two plaintexts are two rows',
  },
  async (figures) => {
    const gateway = await startGateway({ bots: [appBot(keys)] });
    const event = (more: string): string =>
      text('zhangsan', `<MsgType>event</MsgType><AgentID>1000002</AgentID>${more}`);
    // Equal by sender and second, which is the key that lost events elsewhere (WxJava 1745, 2314, 3002, 2880).
    const historic = [
      event('<Event>click</Event><EventKey>a</EventKey>'),
      event('<Event>click</Event><EventKey>b</EventKey>'),
      event('<Event>change_contact</Event><ChangeType>create_user</ChangeType><UserID>a</UserID>'),
      event('<Event>change_contact</Event><ChangeType>update_user</ChangeType><UserID>a</UserID>'),
      event('<Event>change_contact</Event><ChangeType>update_user</ChangeType><UserID>b</UserID>'),
      event('<Event>sys_approval_change</Event><ApprovalInfo><SpNo>1</SpNo></ApprovalInfo>'),
      event('<Event>sys_approval_change</Event><ApprovalInfo><SpNo>2</SpNo></ApprovalInfo>'),
      event('<Event>template_card_event</Event><TaskId>1</TaskId>'),
      event('<Event>template_card_event</Event><TaskId>2</TaskId>'),
    ];
    const words = fc.stringMatching(/^[a-z]{0,6}$/);
    const made = fc
      .sample(fc.tuple(words, words, words), { numRuns: 300, seed: 7 })
      .map(([name, key, more]) =>
        event(`<Event>${name}</Event><EventKey>${key}</EventKey><X>${more}</X>`),
      );
    const all = new Set([...historic, ...made]);
    for (const plaintext of all) {
      expect(await post(gateway, sealed(plaintext))).toMatchObject({ status: 200 });
    }
    const stored = storedIn(gateway);
    Object.assign(figures, { sent: all.size, stored: stored.size });
    expect([...stored.keys()].toSorted()).toEqual([...all].toSorted());
  },
);

promise(
  'R14',
  {
    against: 'contents that libraries like to change',
    by: 'emoji, CDATA, `]]>`, 64-bit ids, unknown fields, odd order',
    promise: 'what is stored and handed over is the plaintext to the byte',
  },
  async (figures) => {
    const service = await startTarget((response) => json(response, {}));
    const gateway = await startGateway({
      bots: [appBot(keys, { target: 'svc' })],
      targets: [{ id: 'svc', url: service.url }],
    });
    const contents = [
      '<![CDATA[👩‍👩‍👧‍👦 你好 \u0085\u2028]]>',
      '<![CDATA[a]]]]><![CDATA[>b]]>',
      '&lt;b&gt; &#x1F600; &amp;amp;',
      '  leading\n\ttrailing  ',
      '<Unknown a="1"><Deep>x</Deep></Unknown>',
    ];
    const plaintexts = contents.map((content, n) =>
      text(
        'zhangsan',
        `<MsgId>${9_223_372_036_854_775_000n + BigInt(n)}</MsgId><Content>${content}</Content><MsgType>text</MsgType>`,
      ),
    );
    for (const plaintext of plaintexts) {
      expect(await post(gateway, sealed(plaintext))).toMatchObject({ status: 200 });
    }
    await settled(gateway);
    Object.assign(figures, { sent: plaintexts.length, delivered: service.heard.length });
    expect(heardBy(service)).toEqual(plaintexts);
    expect([...storedIn(gateway).keys()].toSorted()).toEqual(plaintexts.toSorted());
    const msgIds = service.heard.map(({ body }) => (JSON.parse(body) as { msgId: string }).msgId);
    expect(msgIds).toEqual(plaintexts.map((plaintext) => /<MsgId>(\d+)/.exec(plaintext)?.[1]));
  },
);
