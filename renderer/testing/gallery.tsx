import '../zod-config.ts';
import '../styles/tokens.css';
import '../styles/base.css';
import { Settings } from '../../common/domain/settings.ts';
import { mount } from '../app/mount.tsx';
import { createExampleHost } from './example-host.ts';
import { scenarioNames, type ScenarioName } from './scenarios.ts';

// gallery.html?scenario=online&locale=zh-CN&theme=dark&live=1#/overview
const query = new URLSearchParams(window.location.search);
const name = scenarioNames.find((each) => each === query.get('scenario')) ?? 'online';
const settings = Settings.pick({ locale: true, theme: true }).parse({
  locale: query.get('locale') ?? 'en',
  theme: query.get('theme') ?? 'light',
});
const root = document.getElementById('root');
if (root === null) throw new Error('gallery.html has no #root');
const host = createExampleHost(name satisfies ScenarioName, Date.now(), settings);
if (query.get('live') === '1') host.startTraffic();
Object.assign(window, { fakeHost: host.fake });
mount(root, host.fake.transport);
