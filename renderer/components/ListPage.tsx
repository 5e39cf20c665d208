import type { ReactElement, ReactNode } from 'react';
import { navigate } from '../app/router.ts';
import type { ScreenName } from '../app/screen-names.ts';
import { PlusIcon } from '../icons/index.tsx';
import { Button } from './Button.tsx';
import { EmptyState, PageHeader, Surface } from './Layout.tsx';
import { LockMark } from './Locked.tsx';
import styles from './ListPage.module.css';

export interface ListPageProps {
  readonly title: string;
  readonly summary: string;
  /** Makes a new one; null for who may not. In an empty list it stands in the middle. */
  readonly add: { readonly label: string; readonly onPress: () => void } | null;
  readonly isEmpty: boolean;
  readonly empty: {
    readonly title: string;
    readonly text: string;
    /** In place of the usual button. */
    readonly action?: ReactNode;
  };
  readonly children: ReactNode;
}

/** The frame of a list: heading, the button that adds, and what to do while there is nothing. */
export function ListPage(props: ListPageProps): ReactElement {
  const { add, isEmpty, empty } = props;
  return (
    <>
      <PageHeader
        title={props.title}
        summary={props.summary}
        {...(add !== null &&
          !isEmpty && {
            actions: (
              <Button variant="primary" onPress={add.onPress}>
                <PlusIcon />
                {add.label}
              </Button>
            ),
          })}
      />
      {isEmpty ? (
        <Surface>
          <EmptyState
            title={empty.title}
            text={empty.text}
            {...(add !== null && {
              action: empty.action ?? (
                <Button variant="primary" onPress={add.onPress}>
                  {add.label}
                </Button>
              ),
            })}
          />
        </Surface>
      ) : (
        props.children
      )}
    </>
  );
}

/** What is shown for a name in the address that nothing has. */
export function GonePage(props: {
  title: string;
  question: string;
  text: string;
  screen: ScreenName;
  back: string;
}): ReactElement {
  return (
    <>
      <PageHeader title={props.title} />
      <Surface>
        <EmptyState
          title={props.question}
          text={props.text}
          action={<Button onPress={() => navigate(props.screen)}>{props.back}</Button>}
        />
      </Surface>
    </>
  );
}

/** The cell that names a row: its name, its id where that says more, and the lock of a file's. */
export function NameCell(props: {
  name: string;
  id?: string;
  lockedBy?: string | null;
  children?: ReactNode;
}): ReactElement {
  return (
    <span className={styles.name}>
      <span className={styles.nameText} title={props.name}>
        {props.name}
      </span>
      {props.id !== undefined && (
        <span className={styles.id} title={props.id}>
          {props.id}
        </span>
      )}
      {props.children}
      {props.lockedBy != null && <LockMark source={props.lockedBy} />}
    </span>
  );
}
