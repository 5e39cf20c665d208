import type { ReactElement } from 'react';
import { Button, Input, SearchField as AriaSearchField } from 'react-aria-components';
import { CloseIcon, SearchIcon } from '../icons/index.tsx';
import { cx } from './cx.ts';
import styles from './SearchField.module.css';

export interface SearchFieldProps {
  /** Read aloud and shown while empty. */
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly onSubmit?: (value: string) => void;
}

/** The search of a screen: `/` brings the focus here, Escape empties it. */
export function SearchField({ label, value, onChange, onSubmit }: SearchFieldProps): ReactElement {
  return (
    <AriaSearchField
      className={cx(styles.search)}
      aria-label={label}
      value={value}
      onChange={onChange}
      autoComplete="off"
      {...(onSubmit === undefined ? {} : { onSubmit })}
    >
      <SearchIcon />
      <Input className={cx(styles.input)} placeholder={label} data-search="" />
      <Button className={cx(styles.clear)}>
        <CloseIcon size={12} />
      </Button>
    </AriaSearchField>
  );
}
