import { useState, type FormEvent, type ReactElement } from 'react';
import { FieldError, Input, Label, TextField } from 'react-aria-components';
import { useTranslate } from '../app/locale.tsx';
import { Wordmark } from '../app/Wordmark.tsx';
import { Button, cx, ErrorText } from '../components/index.ts';
import field from '../components/Field.module.css';
import { logIn } from './session.ts';
import styles from './login.module.css';

/** The sign-in page; asks for a password of one's own where the present one works once. */
export function Login(props: { ended: boolean; onEntered: () => void }): ReactElement {
  const t = useTranslate();
  const [user, setUser] = useState('');
  const [password, setPassword] = useState('');
  const [next, setNext] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);

  const submit = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      const request = { user, password, ...(next === null ? {} : { newPassword: next }) };
      if ((await logIn(request)) !== null) {
        props.onEntered();
        return;
      }
      setNext('');
    } catch (thrown) {
      setError(thrown);
    }
    setBusy(false);
  };
  const incomplete = user.trim() === '' || password === '' || next === '';
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault();
    if (!incomplete && !busy) void submit();
  };
  return (
    <main className={styles.page}>
      <title>{t('relay.login.title')}</title>
      <form className={styles.card} onSubmit={onSubmit}>
        <Wordmark />
        <div>
          <h1 className={styles.heading}>{t('relay.login.title')}</h1>
          <p className={styles.intro}>
            {next === null
              ? t(props.ended ? 'relay.login.ended' : 'relay.login.intro')
              : t('relay.login.chooseIntro')}
          </p>
        </div>
        <LoginField
          label={t('relay.login.user')}
          value={user}
          onChange={setUser}
          autoComplete="username"
          autoFocus
          isDisabled={next !== null}
        />
        <LoginField
          label={t(next === null ? 'relay.login.password' : 'relay.login.oncePassword')}
          value={password}
          onChange={setPassword}
          autoComplete="current-password"
          type="password"
          isDisabled={next !== null}
        />
        {next !== null && (
          <LoginField
            label={t('relay.login.newPassword')}
            value={next}
            onChange={setNext}
            autoComplete="new-password"
            type="password"
            autoFocus
          />
        )}
        {error !== null && <ErrorText error={error} />}
        <Button type="submit" variant="primary" isPending={busy} isDisabled={incomplete}>
          {t(next === null ? 'relay.login.enter' : 'relay.login.change')}
        </Button>
        <p className={styles.help}>{t('relay.login.help')}</p>
      </form>
    </main>
  );
}

interface LoginFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly autoComplete: string;
  readonly type?: 'text' | 'password';
  readonly autoFocus?: boolean;
  readonly isDisabled?: boolean;
}

/** A field that password managers fill in, which the console's other fields keep them from. */
function LoginField(props: LoginFieldProps): ReactElement {
  return (
    <TextField
      className={cx(field.field)}
      value={props.value}
      onChange={props.onChange}
      type={props.type ?? 'text'}
      autoComplete={props.autoComplete}
      autoFocus={props.autoFocus ?? false}
      isDisabled={props.isDisabled ?? false}
      maxLength={1024}
      spellCheck="false"
    >
      <Label className={cx(field.label)}>{props.label}</Label>
      <Input className={cx(field.input)} />
      <FieldError className={cx(field.error)} />
    </TextField>
  );
}
