import { useState, type ReactElement } from 'react';
import { Button as AriaButton, Disclosure, DisclosurePanel } from 'react-aria-components';
import { useTranslate } from '../../app/locale.tsx';
import { cx, Segmented, Switch, TextField } from '../../components/index.ts';
import { ChevronRightIcon } from '../../icons/index.tsx';
import { isSplittable } from './compose.ts';
import { emptyDraft, type ChoicesDraft } from './draft.ts';
import type { FormProps } from './forms/form.ts';
import styles from './send.module.css';

/** How a message leaves: how urgent it is, how long it may wait, what it replaces. Closed unless something of it is chosen. */
export function Choices({ draft, change, problem }: FormProps): ReactElement {
  const t = useTranslate();
  const { choices } = draft;
  const [isOpen, setOpen] = useState(
    () => JSON.stringify(choices) !== JSON.stringify(emptyDraft.choices),
  );
  const set = (part: Partial<ChoicesDraft>): void =>
    change((old) => ({ ...old, choices: { ...old.choices, ...part } }));
  return (
    <Disclosure className={cx(styles.choices)} isExpanded={isOpen} onExpandedChange={setOpen}>
      <AriaButton slot="trigger" className={cx(styles.choicesHead)}>
        <ChevronRightIcon size={14} />
        {t('send.choices')}
      </AriaButton>
      <DisclosurePanel>
        <div className={styles.choicesBody}>
          <TextField
            label={t('send.at')}
            optional={t('common.optional')}
            type="datetime-local"
            value={choices.sendAt}
            onChange={(sendAt) => set({ sendAt })}
            check={() => problem('sendAt')}
            error={problem('sendAt')}
            hint={t('send.atHint')}
          />
          <div className={styles.choicesRow}>
            <Segmented
              label={t('send.priority')}
              options={(['low', 'normal', 'high'] as const).map((value) => ({
                value,
                label: t(`send.priority.${value}`),
              }))}
              value={choices.priority}
              onChange={(priority) => set({ priority })}
            />
            <Segmented
              label={t('send.expires')}
              options={(['minutes', 'hour', 'day'] as const).map((value) => ({
                value,
                label: t(`send.expires.${value}`),
              }))}
              value={choices.expires}
              onChange={(expires) => set({ expires })}
            />
          </div>
          <TextField
            label={t('send.coalesce')}
            optional={t('common.optional')}
            mono
            value={choices.coalesceKey}
            onChange={(coalesceKey) => set({ coalesceKey })}
            placeholder="disk-db-03"
            maxLength={128}
            hint={t('send.coalesceHint')}
          />
          {isSplittable(draft.type) && (
            <Switch
              label={t('send.split')}
              value={choices.split}
              onChange={(split) => set({ split })}
            />
          )}
          <p className={styles.quiet}>{t('send.once')}</p>
        </div>
      </DisclosurePanel>
    </Disclosure>
  );
}
