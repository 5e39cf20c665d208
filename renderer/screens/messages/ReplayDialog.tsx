import { useState, type ReactElement } from 'react';
import { useClient, useSnapshot } from '../../app/console.tsx';
import { useTranslate } from '../../app/locale.tsx';
import {
  bindFields,
  Button,
  Dialog,
  ErrorText,
  Segmented,
  Select,
  TextField,
  useSaving,
} from '../../components/index.ts';
import frame from '../../components/Editor.module.css';
import styles from './replay.module.css';
import { emptyReplay, replayOf, type ReplayField, type ReplayForm } from './replay-form.ts';
import { Replays } from './Replays.tsx';

const ANY = 'any';

/** Hands received messages over once more: which, where to, how fast; those that run are shown with their progress. */
export function ReplayDialog(props: { isOpen: boolean; onClose: () => void }): ReactElement {
  const { isOpen, onClose } = props;
  const t = useTranslate();
  const client = useClient();
  const bots = useSnapshot((snapshot) => snapshot.bots);
  const targets = useSnapshot((snapshot) => snapshot.targets);
  const [form, setForm] = useState<ReplayForm>(emptyReplay);
  const saving = useSaving(false);
  const set = (part: Partial<ReplayForm>): void => setForm((old) => ({ ...old, ...part }));
  const [openedAt] = useState(() => Date.now());
  const { wrong } = replayOf(form, openedAt);
  const problem = (field: ReplayField): string | null =>
    saving.attempted && wrong[field] === true ? t(`replay.problem.${field}`) : null;
  const field = bindFields<ReplayField>({
    form,
    onChange: (name, value) => set({ [name]: value }),
    problem,
  });
  const start = async (): Promise<void> => {
    await client.call('messages.replay', replayOf(form, Date.now()).request);
  };
  return (
    <Dialog
      title={t('replay')}
      isOpen={isOpen}
      onClose={onClose}
      wide
      actions={
        <>
          <Button onPress={onClose}>{t('common.close')}</Button>
          <Button
            variant="primary"
            isPending={saving.busy}
            onPress={() => void saving.run(wrong, start)}
          >
            {t('replay.start')}
          </Button>
        </>
      }
    >
      <div className={frame.form}>
        <p className={styles.quiet}>{t('replay.text')}</p>
        <Segmented
          label={t('replay.span')}
          options={(['hour', 'day', 'week', 'between'] as const).map((value) => ({
            value,
            label: t(`replay.span.${value}`),
          }))}
          value={form.span}
          onChange={(span) => set({ span })}
        />
        {form.span === 'between' && (
          <div className={frame.pair}>
            <TextField {...field('from')} type="datetime-local" label={t('replay.from')} />
            <TextField {...field('to')} type="datetime-local" label={t('replay.to')} />
          </div>
        )}
        <div className={styles.replayThree}>
          <Select
            label={t('messages.bot')}
            options={[
              { value: ANY, label: t('messages.anyBot') },
              ...bots
                .filter(({ callbackPath }) => callbackPath !== null)
                .map(({ id, name }) => ({ value: id, label: name === '' ? id : name })),
            ]}
            value={form.bot === '' ? ANY : form.bot}
            onChange={(bot) => set({ bot: bot === ANY ? '' : bot })}
          />
          <TextField
            {...field('type')}
            label={t('messages.type')}
            optional={t('common.optional')}
            mono
            placeholder="text"
          />
          <TextField
            {...field('user')}
            label={t('messages.from')}
            optional={t('common.optional')}
            mono
            placeholder="zhangsan"
          />
        </div>
        <Segmented
          label={t('replay.goal')}
          options={(['original', 'target', 'callback'] as const).map((value) => ({
            value,
            label: t(`replay.goal.${value}`),
          }))}
          value={form.goal}
          onChange={(goal) => set({ goal })}
        />
        {form.goal === 'target' && (
          <Select
            label={t('routes.service')}
            options={targets.map(({ id, url }) => ({
              value: id,
              label: id,
              note: url === '' ? t('bots.target.subscriber') : url,
            }))}
            value={form.target === '' ? null : form.target}
            onChange={(target) => set({ target })}
            placeholder={t('replay.chooseTarget')}
            {...(problem('target') !== null && { hint: t('replay.problem.target') })}
          />
        )}
        {form.goal === 'callback' && (
          <TextField
            {...field('url')}
            label={t('replay.url')}
            type="url"
            mono
            placeholder="https://test.example.com/wecom/callback"
            hint={t('replay.urlHint')}
          />
        )}
        <div className={styles.replaySpeed}>
          <TextField {...field('perSecond')} label={t('replay.perSecond')} />
        </div>
        {saving.error !== null && <ErrorText error={saving.error} />}
        <Replays />
      </div>
    </Dialog>
  );
}
