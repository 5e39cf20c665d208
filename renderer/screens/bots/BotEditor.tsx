import { useState, type ReactElement } from 'react';
import { useCan, useClient, useSnapshot } from '../../app/console.tsx';
import { useTranslate } from '../../app/locale.tsx';
import { suggestId } from '../../app/ids.ts';
import { BotKind, receivesCallbacks, type BotView } from '../../../common/domain/bot.ts';
import { Editor, RadioGroup, useDraft, useSaving, useToasts } from '../../components/index.ts';
import { AdminNote } from './AdminNote.tsx';
import { BotFields } from './BotFields.tsx';
import { checkForm, type BotField } from './check.ts';
import { DeleteBot } from './DeleteBot.tsx';
import { emptyForm, formOf, saveOf, type BotForm } from './form.ts';
import { hasKeyPair, Rotation } from './Rotation.tsx';
import { SendingFields } from './SendingFields.tsx';
import { TargetFields } from './TargetFields.tsx';

interface BotEditorProps {
  /** The bot as it is stored; null for a new one. */
  readonly stored: BotView | null;
  readonly kind: BotKind;
  readonly onSaved: (id: string) => void;
}

/** Adds or edits one bot. What was typed stays after saving, so that a new secret can still be copied into WeCom. */
export function BotEditor({ stored, kind, onSaved }: BotEditorProps): ReactElement {
  const t = useTranslate();
  const client = useClient();
  const toasts = useToasts();
  const mayManage = useCan('manage');
  const bots = useSnapshot((snapshot) => snapshot.bots);
  const targets = useSnapshot((snapshot) => snapshot.targets);
  const isDisabled = !mayManage || (stored !== null && stored.lockedBy !== null);
  const draft = useDraft<BotForm>(
    `bots/${stored?.id ?? `?${kind}`}`,
    () =>
      stored === null
        ? { ...emptyForm(kind), id: suggestId('', kind, bots) }
        : formOf(stored, targets),
    isDisabled,
  );
  const { form, set: setForm } = draft;
  const [ownId, setOwnId] = useState(stored !== null || draft.isRestored);
  const saving = useSaving(isDisabled);

  const problems = checkForm(form, { stored, bots, targets });
  const problem = (field: BotField): string | null => {
    const found = problems[field];
    // What is merely empty is said only once one has tried to save.
    if (found === undefined || (found === 'required' && !saving.attempted)) return null;
    return t(`bots.problem.${found}`);
  };
  const chooseKind = (next: BotKind): void =>
    setForm((old) => ({
      ...old,
      kind: next,
      id: ownId ? old.id : suggestId(old.name, next, bots),
    }));

  const save = async (): Promise<void> => {
    const { bot, target } = saveOf(form, targets);
    if (target !== null) await client.call('targets.save', target);
    await client.call('bots.save', bot);
    // The service is known now, and is not to be made a second time by the next saving.
    const id = bot.target;
    draft.settle((old) =>
      id === null ? old : { ...old, target: { to: 'known', id }, dropTargetSecret: false },
    );
    setOwnId(true);
    toasts.done(t('bots.saved', { name: bot.name === '' ? bot.id : bot.name }));
    onSaved(bot.id);
  };

  const fields = { form, set: setForm, problem, isDisabled };
  return (
    <Editor
      title={stored === null ? t('bots.add') : stored.name === '' ? stored.id : stored.name}
      screen="bots"
      back={t('bots.back')}
      leave={t('bots.leave')}
      saving={saving}
      draft={draft}
      onSave={() => saving.run(problems, save)}
      lockedBy={stored?.lockedBy ?? null}
      isDisabled={isDisabled}
      mayNot={mayManage ? null : t('bots.mayNot')}
      {...(stored !== null && { actions: <DeleteBot bot={stored} /> })}
      aside={<AdminNote form={form} stored={stored} />}
    >
      {stored === null && (
        <RadioGroup
          label={t('bots.kind')}
          options={BotKind.options.map((value) => ({
            value,
            label: t(`bots.kind.${value}`),
            note: t(`bots.kind.${value}.note`),
          }))}
          value={form.kind}
          onChange={chooseKind}
          isDisabled={isDisabled}
        />
      )}
      <BotFields
        {...fields}
        stored={stored}
        onName={(name) =>
          setForm((old) => ({
            ...old,
            name,
            id: ownId ? old.id : suggestId(name, old.kind, bots),
          }))
        }
        onId={(id) => {
          setOwnId(true);
          setForm((old) => ({ ...old, id }));
        }}
      />
      {stored !== null && hasKeyPair(stored) && <Rotation bot={stored} isDisabled={isDisabled} />}
      {receivesCallbacks(form.kind) && <TargetFields {...fields} targets={targets} bots={bots} />}
      {form.kind !== 'sealed' && <SendingFields {...fields} stored={stored} />}
    </Editor>
  );
}
