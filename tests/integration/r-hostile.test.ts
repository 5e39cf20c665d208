import { promise } from '../support/report.ts';
import { assail } from './support/assail.ts';

const INPUTS = 20_000;

promise(
  'R19',
  {
    against: `${INPUTS} malformed callbacks`,
    by: 'mutated envelopes, ciphertexts, XML and JSON, with a fixed seed',
    promise: 'an error of ours or a message; nothing else escapes, nothing grows',
  },
  async (figures) => assail(INPUTS, figures),
  120_000,
);
