import {
  useEffect,
  useEffectEvent,
  useRef,
  useState,
  type ReactElement,
  type ReactNode,
} from 'react';
import { MessageTimeline } from '../../causeway/index.ts';
import { useCan } from '../../app/console.tsx';
import { useTranslate } from '../../app/locale.tsx';
import type { MessageDetail, MessageRow } from '../../../common/domain/history.ts';
import {
  Button,
  CopyButton,
  CopyValue,
  Duration,
  ErrorText,
  IconButton,
  RelativeTime,
  Scroller,
  Skeleton,
  Tabs,
} from '../../components/index.ts';
import { CloseIcon, EyeIcon, EyeOffIcon } from '../../icons/index.tsx';
import { Again } from './Again.tsx';
import { Attempts } from './Attempts.tsx';
import { JsonTree } from './JsonTree.tsx';
import styles from './detail.module.css';
import { Outcome } from './outcome.tsx';
import { useDetail } from './useDetail.ts';

interface DetailPanelProps {
  readonly id: string;
  /** The message's row where the list has it. */
  readonly known: MessageRow | null;
  readonly onClose: () => void;
}

/** One message beside the list: its way, what became of it, and, when asked for, its text. Escape closes it. */
export function DetailPanel({ id, known, onClose }: DetailPanelProps): ReactElement {
  const t = useTranslate();
  const { row, detail, error } = useDetail(id, known);
  const panel = useRef<HTMLElement>(null);
  useEffect(() => panel.current?.focus(), []);
  useEscape(onClose);
  return (
    <aside ref={panel} className={styles.panel} aria-label={t('messages.detail')} tabIndex={-1}>
      <header className={styles.panelHead}>
        <h2>
          {row === null
            ? t('messages.detail')
            : t(`messages.title.${row.direction}`, { type: row.type })}
        </h2>
        <IconButton size="small" label={t('common.close')} icon={<CloseIcon />} onPress={onClose} />
      </header>
      <div className={styles.panelBody}>
        {error !== null && <ErrorText error={error} quiet />}
        {row === null && error === null && <Skeleton height="120px" />}
        {row !== null && (
          <>
            <Way row={row} detail={detail} />
            {row.error !== null && <ErrorText error={row.error} quiet />}
            <Again row={row} />
            <Facts row={row} />
            {detail !== null && <Attempts attempts={detail.attempts} />}
            <Text detail={detail} />
          </>
        )}
      </div>
    </aside>
  );
}

/** Escape, wherever the focus is, unless something that lies above (a list, a menu) or a field takes it. */
function useEscape(onEscape: () => void): void {
  const act = useEffectEvent(onEscape);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape' || event.defaultPrevented) return;
      if (document.querySelector('[role="dialog"],[role="alertdialog"],[role="listbox"]') === null)
        act();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}

/** Keeps its height while the spans are being read, so that nothing below it moves. */
function Way(props: { row: MessageRow; detail: MessageDetail | null }): ReactElement | null {
  const mayReveal = useCan('reveal');
  if (!mayReveal) return null;
  return (
    <div className={styles.way}>
      {props.detail !== null && <MessageTimeline detail={props.detail} />}
    </div>
  );
}

function Facts({ row }: { row: MessageRow }): ReactElement {
  const t = useTranslate();
  const facts: readonly (readonly [string, ReactNode])[] = [
    [t('messages.outcome'), <Outcome key="outcome" outcome={row.outcome} />],
    [t('messages.time'), <RelativeTime key="time" at={row.at} />],
    ...(row.sendAt === undefined
      ? []
      : [[t('messages.sendAt'), <RelativeTime key="sendAt" at={row.sendAt} />] as const]),
    [t('messages.duration'), <Duration key="duration" ms={row.durationMs} />],
    [t('messages.bot'), row.bot],
    ...(row.from === null ? [] : [[t('messages.from'), row.from] as const]),
    ...(row.msgId === null
      ? []
      : [
          [
            'MsgId',
            <CopyValue key="msgid" value={row.msgId} label={t('messages.copyMsgId')} />,
          ] as const,
        ]),
    [
      'ID',
      <CopyValue
        key="id"
        value={row.id}
        label={t('messages.copyId')}
        keep={{ head: 12, tail: 6 }}
      />,
    ],
    ...(row.repeats === 0
      ? []
      : [[t('messages.repeats'), t('messages.repeatsWords', { count: row.repeats })] as const]),
  ];
  return (
    <dl className={styles.facts}>
      {facts.map(([name, value]) => (
        <div key={name} className={styles.fact}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Hidden until asked for, again for each message. */
function Text({ detail }: { detail: MessageDetail | null }): ReactElement {
  const t = useTranslate();
  const mayReveal = useCan('reveal');
  const [shown, setShown] = useState(false);
  const redacted = detail?.redacted ?? null;
  if (!mayReveal) return <p className={styles.quiet}>{t('messages.mayNotReveal')}</p>;
  if (redacted !== null) {
    return (
      <p className={styles.quiet}>
        {t('messages.redacted')}{' '}
        <CopyValue value={redacted} label={t('messages.copyHash')} keep={{ head: 8, tail: 8 }} />
      </p>
    );
  }
  return (
    <>
      <div>
        <Button isDisabled={detail === null} onPress={() => setShown(!shown)}>
          {shown ? <EyeOffIcon /> : <EyeIcon />}
          {t(shown ? 'messages.hideText' : 'messages.showText')}
        </Button>
      </div>
      {shown && detail !== null && <Bodies detail={detail} />}
    </>
  );
}

function Bodies({ detail }: { detail: MessageDetail }): ReactElement {
  const t = useTranslate();
  const { raw, reply } = detail;
  return (
    <Tabs
      label={t('messages.showText')}
      tabs={[
        {
          id: 'json',
          label: 'JSON',
          content: <JsonTree value={detail.message} label={t('messages.json')} />,
        },
        ...(raw === null
          ? []
          : [{ id: 'raw' as const, label: t('messages.raw'), content: <Raw text={raw} /> }]),
        {
          id: 'reply',
          label: t(detail.row.direction === 'in' ? 'messages.reply' : 'messages.answer'),
          content:
            reply === null ? (
              <p className={styles.quiet}>{t('messages.noReply')}</p>
            ) : (
              <Raw text={reply} />
            ),
        },
      ]}
    />
  );
}

function Raw({ text }: { text: string }): ReactElement {
  const t = useTranslate();
  return (
    <div className={styles.raw}>
      <div className={styles.rawCopy}>
        <CopyButton value={text} label={t('messages.copyRaw')} />
      </div>
      <Scroller label={t('messages.raw')} className={styles.rawText}>
        {text}
      </Scroller>
    </div>
  );
}
