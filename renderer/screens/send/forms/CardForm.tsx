import type { ReactElement } from 'react';
import { useTranslate } from '../../../app/locale.tsx';
import { Segmented, Tabs, TextArea, TextField } from '../../../components/index.ts';
import { cardAsJson } from '../card.ts';
import type { CardDraft } from '../draft.ts';
import frame from '../../../components/Editor.module.css';
import { CardFacts } from './CardFacts.tsx';
import type { FormProps } from './form.ts';

export function CardForm({ draft, change, problem }: FormProps): ReactElement {
  const t = useTranslate();
  const { card } = draft;
  const set = (part: Partial<CardDraft>): void =>
    change((old) => ({ ...old, card: { ...old.card, ...part } }));
  return (
    <Tabs
      label={t('send.card.modes')}
      selected={card.mode}
      onSelect={(mode) => {
        if (mode === card.mode) return;
        // The JSON begins as what the form stands for; what was written there by hand is kept.
        const begin = mode === 'json' && card.json.trim() === '';
        set({ mode, ...(begin && { json: cardAsJson(card) }) });
      }}
      tabs={[
        {
          id: 'form',
          label: t('send.card.form'),
          content: <Fields card={card} set={set} problem={problem} />,
        },
        {
          id: 'json',
          label: t('send.card.json'),
          content: (
            <TextArea
              label={t('send.card.jsonLabel')}
              rows={18}
              mono
              value={card.json}
              onChange={(json) => set({ json })}
              check={() => problem('card.json')}
              error={problem('card.json')}
              hint={t('send.card.jsonHint')}
            />
          ),
        },
      ]}
    />
  );
}

interface FieldsProps {
  readonly card: CardDraft;
  readonly set: (part: Partial<CardDraft>) => void;
  readonly problem: (path: string) => string | null;
}

function Fields({ card, set, problem }: FieldsProps): ReactElement {
  const t = useTranslate();
  const isNews = card.cardType === 'news_notice';
  const optional = t('common.optional');
  const checked = (path: string): { check: () => string | null; error: string | null } => ({
    check: () => problem(path),
    error: problem(path),
  });
  return (
    <div className={frame.form}>
      <Segmented
        label={t('send.card.type')}
        options={[
          { value: 'text_notice', label: t('send.card.textNotice') },
          { value: 'news_notice', label: t('send.card.newsNotice') },
        ]}
        value={card.cardType}
        onChange={(cardType) => set({ cardType })}
      />
      <TextField
        label={t('send.card.title')}
        value={card.title}
        onChange={(title) => set({ title })}
        {...checked('card.title')}
      />
      <TextField
        label={t('send.card.description')}
        optional={optional}
        value={card.description}
        onChange={(description) => set({ description })}
      />
      {isNews ? (
        <TextField
          label={t('send.card.imageUrl')}
          type="url"
          value={card.imageUrl}
          onChange={(imageUrl) => set({ imageUrl })}
          placeholder="https://"
          {...checked('card.imageUrl')}
        />
      ) : (
        <>
          <div className={frame.pair}>
            <TextField
              label={t('send.card.emphasis')}
              optional={optional}
              value={card.emphasisTitle}
              onChange={(emphasisTitle) => set({ emphasisTitle })}
            />
            <TextField
              label={t('send.card.emphasisDescription')}
              optional={optional}
              value={card.emphasisDescription}
              onChange={(emphasisDescription) => set({ emphasisDescription })}
            />
          </div>
          <TextArea
            label={t('send.card.subTitle')}
            optional={optional}
            rows={3}
            value={card.subTitle}
            onChange={(subTitle) => set({ subTitle })}
          />
        </>
      )}
      <CardFacts facts={card.facts} onChange={(facts) => set({ facts })} problem={problem} />
      <TextField
        label={t('send.card.actionUrl')}
        type="url"
        value={card.actionUrl}
        onChange={(actionUrl) => set({ actionUrl })}
        placeholder="https://"
        hint={t('send.card.actionHint')}
        {...checked('card.actionUrl')}
      />
      <TextField
        label={t('send.card.source')}
        optional={optional}
        value={card.source}
        onChange={(source) => set({ source })}
      />
    </div>
  );
}
