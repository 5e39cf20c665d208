import type { ReactElement } from 'react';
import { useCan, useSnapshot } from '../../app/console.tsx';
import { useTranslate } from '../../app/locale.tsx';
import { navigate, useRoute } from '../../app/router.ts';
import {
  Button,
  EmptyState,
  Page,
  PageHeader,
  PageLink,
  Section,
  Surface,
} from '../../components/index.ts';
import { PlusIcon } from '../../icons/index.tsx';
import { RouteEditor } from './RouteEditor.tsx';
import { RouteList } from './RouteList.tsx';
import styles from './routes.module.css';
import { TargetEditor } from './TargetEditor.tsx';
import { TargetTable } from './TargetTable.tsx';
import { TryIt } from './TryIt.tsx';

/** Which message goes where: `#/routes`, `#/routes/<route>`, `?service=<target>`, `?add=route|service`. */
export default function RoutesScreen(): ReactElement {
  const { param, query } = useRoute();
  const route = useSnapshot((snapshot) => snapshot.routes.find(({ id }) => id === param));
  const service = useSnapshot((snapshot) =>
    snapshot.targets.find(({ id }) => id === query['service']),
  );
  return <Page>{screenOf()}</Page>;

  function screenOf(): ReactElement {
    if (param !== null) {
      return route === undefined ? <Gone id={param} /> : <RouteEditor key={param} stored={route} />;
    }
    if (query['service'] !== undefined) {
      return service === undefined ? (
        <Gone id={query['service']} />
      ) : (
        <TargetEditor key={`${service.id} ${String(service.websocket)}`} stored={service} />
      );
    }
    if (query['add'] === 'route') return <RouteEditor key="?route" stored={null} />;
    if (query['add'] === 'service') return <TargetEditor key="?service" stored={null} />;
    return <Overview />;
  }
}

function Overview(): ReactElement {
  const t = useTranslate();
  const mayManage = useCan('manage');
  const routes = useSnapshot((snapshot) => snapshot.routes);
  const targets = useSnapshot((snapshot) => snapshot.targets);
  const hasBots = useSnapshot(({ bots }) => bots.some(({ callbackPath }) => callbackPath !== null));
  const addRoute = (): void => navigate('routes', null, { add: 'route' });
  const addService = (): void => navigate('routes', null, { add: 'service' });
  return (
    <>
      <PageHeader
        title={t('nav.routes')}
        summary={t('routes.summary')}
        {...(mayManage &&
          routes.length > 0 && {
            actions: (
              <Button variant="primary" onPress={addRoute}>
                <PlusIcon />
                {t('routes.add')}
              </Button>
            ),
          })}
      />
      {routes.length === 0 ? (
        <Surface>
          <EmptyState
            title={t('routes.empty.title')}
            text={t('routes.empty.text')}
            {...(mayManage && {
              action: (
                <Button variant="primary" onPress={addRoute}>
                  {t('routes.add')}
                </Button>
              ),
            })}
          />
        </Surface>
      ) : (
        <RouteList routes={routes} />
      )}
      <Section
        title={t('routes.services')}
        {...(mayManage &&
          targets.length > 0 && {
            action: (
              <Button size="small" onPress={addService}>
                <PlusIcon size={14} />
                {t('routes.addService')}
              </Button>
            ),
          })}
      >
        {targets.length === 0 ? (
          <Surface>
            <EmptyState
              title={t('routes.noServices.title')}
              text={t('routes.noServices.text')}
              {...(mayManage && {
                action: <Button onPress={addService}>{t('routes.addService')}</Button>,
              })}
            />
          </Surface>
        ) : (
          <TargetTable targets={targets} />
        )}
      </Section>
      {hasBots && routes.length > 0 && (
        <Section
          title={t('routes.try')}
          action={<span className={styles.small}>{t('routes.try.summary')}</span>}
        >
          <Surface>
            <TryIt routes={routes} />
          </Surface>
        </Section>
      )}
    </>
  );
}

function Gone({ id }: { id: string }): ReactElement {
  const t = useTranslate();
  return (
    <>
      <PageHeader
        title={t('nav.routes')}
        summary={<PageLink screen="routes">{t('routes.back')}</PageLink>}
      />
      <Surface>
        <EmptyState
          title={t('routes.gone.title')}
          text={t('bots.gone.text', { id })}
          action={<Button onPress={() => navigate('routes')}>{t('routes.back')}</Button>}
        />
      </Surface>
    </>
  );
}
