import { useState, type ReactElement, type ReactNode } from 'react';
import {
  FieldError,
  Input,
  Label,
  Text,
  TextArea as AriaTextArea,
  TextField as AriaTextField,
} from 'react-aria-components';
import { cx } from './cx.ts';
import styles from './Field.module.css';

export interface TextFieldProps {
  readonly label: string;
  /** The words after the label of a field that may stay empty. */
  readonly optional?: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** What is wrong with a value, in words, or null. Asked as one leaves the field; then again with each change until it is right. */
  readonly check?: (value: string) => string | null;
  /** An error that came from elsewhere, e.g. from the host; shown until the value changes. */
  readonly error?: string | null;
  readonly hint?: ReactNode;
  readonly placeholder?: string;
  readonly mono?: boolean;
  readonly type?: 'text' | 'password' | 'url' | 'number' | 'datetime-local';
  readonly maxLength?: number;
  readonly isDisabled?: boolean;
  readonly isReadOnly?: boolean;
  readonly isRequired?: boolean;
  readonly autoFocus?: boolean;
  readonly name?: string;
  readonly onBlur?: () => void;
}

export interface TextAreaProps extends Omit<TextFieldProps, 'type'> {
  /** Lines that are visible before it scrolls; 4 unless told. */
  readonly rows?: number;
}

/** A line of text. What was typed stays, and the error stands under the field. */
export function TextField({ type = 'text', ...props }: TextFieldProps): ReactElement {
  return (
    <Field
      {...props}
      type={type}
      control={
        <Input
          {...placeholderOf(props)}
          className={cx(styles.input, props.mono === true && styles.mono)}
        />
      }
    />
  );
}

/** Several lines of text, by the same rules as {@link TextField}. */
export function TextArea({ rows = 4, ...props }: TextAreaProps): ReactElement {
  return (
    <Field
      {...props}
      control={
        <AriaTextArea
          {...placeholderOf(props)}
          rows={rows}
          className={cx(styles.input, styles.area, props.mono === true && styles.mono)}
        />
      }
    />
  );
}

function placeholderOf(props: { placeholder?: string }): { placeholder?: string } {
  return props.placeholder === undefined ? {} : { placeholder: props.placeholder };
}

function Field(props: TextFieldProps & { control: ReactNode }): ReactElement {
  const { value, check, control } = props;
  const [left, setLeft] = useState(false);
  // An error from outside belongs to the value that it was about.
  const [refused, setRefused] = useState<{ error: string; value: string } | null>(null);
  const outer = props.error ?? null;
  if (outer !== null && refused?.error !== outer) setRefused({ error: outer, value });
  if (outer === null && refused !== null) setRefused(null);
  const own = left && check !== undefined ? check(value) : null;
  const error = own ?? (refused !== null && refused.value === value ? refused.error : null);
  return (
    <AriaTextField
      className={cx(styles.field)}
      value={value}
      onChange={props.onChange}
      onBlur={() => {
        setLeft(true);
        props.onBlur?.();
      }}
      isInvalid={error !== null}
      validationBehavior="aria"
      isDisabled={props.isDisabled ?? false}
      isReadOnly={props.isReadOnly ?? false}
      isRequired={props.isRequired ?? false}
      autoFocus={props.autoFocus ?? false}
      autoComplete="off"
      spellCheck="false"
      type={props.type ?? 'text'}
      {...(props.maxLength === undefined ? {} : { maxLength: props.maxLength })}
      {...(props.name === undefined ? {} : { name: props.name })}
    >
      <Label className={cx(styles.label)}>
        {props.label}
        {props.optional !== undefined && <span className={styles.optional}>{props.optional}</span>}
      </Label>
      {control}
      <FieldError className={cx(styles.error)}>{error}</FieldError>
      {props.hint !== undefined && (
        <Text slot="description" className={cx(styles.hint)}>
          {props.hint}
        </Text>
      )}
    </AriaTextField>
  );
}
