export * from './GroupMembers.tsx';
export * from './members.ts';
