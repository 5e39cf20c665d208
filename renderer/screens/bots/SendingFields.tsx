import type { ReactElement } from 'react';
import { useSnapshot } from '../../app/console.tsx';
import { useTranslate } from '../../app/locale.tsx';
import { BotEgress, type BotView } from '../../../common/domain/bot.ts';
import { ChipToggle, SecretField, Segmented, Select, TextField } from '../../components/index.ts';
import frame from '../../components/Editor.module.css';
import type { FieldsProps } from './BotFields.tsx';
import { hasLateReply, type BotForm } from './form.ts';

const unset = { set: false } as const;

/** How a bot sends: an app's credentials, the way out, who takes over, and what becomes of a late answer. */
export function SendingFields(props: FieldsProps & { stored: BotView | null }): ReactElement {
  const { form, set, problem, isDisabled, stored } = props;
  const t = useTranslate();
  const put = (part: Partial<BotForm>): void => set((old) => ({ ...old, ...part }));
  return (
    <fieldset className={frame.group}>
      <legend className={frame.legend}>{t('bots.sending')}</legend>
      {form.kind === 'app' && (
        <>
          <p className={frame.hint}>{t('bots.sending.appHint')}</p>
          <div className={frame.pair}>
            <SecretField
              label="Secret"
              optional={t('common.optional')}
              value={form.corpSecret}
              onChange={(corpSecret) => put({ corpSecret })}
              stored={stored?.corpSecret ?? unset}
              check={() => problem('corpSecret')}
              error={problem('corpSecret')}
              isDisabled={isDisabled}
            />
            <TextField
              label="AgentId"
              optional={t('common.optional')}
              mono
              value={form.agentId}
              onChange={(agentId) => put({ agentId })}
              check={() => problem('agentId')}
              error={problem('agentId')}
              isDisabled={isDisabled}
              placeholder="1000002"
            />
          </div>
        </>
      )}
      <Segmented
        label={t('bots.egress')}
        options={BotEgress.options.map((value) => ({ value, label: t(`bots.egress.${value}`) }))}
        value={form.egress}
        onChange={(egress) => put({ egress })}
        isDisabled={isDisabled}
      />
      {form.kind === 'robot' && <Overflow {...props} />}
      {hasLateReply(form.kind) && <Late {...props} />}
      {form.kind === 'app' && (
        <TextField
          label={t('bots.apiBase')}
          optional={t('common.optional')}
          type="url"
          mono
          value={form.apiBase}
          onChange={(apiBase) => put({ apiBase })}
          check={() => problem('apiBase')}
          error={problem('apiBase')}
          isDisabled={isDisabled}
          placeholder="https://qyapi.weixin.qq.com"
          hint={t('bots.apiBaseHint')}
        />
      )}
    </fieldset>
  );
}

function robotsOf(bots: readonly BotView[], except: string): readonly BotView[] {
  return bots.filter(({ id, kind }) => kind === 'robot' && id !== except);
}

const nameOf = (bot: BotView): string => (bot.name === '' ? bot.id : bot.name);

/** Robots in the order in which they were chosen. */
function Overflow({ form, set, isDisabled }: FieldsProps): ReactElement | null {
  const t = useTranslate();
  const others = robotsOf(
    useSnapshot((snapshot) => snapshot.bots),
    form.id,
  );
  if (others.length === 0) return null;
  return (
    <div role="group" aria-label={t('bots.overflow')} className={frame.choices}>
      <span className={frame.choicesLabel}>{t('bots.overflow')}</span>
      <div className={frame.chips}>
        {others.map((bot) => {
          const place = form.overflow.indexOf(bot.id);
          return (
            <ChipToggle
              key={bot.id}
              isSelected={place !== -1}
              isDisabled={isDisabled}
              onChange={(isSelected) =>
                set((old) => ({
                  ...old,
                  overflow: isSelected
                    ? [...old.overflow, bot.id]
                    : old.overflow.filter((id) => id !== bot.id),
                }))
              }
            >
              {place === -1 ? nameOf(bot) : `${String(place + 1)}. ${nameOf(bot)}`}
            </ChipToggle>
          );
        })}
      </div>
      <span className={frame.hintBelow}>{t('bots.overflowHint')}</span>
    </div>
  );
}

function Late({ form, set, isDisabled }: FieldsProps): ReactElement {
  const t = useTranslate();
  const robots = robotsOf(
    useSnapshot((snapshot) => snapshot.bots),
    form.id,
  );
  const isApp = form.kind === 'app';
  return (
    <Select
      label={t('bots.late')}
      options={[
        {
          value: USUAL,
          label: t('bots.late.usual'),
          note: t(isApp ? 'bots.late.app' : 'bots.late.response_url'),
        },
        isApp
          ? { value: 'app', label: t('bots.late.app') }
          : { value: 'response_url', label: t('bots.late.response_url') },
        ...robots.map((robot) => ({
          value: `robot:${robot.id}`,
          label: t('bots.late.robot', { robot: nameOf(robot) }),
        })),
        { value: 'none', label: t('bots.late.none'), note: t('bots.late.noneNote') },
      ]}
      value={form.lateReply === '' ? USUAL : form.lateReply}
      onChange={(value) => set((old) => ({ ...old, lateReply: value === USUAL ? '' : value }))}
      hint={t('bots.lateHint')}
      isDisabled={isDisabled}
    />
  );
}

const USUAL = 'usual';
