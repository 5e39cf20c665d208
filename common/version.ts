/** Written in by the build; absent where the sources run by themselves, as tests do. */
declare const __VERSION__: string | undefined;

/** Version of this program. */
export const version: string = typeof __VERSION__ === 'string' ? __VERSION__ : '0.0.0-source';
