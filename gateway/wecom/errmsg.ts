import { isIP } from 'node:net';

const maxLength = 512;

/**
 * WeCom's `errmsg` as it may be shown: without `hint: […]`, `from ip: …` and `more info at …` (they name the caller's
 * address and a trace), on one line, at most 512 characters.
 */
export function cleanErrmsg(errmsg: string): string {
  return (
    errmsg
      .slice(0, 4096)
      .replace(/[,，]?\s*\bhint:\s*\[[^\]]*(?:\]|$)/gi, '')
      .replace(/[,，]?\s*\bfrom ip:\s*[^\s,，]*/gi, '')
      .replace(/[,，]?\s*\bmore info at\s+\S*/gi, '')
      // eslint-disable-next-line no-control-regex -- an answer must not reach a terminal with control codes
      .replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ')
      .replace(/[\s,，]+$/, '')
      .trim()
      .slice(0, maxLength)
      .toWellFormed()
  );
}

/** The caller's address that a refusal names (`from ip: 203.0.113.7`); null where there is none. */
export function addressIn(errmsg: string): string | null {
  const address = /\bfrom ip:\s*([0-9a-fA-F.:]+)/.exec(errmsg.slice(0, 4096))?.[1] ?? '';
  return isIP(address) === 0 ? null : address;
}
