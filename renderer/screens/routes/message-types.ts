/** MsgTypes that WeCom sends to apps and smart bots (D90239, D100719), the common ones first. */
export const messageTypes: readonly string[] = [
  'text',
  'image',
  'voice',
  'video',
  'file',
  'location',
  'link',
  'mixed',
  'event',
];
