export { startPractice } from './practice.ts';
export type { Practice, PracticeBot, PracticeOptions } from './types.ts';
