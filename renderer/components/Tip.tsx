import { useState, type ReactElement, type ReactNode } from 'react';
import { Focusable, Tooltip, TooltipTrigger } from 'react-aria-components';
import { cx } from './cx.ts';
import styles from './Tip.module.css';

/** Words that appear on hover and on keyboard focus over a button; `isHeld` keeps them there, as the answer to a press. */
export function Tip(props: { text: string; isHeld?: boolean; children: ReactNode }): ReactElement {
  const [isOpen, setOpen] = useState(false);
  return (
    <TooltipTrigger
      delay={500}
      closeDelay={80}
      isOpen={isOpen || props.isHeld === true}
      onOpenChange={setOpen}
    >
      {props.children}
      <Tooltip className={cx(styles.tip)} offset={6}>
        {props.text}
      </Tooltip>
    </TooltipTrigger>
  );
}

/** A tip over plain text; `role="note"` text can be reached with Tab so that the words are not for mice only. */
export function TextTip(props: { text: string; children: ReactNode }): ReactElement {
  return (
    <TooltipTrigger delay={300} closeDelay={80}>
      <Focusable>
        <span role="note" className={cx(styles.anchor)}>
          {props.children}
        </span>
      </Focusable>
      <Tooltip className={cx(styles.tip)} offset={6}>
        {props.text}
      </Tooltip>
    </TooltipTrigger>
  );
}
