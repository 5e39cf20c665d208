import { useState, type ReactElement } from 'react';
import { useClient, useSnapshot } from '../../app/console.tsx';
import { useTranslate } from '../../app/locale.tsx';
import { Button, Dialog, ErrorText, Segmented, Select, TextField } from '../../components/index.ts';
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
  const [attempted, setAttempted] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const set = (part: Partial<ReplayForm>): void => setForm((old) => ({ ...old, ...part }));
  const [openedAt] = useState(() => Date.now());
  const { wrong } = replayOf(form, openedAt);
  const problem = (field: ReplayField): string | null =>
    attempted && wrong.has(field) ? t(`replay.problem.${field}`) : null;
  const field = (
    name: ReplayField,
  ): Pick<Parameters<typeof TextField>[0], 'value' | 'onChange' | 'check' | 'error'> => ({
    value: form[name],
    onChange: (value) => set({ [name]: value }),
    check: () => problem(name),
    error: problem(name),
  });
  const start = async (): Promise<void> => {
    const { request, wrong: missing } = replayOf(form, Date.now());
    setAttempted(true);
    if (missing.size > 0) return;
    setBusy(true);
    setError(null);
    try {
      await client.call('messages.replay', request);
      setAttempted(false);
    } catch (thrown) {
      setError(thrown);
    } finally {
      setBusy(false);
    }
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
          <Button variant="primary" isPending={busy} onPress={() => void start()}>
            {t('replay.start')}
          </Button>
        </>
      }
    >
      <div className={styles.replay}>
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
          <div className={styles.replayPair}>
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
        {error !== null && <ErrorText error={error} />}
        <Replays />
      </div>
    </Dialog>
  );
}
