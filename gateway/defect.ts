/**
 * What is logged of an error that no one foresaw: its name and where it came from. Its text may quote a message or a
 * secret, so that stays out.
 */
export function defectFields(error: unknown): { name: string; at: string } {
  if (!(error instanceof Error)) return { name: typeof error, at: '' };
  const frames = (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at '));
  return {
    name: error.name,
    at: frames
      .slice(0, 4)
      .map((line) => line.trim())
      .join(' < '),
  };
}
