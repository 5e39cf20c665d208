export * from './Join.tsx';
export * from './WaitingFile.tsx';
