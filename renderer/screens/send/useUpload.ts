import { useEffect, useRef, useState } from 'react';
import { useClient } from '../../app/console.tsx';
import {
  MEDIA_CHUNK_BYTES,
  MEDIA_HEAD_BYTES,
  mediaProblem,
  type MediaType,
  type UploadedMedia,
} from '../../../common/domain/media.ts';
import { toBase64 } from './image.ts';

/** How far a file is. */
export type UploadState =
  | { readonly state: 'none' }
  | {
      readonly state: 'running';
      readonly name: string;
      readonly sent: number;
      readonly size: number;
    }
  | {
      readonly state: 'done';
      readonly name: string;
      readonly size: number;
      readonly media: UploadedMedia;
    }
  /** WeCom would refuse it; nothing was uploaded. */
  | { readonly state: 'unfit'; readonly problem: 'small' | 'large' | 'format' | 'unreadable' }
  | { readonly state: 'failed'; readonly error: unknown };

export interface Upload {
  readonly state: UploadState;
  /** Checks a file by WeCom's own limits, and uploads it; one that is under way is given up. */
  readonly take: (file: File) => void;
  readonly cancel: () => void;
}

/** Uploads one file at a time for a bot, piece after piece; leaving the form gives it up. */
export function useUpload(
  bot: string,
  type: MediaType,
  onDone: (mediaId: string, name: string) => void,
): Upload {
  const client = useClient();
  const [state, setState] = useState<UploadState>({ state: 'none' });
  const turn = useRef(0);
  useEffect(() => () => void (turn.current += 1), []);

  const upload = async (file: File): Promise<void> => {
    turn.current += 1;
    const own = turn.current;
    const isCurrent = (): boolean => own === turn.current;
    const show = (next: UploadState): void => {
      if (isCurrent()) setState(next);
    };
    const { name, size } = file;
    let id: string | null = null;
    try {
      const head = await bytesOf(file.slice(0, MEDIA_HEAD_BYTES));
      const problem = head === null ? 'unreadable' : mediaProblem(type, size, head);
      if (problem !== null) {
        show({ state: 'unfit', problem });
        return;
      }
      show({ state: 'running', name, sent: 0, size });
      id = (await client.call('media.begin', { bot, type, name, size })).upload;
      for (let offset = 0; offset < size; offset += MEDIA_CHUNK_BYTES) {
        const piece = await bytesOf(file.slice(offset, offset + MEDIA_CHUNK_BYTES));
        if (piece === null || !isCurrent()) break;
        await client.call('media.append', { upload: id, offset, data: toBase64(piece) });
        show({ state: 'running', name, sent: Math.min(size, offset + piece.length), size });
      }
      if (!isCurrent()) {
        await client.call('media.abort', { upload: id });
        return;
      }
      const media = await client.call('media.finish', { upload: id });
      show({ state: 'done', name, size, media });
      if (isCurrent()) onDone(media.mediaId, name);
    } catch (error) {
      show({ state: 'failed', error });
      if (id !== null) client.call('media.abort', { upload: id }).catch(() => undefined);
    }
  };
  return {
    state,
    take: (file) => void upload(file),
    cancel: () => {
      turn.current += 1;
      setState({ state: 'none' });
    },
  };
}

/** Null where the file has changed or gone since it was chosen. */
async function bytesOf(part: Blob): Promise<Uint8Array | null> {
  try {
    return new Uint8Array(await part.arrayBuffer());
  } catch {
    return null;
  }
}
