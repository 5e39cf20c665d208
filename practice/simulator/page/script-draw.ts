/** The part of the page's script that draws messages: elements and text nodes only. */
export const drawScript = String.raw`
function make(name, className = '', text = '') {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}

function who(name, at) {
  const line = make('div', 'who', name + ' ');
  const time = make('time', '', new Date(at).toLocaleTimeString(document.documentElement.lang));
  time.dateTime = new Date(at).toISOString();
  time.title = new Date(at).toLocaleString(document.documentElement.lang);
  line.append(time);
  return line;
}

function link(address, label) {
  if (!/^https?:\/\//i.test(address)) return document.createTextNode(label);
  const anchor = make('a', '', label);
  anchor.href = address;
  anchor.target = '_blank';
  anchor.rel = 'noreferrer noopener';
  return anchor;
}

function picture(address) {
  const image = make('img');
  image.src = address;
  image.alt = '';
  return image;
}

const INLINE = /\*\*(.+?)\*\*|\x60([^\x60]+)\x60|\[([^\]]+)\]\(([^)\s]+)\)|<font color="(info|comment|warning)">(.*?)<\/font>|<@([^>]+)>/;

/** Bold, code, links, coloured words and mentions of one line. */
function inline(parent, text) {
  let rest = text;
  for (let found = INLINE.exec(rest); found; found = INLINE.exec(rest)) {
    const [whole, bold, code, label, address, colour, coloured, user] = found;
    parent.append(rest.slice(0, found.index));
    if (bold !== undefined) parent.append(inline(make('strong'), bold));
    else if (code !== undefined) parent.append(make('code', '', code));
    else if (label !== undefined) parent.append(link(address, label));
    else if (colour !== undefined) parent.append(inline(make('span', colour), coloured));
    else parent.append(make('span', 'mention', '@' + user));
    rest = rest.slice(found.index + whole.length);
  }
  parent.append(rest);
  return parent;
}

/** Markdown as a chat shows it: one line, one element. */
function markdown(text) {
  const box = make('div', 'bubble rich');
  let fence = null;
  for (const line of text.split('\n')) {
    if (/^\x60{3}/.test(line)) {
      if (fence) fence = null;
      else {
        fence = make('code');
        const block = make('pre');
        block.append(fence);
        box.append(block);
      }
    } else if (fence) fence.append(line + '\n');
    else if (/^#{1,6} /.test(line)) box.append(inline(make('h3'), line.replace(/^#+ /, '')));
    else if (/^>\s?/.test(line)) box.append(inline(make('blockquote'), line.replace(/^>\s?/, '')));
    else if (/^\s*[-*+] /.test(line)) {
      const list = box.lastElementChild?.tagName === 'UL' ? box.lastElementChild : make('ul');
      list.append(inline(make('li'), line.replace(/^\s*[-*+] /, '')));
      box.append(list);
    } else if (/^-{3,}$/.test(line)) box.append(make('hr'));
    else if (line.trim()) box.append(inline(make('p'), line));
  }
  return box;
}

function textBubble({ content, mentioned_list: people = [], mentioned_mobile_list: phones = [] }) {
  const box = inline(make('div', 'bubble'), content);
  for (const person of [...people, ...phones]) box.append(' ', make('span', 'mention', person === '@all' ? person : '@' + person));
  return box;
}

function newsBubble({ articles }) {
  const box = make('div', 'bubble rich card');
  for (const { title, description, url } of articles) {
    const line = make('p');
    line.append(link(url, title));
    box.append(line);
    if (description) box.append(make('p', 'comment', description));
  }
  return box;
}

function cardBubble(card) {
  const box = make('div', 'bubble rich card');
  const add = (name, className, text) => text && box.append(make(name, className, text));
  add('p', 'comment', card.source?.desc);
  add('h3', '', card.main_title?.title);
  add('p', 'comment', card.main_title?.desc);
  add('p', 'big', card.emphasis_content?.title);
  add('p', 'comment', card.emphasis_content?.desc);
  add('p', '', card.sub_title_text);
  add('blockquote', '', card.quote_area?.quote_text);
  for (const { title, desc } of card.vertical_content_list ?? []) add('p', '', [title, desc].filter(Boolean).join('\n'));
  if (card.horizontal_content_list?.length) {
    const list = make('dl');
    for (const { keyname, value = '' } of card.horizontal_content_list) list.append(make('dt', '', keyname), make('dd', '', value));
    box.append(list);
  }
  for (const jump of card.jump_list ?? []) {
    const line = make('p');
    line.append(link(jump.url ?? '', jump.title));
    box.append(line);
  }
  return box;
}

function bubbleOfMessage(message, words) {
  const { msgtype } = message;
  const part = message[msgtype] ?? {};
  if (msgtype === 'text') return textBubble(part);
  if (msgtype === 'markdown' || msgtype === 'markdown_v2') return markdown(part.content);
  if (msgtype === 'news') return newsBubble(part);
  if (msgtype === 'template_card') return cardBubble(part);
  const box = make('div', 'bubble');
  if (msgtype === 'image') {
    box.append(picture('data:image/png;base64,' + part.base64));
    return box;
  }
  box.append(make('strong', '', words[msgtype] ?? msgtype), ' ' + (part.name ?? part.media_id ?? ''));
  return box;
}

/** Text of an app's Content, which is one CDATA section or several, or bare. */
function contentOf(xml) {
  const inner = /<Content>(.*?)<\/Content>/s.exec(xml)?.[1];
  if (inner === undefined) return '';
  const parts = [...inner.matchAll(/<!\[CDATA\[(.*?)\]\]>/gs)].map(([, text]) => text);
  return parts.length > 0 ? parts.join('') : inner;
}

function bubbleOfPlaintext(record, words) {
  const box = make('div', 'bubble');
  let content = '';
  if (record.plaintext.startsWith('{')) {
    const message = JSON.parse(record.plaintext);
    content = message.text?.content ?? message.voice?.content ?? message.mixed?.msg_item?.[0]?.text?.content ?? '';
  } else if (record.type === 'text') content = contentOf(record.plaintext);
  if (content) box.textContent = content;
  else if (record.event) box.textContent = words.event + record.event;
  else box.textContent = words[record.type] ?? record.type;
  return box;
}

function bubbleOfReply(reply) {
  if (reply.trimStart().startsWith('{')) {
    const message = JSON.parse(reply);
    if (message.stream) return markdown(message.stream.content ?? '');
    if (message.template_card) return cardBubble(message.template_card);
    if (message.text) return textBubble(message.text);
  }
  const content = contentOf(reply);
  if (content) return make('div', 'bubble', content);
  return make('div', 'bubble', reply);
}

function pretty(text) {
  if (!text.startsWith('{')) return text.replaceAll(/(<xml>|<\/[^>]+>)(?=<)/g, '$1\n');
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
`;
