import { assail } from '../integration/support/assail.ts';
import { promise } from '../support/report.ts';

const INPUTS = 1_000_000;

promise(
  'R19',
  {
    against: `${INPUTS} malformed callbacks`,
    by: 'mutated envelopes, ciphertexts, XML and JSON, with a fixed seed',
    promise: 'an error of ours or a message; nothing else escapes, nothing grows',
  },
  async (figures) => assail(INPUTS, figures),
  3_600_000,
);
