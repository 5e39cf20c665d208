import * as z from 'zod';
import { utf8Length } from '../text/utf8.ts';

/** Text of at most `limit` bytes of UTF-8; the message says so. */
export const boundedText = (limit: number) =>
  z.string().refine((text) => utf8Length(text) <= limit, { message: `at most ${limit} bytes` });

/** As {@link boundedText}, and not empty. */
export const filledText = (limit: number) => boundedText(limit).min(1, { message: 'empty' });
