import type { CardDraft } from './draft.ts';
import { isWebAddress, type Problem } from './problem.ts';

type CardFields = Readonly<Record<string, unknown>>;

/**
 * The essential fields of a template card as WeCom names them (D91770): one of title and text for a text notice, title and picture
 * for a news notice, and an address that opens on a click. Empty fields are left out.
 */
export function composeCard(card: CardDraft): readonly [CardFields, readonly Problem[]] {
  const isNews = card.cardType === 'news_notice';
  const facts = card.facts
    .filter((fact) => fact.keyname.trim() !== '' || fact.value.trim() !== '')
    .map((fact) => ({
      ...(fact.url.trim() !== '' && { type: 1, url: fact.url.trim() }),
      keyname: fact.keyname.trim(),
      value: fact.value.trim(),
    }));
  const fields = {
    card_type: card.cardType,
    ...(filled(card.source) && { source: { desc: card.source.trim() } }),
    ...(filled(card.title, card.description) && {
      main_title: pair('desc', card.title, card.description),
    }),
    ...(!isNews &&
      filled(card.emphasisTitle, card.emphasisDescription) && {
        emphasis_content: pair('desc', card.emphasisTitle, card.emphasisDescription),
      }),
    ...(!isNews && filled(card.subTitle) && { sub_title_text: card.subTitle.trim() }),
    ...(isNews && { card_image: { url: card.imageUrl.trim() } }),
    ...(facts.length > 0 && { horizontal_content_list: facts }),
    card_action: { type: 1, url: card.actionUrl.trim() },
  };
  return [fields, problemsOf(card)];
}

/** The JSON that the form stands for, for the JSON tab. */
export function cardAsJson(card: CardDraft): string {
  return JSON.stringify(composeCard(card)[0], null, 2);
}

function problemsOf(card: CardDraft): Problem[] {
  const problems: Problem[] = [];
  if (card.cardType === 'news_notice') {
    if (!filled(card.title)) problems.push({ path: 'card.title', code: 'required' });
    if (!filled(card.imageUrl)) problems.push({ path: 'card.imageUrl', code: 'required' });
    else if (!isWebAddress(card.imageUrl))
      problems.push({ path: 'card.imageUrl', code: 'address' });
  } else if (!filled(card.title) && !filled(card.subTitle)) {
    problems.push({ path: 'card.title', code: 'titleOrText' });
  }
  if (!filled(card.actionUrl)) problems.push({ path: 'card.actionUrl', code: 'required' });
  else if (!isWebAddress(card.actionUrl))
    problems.push({ path: 'card.actionUrl', code: 'address' });
  card.facts.forEach((fact, i) => {
    const path = `card.facts.${String(i)}`;
    if (filled(fact.value) && !filled(fact.keyname)) {
      problems.push({ path: `${path}.keyname`, code: 'required' });
    }
    if (filled(fact.url) && !isWebAddress(fact.url))
      problems.push({ path: `${path}.url`, code: 'address' });
  });
  return problems;
}

function filled(...values: readonly string[]): boolean {
  return values.some((value) => value.trim() !== '');
}

function pair(second: string, title: string, other: string): CardFields {
  return {
    ...(filled(title) && { title: title.trim() }),
    ...(filled(other) && { [second]: other.trim() }),
  };
}
