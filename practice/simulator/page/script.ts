import { drawScript } from './script-draw.ts';

/** The page's script, a module without imports. It writes text only as text, never as markup. */
export const pageScript = `${drawScript}
${String.raw`
const words = JSON.parse(document.documentElement.dataset.words);
const say = (key, params = {}) =>
  Object.entries(params).reduce((text, [name, value]) => text.replaceAll('{' + name + '}', String(value)), words[key] ?? key);
const problem = (code) => words['problem_' + code] ?? code;
const byId = (id) => document.getElementById(id);

const kinds = {
  app: ['text', 'image', 'voice', 'video', 'location', 'link', 'enter_agent', 'click', 'unknown_event'],
  aibot: ['text', 'image', 'mixed', 'voice', 'file', 'video', 'enter_chat', 'template_card_event', 'unknown_event'],
};
const plainTypes = new Set(['text', 'image', 'voice', 'video', 'location', 'link', 'mixed', 'file']);
const withText = new Set(['text', 'mixed', 'link']);

let bots = [];
const seen = { messages: 0, callbacks: 0 };

async function get(path) {
  const response = await fetch(path, { headers: { accept: 'application/json' } });
  if (!response.ok) throw new Error(String(response.status));
  return response.json();
}

async function post(path, value) {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(value),
  });
  return { ok: response.ok, value: await response.json() };
}

function notice(text, tone = '') {
  const place = byId('notice');
  place.textContent = text;
  place.className = tone;
}

function fill(select, values, label) {
  const kept = select.value;
  select.replaceChildren(...values.map((value) => Object.assign(make('option', '', label(value)), { value })));
  if (values.includes(kept)) select.value = kept;
}

function showKinds() {
  const bot = bots.find(({ id }) => id === byId('bot').value);
  fill(byId('kind'), kinds[bot?.kind ?? 'app'], (kind) => words[kind]);
  showText();
}

function showText() {
  byId('text').disabled = !withText.has(byId('kind').value);
}

const tones = { replied: 'good', accepted: 'good', badReply: 'middling', failed: 'poor' };

function turn(record) {
  const item = make('li', 'turn');
  const mine = make('div', 'said mine');
  mine.append(who(record.from, record.at), bubbleOfPlaintext(record, words));
  const outcome = make('p', 'outcome');
  outcome.append(make('b', tones[record.outcome], words[record.outcome]));
  const last = record.attempts.at(-1);
  const facts = [record.status === null ? problem(last?.problem) : 'HTTP ' + record.status];
  if (record.status !== 200 && last?.error) facts.push(problem(last.error));
  if (record.replyProblem) facts.push(record.replyProblem);
  facts.push(record.durationMs + ' ms');
  if (record.attempts.length > 1) facts.push(say('attempts', { count: record.attempts.length }));
  outcome.append(' · ' + facts.join(' · '));
  mine.append(outcome, details(record));
  item.append(mine);
  if (record.reply !== null) {
    const theirs = make('div', 'said');
    theirs.append(who(record.bot, record.at + record.durationMs), bubbleOfReply(record.reply));
    item.append(theirs);
  }
  return item;
}

function details(record) {
  const box = make('details');
  box.append(make('summary', '', words.details), make('p', '', words.sent), make('pre', '', pretty(record.plaintext)));
  if (record.reply !== null) box.append(make('p', '', words.reply), make('pre', '', pretty(record.reply)));
  return box;
}

function robotItem(record) {
  const item = make('li', 'said');
  item.append(who(record.robot, record.at), bubbleOfMessage(record.message, words));
  return item;
}

function append(listId, nodes) {
  if (nodes.length === 0) return;
  const list = byId(listId);
  const pane = list.parentElement;
  const atEnd = pane.scrollHeight - pane.scrollTop - pane.clientHeight < 80;
  list.append(...nodes);
  while (list.children.length > 300) list.firstElementChild.remove();
  byId(listId + '-empty').hidden = true;
  if (atEnd) pane.scrollTop = pane.scrollHeight;
}

async function refresh() {
  const [{ bots: now }, { messages }, { callbacks }] = await Promise.all([
    get('/simulator/bots'),
    get('/simulator/messages?after=' + seen.messages),
    get('/simulator/callbacks?after=' + seen.callbacks),
  ]);
  if (JSON.stringify(now) !== JSON.stringify(bots)) {
    bots = now;
    fill(byId('bot'), bots.map(({ id }) => id), (id) => id);
    showKinds();
    byId('send').disabled = byId('verify').disabled = bots.length === 0;
    notice(bots.length === 0 ? words.noBots : '');
  }
  seen.messages = messages.at(-1)?.id ?? seen.messages;
  seen.callbacks = callbacks.at(-1)?.id ?? seen.callbacks;
  append('robots', messages.map(robotItem));
  append('conversation', callbacks.map(turn));
}

let asking = Promise.resolve();
let lost = false;
/** One refresh at a time, so that nothing is drawn twice. */
function refreshInTurn() {
  asking = asking.then(refresh).then(
    () => {
      if (lost) notice('');
      lost = false;
    },
    () => {
      lost = true;
      notice(words.unreachable, 'poor');
    },
  );
  return asking;
}

byId('bot').addEventListener('change', showKinds);
byId('kind').addEventListener('change', showText);

byId('compose').addEventListener('submit', async (event) => {
  event.preventDefault();
  const kind = byId('kind').value;
  const text = byId('text').value;
  const input = { bot: byId('bot').value, type: plainTypes.has(kind) ? kind : 'event' };
  if (input.type === 'event') input.event = kind === 'unknown_event' ? 'practice_new_event' : kind;
  else if (withText.has(kind) && text !== '') input.text = text;
  const button = byId('send');
  button.disabled = true;
  button.textContent = words.sending;
  try {
    const { ok, value } = await post('/simulator/callbacks', input);
    notice(ok ? '' : say('refused', { problem: problem(value.error.code) }), ok ? '' : 'poor');
    if (ok) byId('text').value = '';
    await refreshInTurn();
  } catch {
    notice(words.unreachable, 'poor');
  } finally {
    button.disabled = false;
    button.textContent = words.send;
    byId('text').focus();
  }
});

byId('verify').addEventListener('click', async () => {
  byId('verify').disabled = true;
  try {
    const { ok, value } = await post('/simulator/verify', { bot: byId('bot').value });
    if (!ok) notice(say('refused', { problem: problem(value.error.code) }), 'poor');
    else if (value.verdict === 'failed') notice(say('verifyFailed', { problem: problem(value.problem) }), 'poor');
    else {
      const passed = value.verdict === 'passed';
      notice(say(passed ? 'verifyPassed' : 'verifySlow', { ms: value.attempt.durationMs }), passed ? 'good' : 'middling');
    }
  } catch {
    notice(words.unreachable, 'poor');
  } finally {
    byId('verify').disabled = false;
  }
});

setInterval(() => {
  if (!document.hidden) void refreshInTurn();
}, 1500);
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) void refreshInTurn();
});
void refreshInTurn();
`}`;
