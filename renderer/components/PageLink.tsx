import type { ReactElement, ReactNode } from 'react';
import { formatHash } from '../app/router.ts';
import type { ScreenName } from '../app/screen-names.ts';

export interface PageLinkProps {
  readonly screen: ScreenName;
  readonly param?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly children: ReactNode;
}

/** A link to another place in the console. */
export function PageLink({ screen, param, query, children }: PageLinkProps): ReactElement {
  return <a href={formatHash(screen, param ?? null, query ?? {})}>{children}</a>;
}
