/** Where each secret is kept; a name that ends in `/` stands for all below it. */
export const secretName = {
  bot: (id: string): string => `bot/${id}/`,
  token: (id: string): string => `bot/${id}/token`,
  encodingAesKey: (id: string): string => `bot/${id}/encoding-aes-key`,
  webhook: (id: string): string => `bot/${id}/webhook`,
  target: (id: string): string => `target/${id}/secret`,
  deviceKey: 'device/private-key',
} as const;
