import type * as z from 'zod';

/**
 * What a caller may do. `read` see state, logs and message rows · `manage` change settings, connect, enrol · `reveal` open a
 * message and read its text · `send` send messages · `desktop` native things that only the desktop shell has.
 */
export const capabilities = ['read', 'manage', 'reveal', 'send', 'desktop'] as const;
export type Capability = (typeof capabilities)[number];

export interface Procedure<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  readonly kind: 'call';
  readonly input: I;
  readonly output: O;
  /** The caller must hold every one of these. */
  readonly needs: readonly Capability[];
}

export interface Topic<P extends z.ZodType = z.ZodType> {
  readonly kind: 'topic';
  readonly payload: P;
  readonly needs: readonly Capability[];
}

export type Contract = Readonly<Record<string, Procedure | Topic>>;

/** A call of the contract. Without `needs` it asks for `read`. */
export function call<I extends z.ZodType, O extends z.ZodType>(
  input: I,
  output: O,
  ...needs: Capability[]
): Procedure<I, O> {
  return { kind: 'call', input, output, needs: needs.length === 0 ? ['read'] : needs };
}

/** A topic of the contract. Without `needs` it asks for `read`. */
export function topic<P extends z.ZodType>(payload: P, ...needs: Capability[]): Topic<P> {
  return { kind: 'topic', payload, needs: needs.length === 0 ? ['read'] : needs };
}

export type CallName<C extends Contract> = {
  [K in keyof C]: C[K] extends Procedure ? K : never;
}[keyof C] &
  string;
export type TopicName<C extends Contract> = {
  [K in keyof C]: C[K] extends Topic ? K : never;
}[keyof C] &
  string;
/** What a caller passes. */
export type In<C extends Contract, K extends keyof C> =
  C[K] extends Procedure<infer I> ? z.input<I> : never;
/** What a handler receives: the input after validation. */
export type Parsed<C extends Contract, K extends keyof C> =
  C[K] extends Procedure<infer I> ? z.output<I> : never;
export type Out<C extends Contract, K extends keyof C> =
  C[K] extends Procedure<z.ZodType, infer O> ? z.output<O> : never;
export type Payload<C extends Contract, K extends keyof C> =
  C[K] extends Topic<infer P> ? z.output<P> : never;
