import { useState, type ReactElement, type ReactNode } from 'react';
import type * as z from 'zod';
import {
  PathPattern,
  SourceBlock,
  type TunnelAccess,
} from '../../../../common/domain/relay/tunnel-rules.ts';
import { useTranslate } from '../../../app/locale.tsx';
import { Button, ErrorText, TextArea, useToasts } from '../../../components/index.ts';
import shared from '../../relay.module.css';
import { useChange } from '../../useChange.ts';
import styles from './tunnels.module.css';

const linesOf = (text: string): string[] =>
  text
    .split(/\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');

export interface AccessFormProps {
  readonly access: TunnelAccess;
  readonly save: (next: TunnelAccess) => Promise<void>;
  /** Stands behind what saves. */
  readonly more?: ReactNode;
}

/** Both white-lists as lines of text. */
export function AccessForm({ access, save, more }: AccessFormProps): ReactElement {
  const t = useTranslate();
  const change = useChange();
  const toasts = useToasts();
  const [paths, setPaths] = useState(access.paths.join('\n'));
  const [sources, setSources] = useState(access.sources.join('\n'));
  const next = { paths: linesOf(paths), sources: linesOf(sources) };
  const changed = JSON.stringify(next) !== JSON.stringify(access);
  const wrong = wrongLine(paths, PathPattern) ?? wrongLine(sources, SourceBlock);

  const submit = async (): Promise<void> => {
    const before = access;
    if (!(await change.run(() => save(next)))) return;
    toasts.done(t('settings.saved'), () => {
      setPaths(before.paths.join('\n'));
      setSources(before.sources.join('\n'));
      save(before).catch((error: unknown) => toasts.failed(error));
    });
  };
  return (
    <>
      <div className={styles.columns}>
        <Lines
          list="path"
          schema={PathPattern}
          placeholder="/wecom/callback*"
          value={paths}
          onChange={setPaths}
        />
        <Lines
          list="source"
          schema={SourceBlock}
          placeholder="101.226.103.0/25"
          value={sources}
          onChange={setSources}
        />
      </div>
      {change.error !== null && <ErrorText error={change.error} />}
      <div className={shared.formActions}>
        <Button
          variant="primary"
          isDisabled={!changed || wrong !== null}
          isPending={change.busy}
          onPress={() => void submit()}
        >
          {t('common.save')}
        </Button>
        {more}
        {changed && <span className={shared.small}>{t('relay.unsaved')}</span>}
      </div>
    </>
  );
}

interface LinesProps {
  readonly list: 'path' | 'source';
  /** What a line has to be. */
  readonly schema: z.ZodType;
  readonly placeholder: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** One white-list; the first line that is wrong is named. */
function Lines({ list, schema, ...field }: LinesProps): ReactElement {
  const t = useTranslate();
  return (
    <TextArea
      {...field}
      label={t(`relay.access.${list}s`)}
      hint={t(`relay.access.${list}sHint`)}
      check={(value) => {
        const line = wrongLine(value, schema);
        return line === null ? null : t(`relay.access.${list}Wrong`, { line });
      }}
      rows={6}
      maxLength={32_768}
      mono
    />
  );
}

function wrongLine(text: string, schema: z.ZodType): string | null {
  return linesOf(text).find((line) => !schema.safeParse(line).success) ?? null;
}
