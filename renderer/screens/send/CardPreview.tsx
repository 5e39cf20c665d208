import * as z from 'zod';
import { useMemo, type ReactElement } from 'react';
import { composeCard } from './card.ts';
import styles from './bubble.module.css';
import type { CardDraft } from './draft.ts';
import mark from './markdown/markdown.module.css';
import { RemotePicture } from './RemotePicture.tsx';

const titled = z.looseObject({
  title: z.string().optional().catch(''),
  desc: z.string().optional().catch(''),
});
const link = z.looseObject({
  title: z.string().catch(''),
  url: z.string().optional().catch(undefined),
});

/** What is drawn of a card; whatever is not as expected is left out, because it may still be being typed. */
const Drawable = z.looseObject({
  source: z.looseObject({ desc: z.string() }).optional().catch(undefined),
  main_title: titled.optional().catch(undefined),
  emphasis_content: titled.optional().catch(undefined),
  quote_area: z
    .looseObject({ title: z.string().optional(), quote_text: z.string().optional() })
    .optional()
    .catch(undefined),
  sub_title_text: z.string().optional().catch(undefined),
  card_image: z.looseObject({ url: z.string() }).optional().catch(undefined),
  vertical_content_list: z.array(titled).optional().catch(undefined),
  horizontal_content_list: z
    .array(
      z.looseObject({
        keyname: z.string().catch(''),
        value: z.string().optional().catch(''),
        url: z.string().optional().catch(undefined),
      }),
    )
    .optional()
    .catch(undefined),
  jump_list: z.array(link).optional().catch(undefined),
});

/** A template card in the order in which WeCom stacks its parts; `nothing` while there is nothing to draw. */
export function CardPreview({
  card,
  nothing,
}: {
  card: CardDraft;
  nothing: ReactElement;
}): ReactElement {
  const drawn = useMemo(() => drawable(card), [card]);
  if (drawn === null) return nothing;
  const { main_title: title, emphasis_content: figure, quote_area: quote } = drawn;
  const hasPicture = drawn.card_image !== undefined && drawn.card_image.url !== '';
  return (
    <div className={styles.card}>
      {drawn.source !== undefined && <p className={styles.source}>{drawn.source.desc}</p>}
      {hasPicture && <RemotePicture address={drawn.card_image?.url ?? ''} />}
      {title !== undefined && (
        <div>
          <p className={styles.cardTitle}>{title.title}</p>
          <p className={styles.secondary}>{title.desc}</p>
        </div>
      )}
      {figure !== undefined && (
        <div className={styles.figure}>
          <p className={styles.figureValue}>{figure.title}</p>
          <p className={styles.secondary}>{figure.desc}</p>
        </div>
      )}
      {quote !== undefined && (
        <div className={styles.quoted}>
          <p>{quote.title}</p>
          <p className={styles.secondary}>{quote.quote_text}</p>
        </div>
      )}
      {drawn.sub_title_text !== undefined && <p>{drawn.sub_title_text}</p>}
      {drawn.vertical_content_list?.map((item, i) => (
        <div key={i}>
          <p>{item.title}</p>
          <p className={styles.secondary}>{item.desc}</p>
        </div>
      ))}
      {drawn.horizontal_content_list !== undefined && (
        <dl className={styles.facts}>
          {drawn.horizontal_content_list.map((fact, i) => (
            <Fact key={i} {...fact} />
          ))}
        </dl>
      )}
      {drawn.jump_list !== undefined && drawn.jump_list.length > 0 && (
        <div className={styles.jumps}>
          {drawn.jump_list.map((jump, i) => (
            <span key={i} className={mark.link} title={jump.url}>
              {jump.title}
            </span>
          ))}
        </div>
      )}
    </div>
  );
}

function Fact(props: {
  keyname: string;
  value?: string | undefined;
  url?: string | undefined;
}): ReactElement {
  return (
    <>
      <dt>{props.keyname}</dt>
      <dd {...(props.url !== undefined && { className: mark.link, title: props.url })}>
        {props.value}
      </dd>
    </>
  );
}

function drawable(card: CardDraft): z.infer<typeof Drawable> | null {
  let source: unknown;
  if (card.mode === 'form') source = composeCard(card)[0];
  else {
    try {
      source = JSON.parse(card.json);
    } catch {
      return null;
    }
  }
  const parsed = Drawable.safeParse(source);
  if (!parsed.success) return null;
  const { main_title: title, sub_title_text: text, card_image: image } = parsed.data;
  const isEmpty = title === undefined && text === undefined && (image?.url ?? '') === '';
  return isEmpty && parsed.data.emphasis_content === undefined ? null : parsed.data;
}
