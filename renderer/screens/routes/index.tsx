import type { ReactElement } from 'react';
import { useCan, useSnapshot } from '../../app/console.tsx';
import { useTranslate } from '../../app/locale.tsx';
import { navigate, useRoute } from '../../app/router.ts';
import {
  Button,
  EmptyState,
  GonePage,
  ListPage,
  Page,
  Section,
  Surface,
} from '../../components/index.ts';
import { PlusIcon } from '../../icons/index.tsx';
import frame from '../../components/Editor.module.css';
import { RouteEditor } from './RouteEditor.tsx';
import { RouteList } from './RouteList.tsx';
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
      <ListPage
        title={t('nav.routes')}
        summary={t('routes.summary')}
        add={mayManage ? { label: t('routes.add'), onPress: addRoute } : null}
        isEmpty={routes.length === 0}
        empty={{ title: t('routes.empty.title'), text: t('routes.empty.text') }}
      >
        <RouteList routes={routes} />
      </ListPage>
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
          action={<span className={frame.small}>{t('routes.try.summary')}</span>}
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
    <GonePage
      title={t('nav.routes')}
      question={t('routes.gone.title')}
      text={t('bots.gone.text', { id })}
      screen="routes"
      back={t('routes.back')}
    />
  );
}
