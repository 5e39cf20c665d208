import { encryptMedia } from './codec.ts';

/** A small picture, PNG: what a member "sends" in practice. */
const picture = Buffer.from(
  [
    'iVBORw0KGgoAAAANSUhEUgAAADAAAAAgCAIAAADbtmxLAAAAb0lEQVR42mO49uz1oEIMow4addCog0YdNOqgUQeNOojK',
    'DqpI8hhUaNRBQ89BCX5WQKTQMwWI+MvqsCJ6qoE6CFMCog2C6KkGxUHIEpg+o4+a0SgbjbLhF2W4JHD5gNZqGAaDI1Ac',
    'NBgcMRplQzrKAOpzoT/PHvxTAAAAAElFTkSuQmCC',
  ].join(''),
  'base64',
);

const files = new Map<string, { readonly type: string; readonly bytes: Buffer }>([
  ['picture.png', { type: 'image/png', bytes: picture }],
  [
    'note.txt',
    { type: 'text/plain; charset=utf-8', bytes: Buffer.from('练习文件\nA practice file.\n') },
  ],
]);

/** A file of the simulator as it is; null where there is none of that name. */
export function plainFile(name: string): { type: string; bytes: Buffer } | null {
  return files.get(name) ?? null;
}

/** The same as a smart bot downloads it: the whole file sealed with the callback's key (D101027). */
export function sealedFile(name: string, encodingAESKey: string): Buffer | null {
  const file = files.get(name);
  return file === undefined ? null : encryptMedia(`${encodingAESKey}=`, file.bytes);
}
