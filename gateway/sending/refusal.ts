import { AppError, type ErrorInfo } from '../../common/errors/app-error.ts';

const OK = 0;
/** `not allow to access from your ip` */
const UNTRUSTED_IP = 60020;

/** A refusal of WeCom as an error; of 60020 with the address that has to be trusted. Null for success. */
export function refusalOf(
  answer: { readonly errcode: number; readonly fromIp: string | null },
  knownIp: string | null,
): ErrorInfo | null {
  const { errcode, fromIp } = answer;
  if (errcode === OK) return null;
  if (errcode === UNTRUSTED_IP) {
    return new AppError('UNTRUSTED_IP', { ip: fromIp ?? knownIp ?? '?', errcode }).toInfo();
  }
  return new AppError('WECOM_REFUSED', { errcode }).toInfo();
}
