/** Where each secret is kept; a name that ends in `/` stands for all below it. */
export const secretName = {
  bot: (id: string): string => `bot/${id}/`,
  token: (id: string): string => `bot/${id}/token`,
  encodingAesKey: (id: string): string => `bot/${id}/encoding-aes-key`,
  previousToken: (id: string): string => `bot/${id}/previous-token`,
  previousEncodingAesKey: (id: string): string => `bot/${id}/previous-encoding-aes-key`,
  webhook: (id: string): string => `bot/${id}/webhook`,
  corpSecret: (id: string): string => `bot/${id}/corp-secret`,
  target: (id: string): string => `target/${id}/secret`,
  /** Of the identity at one relay, `host:port`. (One that was made for a single relay is kept as `device/private-key`.) */
  deviceKey: (endpoint: string): string => `device/${endpoint}/private-key`,
  /** Of an auth file whose certificate is still to come. */
  requestKey: 'device-request/private-key',
} as const;
