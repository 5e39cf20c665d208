import type { ReactElement } from 'react';
import { useTranslate } from '../../../app/locale.tsx';
import { robotLimits } from '../../../../common/domain/outgoing.ts';
import { utf8Length } from '../../../../common/text/utf8.ts';
import { Button, IconButton, TextField } from '../../../components/index.ts';
import { PlusIcon, TrashIcon } from '../../../icons/index.tsx';
import { emptyArticle, nextKey, type ArticleDraft } from '../draft.ts';
import frame from '../../../components/Editor.module.css';
import styles from '../send.module.css';
import type { FormProps } from './form.ts';

export function NewsForm({ draft, change, problem }: FormProps): ReactElement {
  const t = useTranslate();
  const { articles } = draft;
  const set = (key: number, part: Partial<ArticleDraft>): void =>
    change((old) => ({
      ...old,
      articles: old.articles.map((article) =>
        article.key === key ? { ...article, ...part } : article,
      ),
    }));
  return (
    <>
      {articles.map((article, i) => (
        <Article
          key={article.key}
          article={article}
          number={i + 1}
          problem={(name) => problem(`news.${String(i)}.${name}`)}
          onChange={(part) => set(article.key, part)}
          {...(articles.length > 1 && {
            onRemove: () =>
              change((old) => ({
                ...old,
                articles: old.articles.filter(({ key }) => key !== article.key),
              })),
          })}
        />
      ))}
      <div className={styles.row}>
        <Button
          size="small"
          isDisabled={articles.length >= robotLimits.newsArticles}
          onPress={() =>
            change((old) => ({
              ...old,
              articles: [...old.articles, emptyArticle(nextKey(old.articles))],
            }))
          }
        >
          <PlusIcon size={14} />
          {t('send.news.add')}
        </Button>
        <span className={styles.quiet}>
          {t('send.news.count', { count: articles.length, limit: robotLimits.newsArticles })}
        </span>
      </div>
    </>
  );
}

interface ArticleProps {
  readonly article: ArticleDraft;
  readonly number: number;
  readonly problem: (name: string) => string | null;
  readonly onChange: (part: Partial<ArticleDraft>) => void;
  readonly onRemove?: () => void;
}

function Article({ article, number, problem, onChange, onRemove }: ArticleProps): ReactElement {
  const t = useTranslate();
  // WeCom shortens these by itself, so it is a remark and no error.
  const shortened = (text: string, limit: number): { hint?: string } =>
    utf8Length(text) > limit ? { hint: t('send.news.shortened', { limit }) } : {};
  return (
    <fieldset className={frame.group}>
      <legend className={frame.legend}>
        {t('send.news.article', { number })}
        {onRemove !== undefined && (
          <IconButton
            size="small"
            label={t('send.news.remove', { number })}
            icon={<TrashIcon size={14} />}
            onPress={onRemove}
          />
        )}
      </legend>
      <TextField
        label={t('send.news.title')}
        value={article.title}
        onChange={(title) => onChange({ title })}
        check={() => problem('title')}
        error={problem('title')}
        {...shortened(article.title, robotLimits.newsTitleBytes)}
      />
      <TextField
        label={t('send.news.url')}
        type="url"
        value={article.url}
        onChange={(url) => onChange({ url })}
        check={() => problem('url')}
        error={problem('url')}
        placeholder="https://"
      />
      <TextField
        label={t('send.news.description')}
        optional={t('common.optional')}
        value={article.description}
        onChange={(description) => onChange({ description })}
        {...shortened(article.description, robotLimits.newsDescriptionBytes)}
      />
      <TextField
        label={t('send.news.picurl')}
        optional={t('common.optional')}
        type="url"
        value={article.picurl}
        onChange={(picurl) => onChange({ picurl })}
        check={() => problem('picurl')}
        error={problem('picurl')}
        placeholder="https://"
        {...(number === 1 ? { hint: t('send.news.pictureHint') } : {})}
      />
    </fieldset>
  );
}
