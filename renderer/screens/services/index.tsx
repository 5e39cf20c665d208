import type { ReactElement } from 'react';
import { useSnapshot } from '../../app/console.tsx';
import { useTranslate } from '../../app/locale.tsx';
import { useRoute } from '../../app/router.ts';
import { GonePage, Page } from '../../components/index.ts';
import { ServiceEditor } from './ServiceEditor.tsx';
import { ServiceList } from './ServiceList.tsx';

/** Published services: `#/services`, `#/services/<id>`, `?add=service`. */
export default function ServicesScreen(): ReactElement {
  const t = useTranslate();
  const { param, query } = useRoute();
  const stored = useSnapshot((snapshot) => snapshot.services.find(({ id }) => id === param));
  return <Page>{screenOf()}</Page>;

  function screenOf(): ReactElement {
    if (query['add'] !== undefined) return <ServiceEditor key="?add" stored={null} />;
    if (param === null) return <ServiceList />;
    if (stored !== undefined) return <ServiceEditor key={param} stored={stored} />;
    return (
      <GonePage
        title={t('nav.services')}
        question={t('services.gone.title')}
        text={t('bots.gone.text', { id: param })}
        screen="services"
        back={t('services.back')}
      />
    );
  }
}
