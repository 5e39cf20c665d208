import type { PseudoFields } from '../../common/http2/fields.ts';

const STATUS = /^[1-5][0-9]{2}$/;

/** Of an answer: `:status`, which it needs (RFC 9113 §8.3.2). */
export const responsePseudoFields: PseudoFields = {
  allows: (name, value) => name === ':status' && STATUS.test(value),
  isComplete: (fields) => fields[':status'] !== undefined,
};
