import type { ReactElement } from 'react';
import { Button } from '../components/Button.tsx';
import { EmptyState, Page, Surface } from '../components/Layout.tsx';
import { useTranslate } from './locale.tsx';

export function ScreenFailed({ onRetry }: { onRetry: () => void }): ReactElement {
  const t = useTranslate();
  return (
    <Page>
      <Surface>
        <EmptyState
          title={t('app.screenFailed.title')}
          text={t('app.screenFailed.text')}
          action={
            <>
              <Button onPress={onRetry}>{t('common.retry')}</Button>
              <Button onPress={() => window.location.reload()}>{t('app.reload')}</Button>
            </>
          }
        />
      </Surface>
    </Page>
  );
}
