import * as z from 'zod';

/** A secret as a reader may see it: whether it is there, and its last three characters. Secrets are write-only. */
export const SecretView = z.discriminatedUnion('set', [
  z.object({ set: z.literal(false) }),
  z.object({ set: z.literal(true), hint: z.string() }),
]);
export type SecretView = z.infer<typeof SecretView>;

/** The view of a secret; a short one shows nothing of itself. */
export function viewSecret(value: string | undefined): SecretView {
  if (value === undefined || value === '') return { set: false };
  return { set: true, hint: value.length < 12 ? '…' : `…${value.slice(-3)}` };
}
