import type { ReactElement } from 'react';
import { useTranslate } from '../../app/locale.tsx';
import type { BotView, TargetView } from '../../../common/domain/bot.ts';
import { LockedNote, SecretField, Select, TextField } from '../../components/index.ts';
import frame from '../../components/Editor.module.css';
import { chooseTarget, isSubscriber, type BotForm, type TargetChoice } from './form.ts';
import { generateSigningSecret } from '../../app/generate.ts';
import type { FieldsProps } from './BotFields.tsx';

interface TargetFieldsProps extends FieldsProps {
  readonly targets: readonly TargetView[];
  readonly bots: readonly BotView[];
}

const INBOX = 'inbox';
const NEW = 'new';
/** A target's id may be one of the words above, so in the list it has a mark before it. */
const KNOWN = 'id:';

/** The internal service that a bot's messages go to: its address and the secret that signs what it is sent. */
export function TargetFields(props: TargetFieldsProps): ReactElement {
  const { form, set, targets, bots, problem, isDisabled } = props;
  const t = useTranslate();
  const { target } = form;
  const stored = target.to === 'known' ? targets.find(({ id }) => id === target.id) : undefined;
  // A service of a file can be chosen, but is edited in the file.
  const isFixed = stored !== undefined && stored.lockedBy !== null;
  const others = bots.filter(
    (bot) => bot.target === stored?.id && bot.id !== form.id && stored !== undefined,
  );
  return (
    <fieldset className={frame.group}>
      <legend className={frame.legend}>{t('bots.target')}</legend>
      <Select
        label={t('bots.target.where')}
        isDisabled={isDisabled}
        options={[
          { value: INBOX, label: t('bots.target.inbox'), note: t('bots.target.inboxNote') },
          ...targets.map(({ id, url }) => ({
            value: `${KNOWN}${id}`,
            label: id,
            note: url === '' ? t('bots.target.subscriber') : url,
          })),
          { value: NEW, label: t('bots.target.new') },
        ]}
        value={valueOf(target)}
        onChange={(value) => set((old) => chooseTarget(old, choiceOf(value), targets))}
      />
      {target.to !== 'inbox' && !isSubscriber(form, targets) && (
        <>
          {isFixed && !isDisabled && stored.lockedBy !== null && (
            <LockedNote source={stored.lockedBy} />
          )}
          <TextField
            label={t('bots.target.url')}
            type="url"
            mono
            value={form.targetUrl}
            onChange={(targetUrl) => set((old) => ({ ...old, targetUrl }))}
            check={() => problem('targetUrl')}
            error={problem('targetUrl')}
            isDisabled={isDisabled || isFixed}
            placeholder="http://10.0.0.14:9000/wecom"
            hint={
              others.length === 0
                ? t('bots.target.urlHint')
                : t('bots.target.shared', { bots: others.map(nameOf).join(', ') })
            }
          />
          <SecretField
            label={t('bots.target.secret')}
            optional={t('common.optional')}
            value={form.targetSecret}
            onChange={(targetSecret) =>
              set((old) => ({ ...old, targetSecret, dropTargetSecret: false }))
            }
            stored={form.dropTargetSecret ? { set: false } : (stored?.secret ?? { set: false })}
            check={() => problem('targetSecret')}
            error={problem('targetSecret')}
            isDisabled={isDisabled || isFixed}
            placeholder="whsec_"
            hint={t(form.dropTargetSecret ? 'bots.target.secretDropped' : 'bots.target.secretHint')}
            generate={generateSigningSecret}
            onDrop={() => set((old) => ({ ...old, dropTargetSecret: true }))}
          />
        </>
      )}
    </fieldset>
  );
}

function nameOf(bot: BotView): string {
  return bot.name === '' ? bot.id : bot.name;
}

function valueOf(target: TargetChoice): string {
  return target.to === 'known' ? `${KNOWN}${target.id}` : target.to;
}

function choiceOf(value: string): BotForm['target'] {
  if (value.startsWith(KNOWN)) return { to: 'known', id: value.slice(KNOWN.length) };
  return value === NEW ? { to: 'new' } : { to: 'inbox' };
}
