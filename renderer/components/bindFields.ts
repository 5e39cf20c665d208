import type { TextFieldProps } from './TextField.tsx';

/** What ties a text field to its part of a form. */
export type BoundField = Pick<
  TextFieldProps,
  'value' | 'onChange' | 'check' | 'error' | 'isDisabled'
>;

export interface FieldsOf<Name extends string> {
  readonly form: Readonly<Record<Name, string>>;
  readonly onChange: (name: Name, value: string) => void;
  /** What is wrong with a field as it stands, in words; null where nothing is. */
  readonly problem: (name: Name) => string | null;
  readonly isDisabled?: boolean;
}

/** The props of each text field of a form, by its name: `<TextField {...field('url')} label=… />`. */
export function bindFields<Name extends string>(
  fields: FieldsOf<Name>,
): (name: Name) => BoundField {
  const { form, onChange, problem, isDisabled = false } = fields;
  return (name) => ({
    value: form[name],
    onChange: (value) => onChange(name, value),
    check: () => problem(name),
    error: problem(name),
    isDisabled,
  });
}
