import type { ReactElement, ReactNode } from 'react';
import { Button as AriaButton, type ButtonProps as AriaButtonProps } from 'react-aria-components';
import { cx } from './cx.ts';
import { Tip } from './Tip.tsx';
import styles from './Button.module.css';

export interface ButtonProps extends Omit<
  AriaButtonProps,
  'className' | 'children' | 'style' | 'isPending'
> {
  /** What it does is under way: it keeps the focus and does nothing more. */
  readonly isPending?: boolean;
  /** In place of `onPress` for what the next press takes back: the second press of a double click does nothing. */
  readonly onToggle?: () => void;
  /** One `primary` a view; `danger` only for what cannot be undone. `secondary` unless told. */
  readonly variant?: 'primary' | 'secondary' | 'danger' | 'quiet';
  readonly size?: 'normal' | 'small';
  readonly children: ReactNode;
}

export function Button(props: ButtonProps): ReactElement {
  const { variant = 'secondary', size = 'normal', isPending = false, onToggle, ...rest } = props;
  // Only clicks are counted, by the browser and by when they were made.
  const toggle: AriaButtonProps =
    onToggle === undefined || isPending
      ? {}
      : { onClick: ({ detail }) => detail < 2 && onToggle() };
  // The kit's own pending state announces itself by a label that is empty once the button has gone.
  const pending: AriaButtonProps & { 'data-pending'?: true } = isPending
    ? { type: 'button', onPress: () => undefined, 'data-pending': true }
    : {};
  return (
    <AriaButton
      {...rest}
      {...toggle}
      {...pending}
      className={cx(styles.button, styles[variant], size === 'small' && styles.small)}
    />
  );
}

export interface IconButtonProps extends Omit<
  AriaButtonProps,
  'className' | 'children' | 'style' | 'aria-label'
> {
  /** What it does, read aloud and shown as a tip. */
  readonly label: string;
  readonly icon: ReactNode;
  readonly size?: 'normal' | 'small';
}

export function IconButton({
  label,
  icon,
  size = 'normal',
  ...rest
}: IconButtonProps): ReactElement {
  return (
    <Tip text={label}>
      <AriaButton
        {...rest}
        aria-label={label}
        className={cx(styles.button, styles.icon, size === 'small' && styles.small)}
      >
        {icon}
      </AriaButton>
    </Tip>
  );
}
