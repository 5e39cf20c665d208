import { promise } from '../support/report.ts';
import { killOften } from '../integration/support/kill-often.ts';

const KILLS = 50;

promise(
  'R3',
  {
    against: `kill -9 of the gateway under load, ${KILLS} times`,
    by: 'SIGKILL at a random answer',
    promise: 'every answered callback is stored once and delivered',
  },
  (figures) => killOften(KILLS, figures),
  1_800_000,
);
