import type { ReactElement } from 'react';
import {
  Button,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  Select as AriaSelect,
  SelectValue,
  Text,
} from 'react-aria-components';
import { CheckIcon, ChevronDownIcon } from '../icons/index.tsx';
import { cx } from './cx.ts';
import field from './Field.module.css';
import styles from './Select.module.css';

export interface Option<V extends string> {
  readonly value: V;
  readonly label: string;
  /** A second line in the list. */
  readonly note?: string;
}

export interface SelectProps<V extends string> {
  readonly label: string;
  /** Keeps the label for screen readers only. */
  readonly hideLabel?: boolean;
  readonly options: readonly Option<V>[];
  readonly value: V | null;
  readonly onChange: (value: V) => void;
  readonly placeholder?: string;
  readonly hint?: string;
  readonly isDisabled?: boolean;
}

/** One of several, where there are too many for {@link Segmented}. */
export function Select<V extends string>(props: SelectProps<V>): ReactElement {
  const { label, options, value, onChange, hint } = props;
  return (
    <AriaSelect
      className={cx(field.field)}
      value={value}
      onChange={(key) => {
        const chosen = options.find((option) => option.value === key);
        if (chosen !== undefined) onChange(chosen.value);
      }}
      isDisabled={props.isDisabled ?? false}
      placeholder={props.placeholder ?? ''}
      {...(props.hideLabel === true ? { 'aria-label': label } : {})}
    >
      {props.hideLabel !== true && <Label className={cx(field.label)}>{label}</Label>}
      <Button className={cx(styles.button)}>
        <SelectValue className={cx(styles.value)} />
        <ChevronDownIcon />
      </Button>
      {hint !== undefined && (
        <Text slot="description" className={cx(field.hint)}>
          {hint}
        </Text>
      )}
      <Popover className={cx(styles.popover)} offset={4}>
        <ListBox className={cx(styles.list)}>
          {options.map((option) => (
            <ListBoxItem
              key={option.value}
              id={option.value}
              textValue={option.label}
              className={cx(styles.option)}
            >
              {({ isSelected }) => (
                <>
                  <Text slot="label">{option.label}</Text>
                  {option.note !== undefined && (
                    <Text slot="description" className={cx(styles.note)}>
                      {option.note}
                    </Text>
                  )}
                  {isSelected && <CheckIcon />}
                </>
              )}
            </ListBoxItem>
          ))}
        </ListBox>
      </Popover>
    </AriaSelect>
  );
}
