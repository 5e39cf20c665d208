/**
 * Takes secrets out of free text before it reaches a log, an error or a diagnostics file. What is looked for:
 * webhook keys, access tokens and secrets in addresses; bearer and basic credentials; PEM private keys;
 * EncodingAESKeys and signing secrets; enrolment tokens; user information in a URL.
 */
const rules: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----/g, '[private key]'],
  [
    /([?&](?:key|access_token|corpsecret|secret|token|ticket|code|response_code|msg_signature|echostr|login)=)[^&#\s"']+/gi,
    '$1[redacted]',
  ],
  [/\b(Bearer|Basic)\s+[A-Za-z0-9+/=._~-]{8,}/gi, '$1 [redacted]'],
  [/\bwhsec_[A-Za-z0-9+/=]{8,}/g, 'whsec_[redacted]'],
  [/\bcwe1_[A-Za-z0-9_-]{8,}/g, 'cwe1_[redacted]'],
  [/\bcwk_[A-Za-z0-9_-]{8,}/g, 'cwk_[redacted]'],
  [/(\b[a-z][a-z0-9+.-]*:\/\/)[^/\s:@]+:[^/\s@]+@/gi, '$1[redacted]@'],
  [
    /("?(?:encoding_?aes_?key|corp_?secret|token|secret|password|webhook)"?\s*[:=]\s*"?)[A-Za-z0-9+/=_:?&.-]{6,}/gi,
    '$1[redacted]',
  ],
];

/** `text` with every recognised secret replaced; calling it twice changes nothing more. */
export function redact(text: string): string {
  let out = text;
  for (const [pattern, replacement] of rules) out = out.replace(pattern, replacement);
  return out;
}
