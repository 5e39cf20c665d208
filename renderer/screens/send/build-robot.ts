import { RobotCard } from '../../../common/domain/card/template-card.ts';
import { splitNames } from '../../app/split-names.ts';
import { buildNews, parseJson, required, type Built } from './build-parts.ts';
import { composeCard } from './card.ts';
import type { Draft } from './draft.ts';
import { atPath, jsonIssues } from './problem.ts';

/** A draft as a group robot's message. */
export function buildRobot(draft: Draft): Built {
  switch (draft.type) {
    case 'text':
      return buildText(draft.text);
    case 'markdown':
      return [
        { msgtype: 'markdown', markdown: { content: draft.markdown } },
        required('markdown', draft.markdown),
      ];
    case 'markdown_v2':
      return [
        { msgtype: 'markdown_v2', markdown_v2: { content: draft.markdownV2 } },
        required('markdown_v2', draft.markdownV2),
      ];
    case 'image': {
      const { image } = draft;
      if (image === null) return [null, [{ path: 'image', code: 'noImage' }]];
      return [{ msgtype: 'image', image: { base64: image.base64, md5: image.md5 } }, []];
    }
    case 'news':
      return buildNews(draft.articles);
    case 'file':
      return [
        { msgtype: 'file', file: { media_id: draft.fileId.trim() } },
        required('file', draft.fileId),
      ];
    case 'voice':
      return [
        { msgtype: 'voice', voice: { media_id: draft.voiceId.trim() } },
        required('voice', draft.voiceId),
      ];
    case 'template_card':
      return buildCard(draft);
    default:
      // A type of the other kind of sender, chosen before the bot was.
      return [null, [{ path: draft.type, code: 'required' }]];
  }
}

function buildText(text: Draft['text']): Built {
  const users = splitNames(text.users);
  const mobiles = splitNames(text.mobiles);
  const problems = required('text', text.content);
  const wrong = mobiles.find((mobile) => !/^(?:@all|\+?\d{5,20})$/.test(mobile));
  if (wrong !== undefined)
    problems.push({ path: 'text.mobiles', code: 'mobile', params: { value: wrong } });
  const body = {
    content: text.content,
    ...(users.length > 0 && { mentioned_list: users }),
    ...(mobiles.length > 0 && { mentioned_mobile_list: mobiles }),
  };
  return [{ msgtype: 'text', text: body }, problems];
}

function buildCard(draft: Draft): Built {
  const { card } = draft;
  if (card.mode === 'form') {
    const [template, problems] = composeCard(card);
    return [{ msgtype: 'template_card', template_card: template }, problems];
  }
  const [parsed, problems] = parseJson(card.json, 'card.json');
  if (problems.length > 0) return [null, problems];
  const checked = RobotCard.safeParse(parsed);
  if (!checked.success) {
    return [null, jsonIssues(checked.error, '').map((issue) => atPath('card.json', issue))];
  }
  return [{ msgtype: 'template_card', template_card: checked.data }, []];
}
