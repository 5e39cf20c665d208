/** UTF-16 units. */
const MAX_LENGTH = 200;

/**
 * The file's name in a Content-Disposition (RFC 6266): `filename*` before `filename`, percent-encoding taken off, never a path.
 * `file` where there is none.
 */
export function fileName(disposition: string | null): string {
  const extended = /filename\*\s*=\s*utf-8''([^;\s]+)/i.exec(disposition ?? '')?.[1];
  const quoted = /filename\s*=\s*"((?:[^"\\]|\\.)*)"/i.exec(disposition ?? '')?.[1];
  const bare = /filename\s*=\s*([^";\s]+)/i.exec(disposition ?? '')?.[1];
  const name = decode(extended ?? quoted?.replaceAll(/\\(.)/g, '$1') ?? bare ?? '');
  const [safe = ''] = name.split(/[/\\]/).slice(-1);
  // A second time, because the cut may have left half of a pair at the end.
  const shown = withoutUnseen(withoutUnseen(safe).trim().slice(0, MAX_LENGTH));
  return shown === '' || shown === '.' || shown === '..' ? 'file' : shown;
}

function withoutUnseen(name: string): string {
  return name.replaceAll(/\p{C}/gu, '');
}

/** A Content-Disposition that gives `name` in any script (RFC 6266, RFC 8187). */
export function attachment(name: string): string {
  const ascii = name.replaceAll(/[^\x20-\x7e]|["\\]/g, '_');
  const encoded = encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}

function decode(name: string): string {
  // Header values arrive as Latin-1; WeCom's names are UTF-8 or percent-encoded UTF-8.
  const text = /[\x80-\xff]/.test(name) ? Buffer.from(name, 'latin1').toString('utf8') : name;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
