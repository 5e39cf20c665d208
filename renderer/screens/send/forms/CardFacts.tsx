import type { ReactElement } from 'react';
import { useTranslate } from '../../../app/locale.tsx';
import { Button, IconButton, TextField } from '../../../components/index.ts';
import { PlusIcon, TrashIcon } from '../../../icons/index.tsx';
import { nextKey, type CardFact } from '../draft.ts';
import frame from '../../../components/Editor.module.css';
import styles from '../send.module.css';

/** Names and values that WeCom takes in one card (D91770). */
const MAX_FACTS = 6;

interface CardFactsProps {
  readonly facts: readonly CardFact[];
  readonly onChange: (facts: readonly CardFact[]) => void;
  readonly problem: (path: string) => string | null;
}

/** The list of names and values in the middle of a card. */
export function CardFacts({ facts, onChange, problem }: CardFactsProps): ReactElement {
  const t = useTranslate();
  const set = (key: number, part: Partial<CardFact>): void =>
    onChange(facts.map((fact) => (fact.key === key ? { ...fact, ...part } : fact)));
  return (
    <fieldset className={frame.group}>
      <legend className={frame.legend}>{t('send.card.facts')}</legend>
      {facts.map((fact, i) => {
        const path = `card.facts.${String(i)}`;
        const number = i + 1;
        return (
          <div key={fact.key} className={styles.fact}>
            <TextField
              label={t('send.card.factName', { number })}
              value={fact.keyname}
              onChange={(keyname) => set(fact.key, { keyname })}
              check={() => problem(`${path}.keyname`)}
              error={problem(`${path}.keyname`)}
            />
            <TextField
              label={t('send.card.factValue', { number })}
              value={fact.value}
              onChange={(value) => set(fact.key, { value })}
            />
            <TextField
              label={t('send.card.factUrl', { number })}
              optional={t('common.optional')}
              type="url"
              value={fact.url}
              onChange={(url) => set(fact.key, { url })}
              check={() => problem(`${path}.url`)}
              error={problem(`${path}.url`)}
            />
            <IconButton
              label={t('send.card.factRemove', { number })}
              icon={<TrashIcon size={14} />}
              onPress={() => onChange(facts.filter(({ key }) => key !== fact.key))}
            />
          </div>
        );
      })}
      <div>
        <Button
          size="small"
          isDisabled={facts.length >= MAX_FACTS}
          onPress={() =>
            onChange([...facts, { key: nextKey(facts), keyname: '', value: '', url: '' }])
          }
        >
          <PlusIcon size={14} />
          {t('send.card.factAdd')}
        </Button>
      </div>
    </fieldset>
  );
}
