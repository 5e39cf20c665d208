import { Component, type ReactNode } from 'react';
import { ScreenFailed } from './ScreenFailed.tsx';

/** Keeps rail and strip alive when a screen throws while it draws. React offers this to classes only. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { error: unknown }> {
  override state: { error: unknown } = { error: null };

  static getDerivedStateFromError(error: unknown): { error: unknown } {
    return { error };
  }

  override render(): ReactNode {
    if (this.state.error === null) return this.props.children;
    return <ScreenFailed onRetry={() => this.setState({ error: null })} />;
  }
}
