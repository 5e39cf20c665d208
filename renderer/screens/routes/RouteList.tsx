import { useState, type KeyboardEvent, type ReactElement } from 'react';
import { GridList, GridListItem, useDragAndDrop } from 'react-aria-components';
import { useCan, useClient } from '../../app/console.tsx';
import { useTranslate } from '../../app/locale.tsx';
import { movedBy, movedTo } from '../../app/order.ts';
import { navigate } from '../../app/router.ts';
import type { RouteView } from '../../../common/domain/route.ts';
import { cx, useToasts } from '../../components/index.ts';
import { routeName } from './match-words.ts';
import { fileFirst } from './order.ts';
import { RouteRow } from './RouteRow.tsx';
import styles from './routes.module.css';

/** The routes in the order in which they are tried: dragged, moved with Alt and the arrows, switched on and off. */
export function RouteList({ routes }: { routes: readonly RouteView[] }): ReactElement {
  const t = useTranslate();
  const client = useClient();
  const toasts = useToasts();
  const mayChange = useCan('manage');
  // Shown until the host has taken it, so that a row does not jump back for a moment.
  const [wanted, setWanted] = useState<readonly string[] | null>(null);
  const ids = routes.map(({ id }) => id);
  const shown =
    wanted === null
      ? routes
      : routes.toSorted((a, b) => wanted.indexOf(a.id) - wanted.indexOf(b.id));

  const put = async (next: readonly string[]): Promise<void> => {
    setWanted(next);
    try {
      await client.call('routes.reorder', { ids: [...next] });
    } finally {
      setWanted(null);
    }
  };
  const reorder = (wish: readonly string[]): void => {
    const next = fileFirst(wish, routes);
    if (!mayChange || next.every((id, index) => id === ids[index])) return;
    put(next).then(
      () =>
        toasts.done(t('routes.reordered'), () => {
          put(ids).catch(toasts.failed);
        }),
      toasts.failed,
    );
  };
  const toggle = (route: RouteView, enabled: boolean): void => {
    const { lockedBy: _, ...stored } = route;
    client.call('routes.save', { ...stored, enabled }).then(
      () =>
        toasts.done(
          t(enabled ? 'routes.nowOn' : 'routes.nowOff', { name: routeName(route) }),
          () => {
            client.call('routes.save', stored).catch(toasts.failed);
          },
        ),
      toasts.failed,
    );
  };

  const { dragAndDropHooks } = useDragAndDrop({
    getItems: (keys) => [...keys].map((key) => ({ 'text/plain': String(key) })),
    isDisabled: !mayChange,
    getAllowedDropOperations: () => ['move'],
    onReorder({ keys, target }) {
      if (target.dropPosition === 'on') return;
      const moved = new Set([...keys].map(String));
      reorder(movedTo(ids, moved, { at: String(target.key), position: target.dropPosition }));
    },
  });
  const onKeyDown = (event: KeyboardEvent): void => {
    if (!event.altKey || (event.key !== 'ArrowUp' && event.key !== 'ArrowDown')) return;
    const key = (event.target as Element).closest('[data-key]')?.getAttribute('data-key');
    if (key == null) return;
    event.preventDefault();
    event.stopPropagation();
    reorder(movedBy(ids, key, event.key === 'ArrowUp' ? -1 : 1));
  };

  return (
    <div onKeyDownCapture={onKeyDown}>
      <GridList
        aria-label={t('routes.list')}
        className={cx(styles.list)}
        items={shown}
        dependencies={[shown, mayChange]}
        dragAndDropHooks={dragAndDropHooks}
        onAction={(id) => navigate('routes', String(id))}
      >
        {(route) => (
          <GridListItem id={route.id} textValue={routeName(route)} className={cx(styles.item)}>
            <RouteRow
              route={route}
              place={shown.indexOf(route) + 1}
              mayChange={mayChange}
              onToggle={(enabled) => toggle(route, enabled)}
            />
          </GridListItem>
        )}
      </GridList>
      <p className={styles.rest}>
        <span className={styles.restMark} aria-hidden="true" />
        {t('routes.rest')}
      </p>
    </div>
  );
}
