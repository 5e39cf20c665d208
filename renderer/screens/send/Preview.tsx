import { useCallback, type ReactElement, type ReactNode } from 'react';
import { useTranslate } from '../../app/locale.tsx';
import { splitNames } from '../../app/split-names.ts';
import { Scroller, cx } from '../../components/index.ts';
import { BotIcon, FileIcon, ImageIcon, PlayIcon } from '../../icons/index.tsx';
import styles from './bubble.module.css';
import { CardPreview } from './CardPreview.tsx';
import type { ArticleDraft, Draft, SenderKind, TextCardDraft } from './draft.ts';
import type { PickedImage } from './image.ts';
import { Markdown } from './markdown/Markdown.tsx';
import { RemotePicture } from './RemotePicture.tsx';

/** The message as it will stand in the chat. */
export function Preview(props: { bot: string; kind: SenderKind; draft: Draft }): ReactElement {
  const { bot, kind, draft } = props;
  const t = useTranslate();
  return (
    <Scroller className={styles.chat} label={t('send.preview')}>
      <span className={styles.avatar}>
        <BotIcon size={18} />
      </span>
      <div className={styles.said}>
        <span className={styles.name}>{bot}</span>
        <Said draft={draft} kind={kind} />
      </div>
    </Scroller>
  );
}

function Said({ draft, kind }: { draft: Draft; kind: SenderKind }): ReactElement {
  const t = useTranslate();
  const nothing = (
    <Bubble>
      <span className={styles.nothing}>{t('send.preview.nothing')}</span>
    </Bubble>
  );
  switch (draft.type) {
    case 'text':
      if (draft.text.content === '') return nothing;
      return <TextBubble text={draft.text} hasMentions={kind === 'robot'} />;
    case 'markdown':
      if (draft.markdown.trim() === '') return nothing;
      return (
        <Bubble>
          <Markdown dialect="markdown" text={draft.markdown} />
        </Bubble>
      );
    case 'markdown_v2':
      if (draft.markdownV2.trim() === '') return nothing;
      return (
        <Bubble>
          <Markdown dialect="markdown_v2" text={draft.markdownV2} />
        </Bubble>
      );
    case 'image':
      if (kind === 'app') {
        return draft.imageId === '' ? (
          nothing
        ) : (
          <Attachment icon={<ImageIcon size={20} />} id={nameOf(draft, draft.imageId)} />
        );
      }
      return draft.image === null ? nothing : <Picture image={draft.image} />;
    case 'news':
      return draft.articles.every(isBlank) ? nothing : <NewsCard articles={draft.articles} />;
    case 'template_card':
      return <CardPreview card={draft.card} nothing={nothing} />;
    case 'file':
      return draft.fileId === '' ? (
        nothing
      ) : (
        <Attachment icon={<FileIcon size={22} />} id={nameOf(draft, draft.fileId)} />
      );
    case 'voice':
      return draft.voiceId === '' ? (
        nothing
      ) : (
        <Attachment icon={<PlayIcon size={18} />} id={nameOf(draft, draft.voiceId)} />
      );
    case 'video':
      return draft.video.id === '' ? (
        nothing
      ) : (
        <Attachment icon={<PlayIcon size={18} />} id={draft.video.title || draft.video.id} />
      );
    case 'textcard':
      return draft.textcard.title === '' && draft.textcard.description === '' ? (
        nothing
      ) : (
        <TextCard card={draft.textcard} />
      );
    case 'mpnews':
    case 'miniprogram_notice':
      return (
        <Bubble>
          <span className={styles.nothing}>{t('send.preview.json')}</span>
        </Bubble>
      );
  }
}

function Bubble({ children }: { children: ReactNode }): ReactElement {
  return <div className={styles.bubble}>{children}</div>;
}

/** Mentions inside of the text, and those of the list, which WeCom puts behind it. */
function TextBubble(props: { text: Draft['text']; hasMentions: boolean }): ReactElement {
  const { text, hasMentions } = props;
  const parts = text.content.split(/(<@[A-Za-z0-9_.@-]{1,64}>)/);
  const names = hasMentions ? [...splitNames(text.users), ...splitNames(text.mobiles)] : [];
  return (
    <Bubble>
      <span className={styles.plain}>
        {parts.map((part, i) =>
          part.startsWith('<@') ? (
            <span key={i} className={styles.mention}>
              @{part.slice(2, -1)}
            </span>
          ) : (
            part
          ),
        )}
        {names.map((name) => (
          <span key={name} className={styles.mention}>
            {' @'}
            {name.replace(/^@/, '')}
          </span>
        ))}
      </span>
    </Bubble>
  );
}

function Picture({ image }: { image: PickedImage }): ReactElement {
  // A `blob:` address for as long as the picture stands there, rather than 2 MB of `data:` in each drawing.
  const show = useCallback(
    (element: HTMLImageElement) => {
      const bytes = Uint8Array.from(atob(image.base64), (character) => character.charCodeAt(0));
      const address = URL.createObjectURL(new Blob([bytes], { type: `image/${image.format}` }));
      element.src = address;
      return () => URL.revokeObjectURL(address);
    },
    [image],
  );
  return (
    <Bubble>
      <img ref={show} className={styles.picture} alt={image.name} />
    </Bubble>
  );
}

function NewsCard({ articles }: { articles: readonly ArticleDraft[] }): ReactElement {
  const [first, ...others] = articles;
  return (
    <div className={styles.card}>
      {first !== undefined && (
        <>
          {first.picurl.trim() !== '' && <RemotePicture address={first.picurl} />}
          <div>
            <p className={styles.cardTitle}>{first.title}</p>
            {others.length === 0 && <p className={styles.secondary}>{first.description}</p>}
          </div>
        </>
      )}
      {others.map((article) => (
        <div key={article.key} className={styles.article}>
          <span>{article.title}</span>
          {article.picurl.trim() !== '' && (
            <span className={cx(styles.remote, styles.thumb)} title={article.picurl}>
              <ImageIcon />
            </span>
          )}
        </div>
      ))}
    </div>
  );
}

function TextCard({ card }: { card: TextCardDraft }): ReactElement {
  const t = useTranslate();
  return (
    <div className={styles.card}>
      <div>
        <p className={styles.cardTitle}>{card.title}</p>
        <p className={styles.cardText}>{card.description}</p>
        <p className={styles.cardMore}>
          {card.button === '' ? t('send.textcard.more') : card.button}
        </p>
      </div>
    </div>
  );
}

function Attachment({ icon, id }: { icon: ReactNode; id: string }): ReactElement {
  return (
    <Bubble>
      <span className={styles.attachment}>
        {icon}
        <span className={styles.attachmentId}>{id}</span>
      </span>
    </Bubble>
  );
}

function isBlank(article: ArticleDraft): boolean {
  return (
    article.title.trim() === '' && article.picurl.trim() === '' && article.description.trim() === ''
  );
}

/** What was uploaded here is known by its name. */
function nameOf({ fileNames }: Draft, id: string): string {
  return fileNames[id] ?? id;
}
