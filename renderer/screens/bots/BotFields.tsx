import type { ReactElement } from 'react';
import { useTranslate } from '../../app/locale.tsx';
import { receivesCallbacks, type BotView } from '../../../common/domain/bot.ts';
import type { MessageKey } from '../../../common/i18n/bundle.ts';
import { SecretField, StatusShape, Switch, TextField } from '../../components/index.ts';
import frame from '../../components/Editor.module.css';
import type { BotField } from './check.ts';
import type { BotForm } from './form.ts';
import { generateEncodingAesKey, generateSealingKey, generateToken } from '../../app/generate.ts';

export interface FieldsProps {
  readonly form: BotForm;
  readonly set: (change: (form: BotForm) => BotForm) => void;
  /** The words under a field, or null. */
  readonly problem: (field: BotField) => string | null;
  readonly isDisabled: boolean;
}

interface BotFieldsProps extends FieldsProps {
  /** The bot as it is stored; null for a new one. */
  readonly stored: BotView | null;
  readonly onName: (name: string) => void;
  readonly onId: (id: string) => void;
}

const unset = { set: false } as const;

/** What a bot of its kind needs, in the order in which one meets it in WeCom. */
export function BotFields(props: BotFieldsProps): ReactElement {
  const { form, set, problem, isDisabled, stored, onName, onId } = props;
  const t = useTranslate();
  const put = (part: Partial<BotForm>): void => set((old) => ({ ...old, ...part }));
  const checked = (field: BotField): { check: () => string | null; error: string | null } => ({
    check: () => problem(field),
    error: problem(field),
  });
  const receives = receivesCallbacks(form.kind);
  return (
    <>
      {form.kind === 'sealed' && (
        <p className={frame.warning}>
          <StatusShape tone="warn" />
          <span>{t('bots.sealed.weak')}</span>
        </p>
      )}
      <div className={frame.pair}>
        <TextField
          label={t('bots.name')}
          value={form.name}
          onChange={onName}
          isDisabled={isDisabled}
          {...checked('name')}
        />
        <TextField
          label={t('bots.id')}
          mono
          value={form.id}
          onChange={onId}
          isDisabled={isDisabled || stored !== null}
          hint={t(idHint(stored !== null, receives))}
          {...checked('id')}
        />
      </div>
      {form.kind === 'app' && (
        <TextField
          label="CorpID"
          mono
          value={form.receiveId}
          onChange={(receiveId) => put({ receiveId })}
          isDisabled={isDisabled}
          hint={t('bots.corpIdHint')}
          placeholder="ww"
          {...checked('receiveId')}
        />
      )}
      {receives && (
        <SecretField
          label="Token"
          value={form.token}
          onChange={(token) => put({ token })}
          stored={stored?.token ?? unset}
          isDisabled={isDisabled}
          generate={() => generateToken()}
          {...checked('token')}
        />
      )}
      {(form.kind === 'app' || form.kind === 'aibot') && (
        <SecretField
          label="EncodingAESKey"
          value={form.encodingAesKey}
          onChange={(encodingAesKey) => put({ encodingAesKey })}
          stored={stored?.encodingAesKey ?? unset}
          isDisabled={isDisabled}
          generate={() => generateEncodingAesKey()}
          {...checked('encodingAesKey')}
        />
      )}
      {form.kind === 'sealed' && (
        <SecretField
          label={t('bots.sealingKey')}
          value={form.encodingAesKey}
          onChange={(encodingAesKey) => put({ encodingAesKey })}
          stored={stored?.encodingAesKey ?? unset}
          isDisabled={isDisabled}
          hint={t('bots.sealingKeyHint')}
          generate={() => generateSealingKey()}
          {...checked('encodingAesKey')}
        />
      )}
      {(form.kind === 'robot' || form.kind === 'sealed') && (
        <SecretField
          label={t('bots.webhook')}
          value={form.webhook}
          onChange={(webhook) => put({ webhook })}
          stored={stored?.webhook ?? unset}
          isDisabled={isDisabled}
          placeholder={
            form.kind === 'robot' ? 'https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=' : ''
          }
          hint={t(form.kind === 'robot' ? 'bots.webhookHint' : 'bots.sealed.webhookHint')}
          {...checked('webhook')}
        />
      )}
      {form.kind === 'aibot' && (
        <Switch
          label={t('bots.fetchMedia')}
          value={form.fetchMedia}
          onChange={(fetchMedia) => put({ fetchMedia })}
          isDisabled={isDisabled}
        />
      )}
      {receives && (
        <Switch
          label={t('bots.default')}
          value={form.isDefault}
          onChange={(isDefault) => put({ isDefault })}
          isDisabled={isDisabled}
        />
      )}
    </>
  );
}

/** An id is part of the callback address; that of a bot which receives nothing only names it. */
function idHint(isStored: boolean, receives: boolean): MessageKey {
  if (isStored) return receives ? 'bots.idFixed' : 'bots.idFixedName';
  return receives ? 'bots.idHint' : 'bots.idHintName';
}
