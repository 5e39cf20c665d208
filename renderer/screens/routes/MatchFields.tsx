import type { ReactElement } from 'react';
import { useSnapshot } from '../../app/console.tsx';
import { useTranslate } from '../../app/locale.tsx';
import { ChipToggle, TextField } from '../../components/index.ts';
import frame from '../../components/Editor.module.css';
import type { RouteForm } from './form.ts';
import { messageTypes } from './message-types.ts';
import styles from './routes.module.css';

export interface RouteFieldsProps {
  readonly form: RouteForm;
  readonly set: (change: (form: RouteForm) => RouteForm) => void;
  /** The words under a field, or null. */
  readonly problem: (field: string) => string | null;
  readonly isDisabled: boolean;
}

/** What a message must be like. What is left empty lets everything through. */
export function MatchFields({ form, set, problem, isDisabled }: RouteFieldsProps): ReactElement {
  const t = useTranslate();
  const bots = useSnapshot((snapshot) => snapshot.bots);
  const receiving = bots.filter(
    ({ id, callbackPath }) => callbackPath !== null || form.bots.includes(id),
  );
  const put = (part: Partial<RouteForm>): void => set((old) => ({ ...old, ...part }));
  const checked = (field: string): { check: () => string | null; error: string | null } => ({
    check: () => problem(field),
    error: problem(field),
  });
  const mayBeEvent = form.types.length === 0 || form.types.includes('event');
  return (
    <fieldset className={frame.group}>
      <legend className={frame.legend}>{t('routes.form.match')}</legend>
      <p className={frame.hint}>{t('routes.form.matchHint')}</p>
      <Choices
        label={t('routes.bots')}
        options={receiving.map(({ id, name }) => ({ value: id, label: name === '' ? id : name }))}
        chosen={form.bots}
        isDisabled={isDisabled}
        onChange={(next) => put({ bots: next })}
      />
      <Choices
        label={t('routes.types')}
        options={[...new Set([...messageTypes, ...form.types])].map((value) => ({
          value,
          label: value,
        }))}
        chosen={form.types}
        isDisabled={isDisabled}
        onChange={(next) => put({ types: next })}
      />
      {(mayBeEvent || form.events !== '') && (
        <TextField
          label={t('routes.events')}
          mono
          value={form.events}
          onChange={(events) => put({ events })}
          isDisabled={isDisabled}
          placeholder="enter_agent, template_card_event"
          hint={t('routes.eventsHint')}
          {...checked('events')}
        />
      )}
      <div className={frame.pair}>
        <TextField
          label={t('routes.keywords')}
          value={form.keywords}
          onChange={(keywords) => put({ keywords })}
          isDisabled={isDisabled}
          placeholder={t('routes.keywordsExample')}
          hint={t('routes.keywordsHint')}
          {...checked('keywords')}
        />
        <TextField
          label={t('routes.pattern')}
          mono
          value={form.pattern}
          onChange={(pattern) => put({ pattern })}
          isDisabled={isDisabled}
          placeholder="\d{8}-\d{3}"
          hint={t('routes.patternHint')}
          {...checked('pattern')}
        />
      </div>
      <div className={frame.pair}>
        <TextField
          label={t('routes.senders')}
          mono
          value={form.senders}
          onChange={(senders) => put({ senders })}
          isDisabled={isDisabled}
          placeholder="zhangsan, lisi"
          hint={t('routes.sendersHint')}
          {...checked('senders')}
        />
        <TextField
          label={t('routes.chats')}
          mono
          value={form.chats}
          onChange={(chats) => put({ chats })}
          isDisabled={isDisabled}
          hint={t('routes.chatsHint')}
          {...checked('chats')}
        />
      </div>
    </fieldset>
  );
}

interface ChoicesProps {
  readonly label: string;
  readonly options: readonly { readonly value: string; readonly label: string }[];
  readonly chosen: readonly string[];
  readonly isDisabled: boolean;
  readonly onChange: (chosen: readonly string[]) => void;
}

/** Any of a few; none chosen means all. */
function Choices({ label, options, chosen, isDisabled, onChange }: ChoicesProps): ReactElement {
  const t = useTranslate();
  return (
    <div role="group" aria-label={label} className={frame.choices}>
      <span className={frame.choicesLabel}>
        {label}
        {chosen.length === 0 && <span className={styles.any}>{t('routes.any')}</span>}
      </span>
      <div className={frame.chips}>
        {options.map((option) => (
          <ChipToggle
            key={option.value}
            isSelected={chosen.includes(option.value)}
            isDisabled={isDisabled}
            onChange={(isSelected) =>
              onChange(
                isSelected
                  ? [...chosen, option.value]
                  : chosen.filter((value) => value !== option.value),
              )
            }
          >
            {option.label}
          </ChipToggle>
        ))}
      </div>
    </div>
  );
}
