import type { timing } from '../../../common/tunnel/protocol.ts';

/** The tunnel's times in milliseconds; tests shorten them. */
export type Timing = { readonly [Name in keyof typeof timing]: number };
