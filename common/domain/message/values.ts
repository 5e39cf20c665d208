import * as z from 'zod';

/** Text and ids. Ids are text also where they are numbers: WeCom's go beyond 2^53. */
export const text = z.string();
/** Numbers and codes; left out where WeCom sent none. */
export const number = z.number();
/** Seconds since the epoch. */
export const seconds = z.number().describe('seconds since the epoch');
/** Ids joined by commas, as WeCom sends them. */
export const commas = z.string().describe('joined by commas');
