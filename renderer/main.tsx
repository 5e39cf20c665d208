import './zod-config.ts';
import './styles/tokens.css';
import './styles/base.css';
import { mount } from './app/mount.tsx';
import { chooseTransport } from './transport/choose.ts';

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
mount(root, chooseTransport(window));
