import { useCallback } from 'react';
import { useClient } from '../app/console.tsx';
import { useTranslate } from '../app/locale.tsx';
import { saveText } from '../app/save-text.ts';
import { copyText, useToasts } from '../components/index.ts';

/** The name under which an auth file is saved: two devices' files are told apart by it. */
export function authFileName(fingerprint: string): string {
  return `causeway-auth-${fingerprint.slice(0, 8)}.json`;
}

export interface AuthFileActions {
  readonly save: () => void;
  readonly copy: () => void;
  /** Looks at once whether the certificate is there. */
  readonly ask: () => void;
}

/** What can be done with the auth file that waits; its text comes from the host each time and stays nowhere. */
export function useAuthFile(): AuthFileActions {
  const t = useTranslate();
  const client = useClient();
  const toasts = useToasts();
  const withFile = useCallback(
    async (use: (file: string, fingerprint: string) => void | Promise<void>): Promise<void> => {
      try {
        const { file, fingerprint } = await client.call('tunnel.request', {});
        await use(file, fingerprint);
      } catch (error) {
        toasts.failed(error);
      }
    },
    [client, toasts],
  );
  return {
    save: () => void withFile((file, fingerprint) => saveText(authFileName(fingerprint), file)),
    copy: () =>
      void withFile(async (file) => {
        if (await copyText(file)) toasts.done(t('common.copied'));
        else toasts.warn(t('common.copyFailed'));
      }),
    ask: () => void withFile(() => undefined),
  };
}
