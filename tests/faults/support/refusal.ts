import type { LocalAgent } from './world.ts';

/** Between tries after a refusal, with room for a slow machine. */
export const LANE_MS = 50_000;

/** Code of the refusal and when the next try is due. */
export async function refusal(agent: LocalAgent): Promise<{ code: string; retryInMs: number }> {
  await agent.reach('refused');
  const state = agent.state();
  if (state.phase !== 'refused') throw new Error(state.phase);
  return { code: state.error.code, retryInMs: state.retryAt - Date.now() };
}
