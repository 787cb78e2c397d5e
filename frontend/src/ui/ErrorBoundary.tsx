import { Component, type ReactNode } from "react";
import { Problem } from "./Problem";

/** Keeps the frame alive when a page breaks. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { error: unknown }> {
  override state = { error: null as unknown };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    if (this.state.error === null) return this.props.children;
    return (
      <div style={{ padding: 16 }}>
        <Problem error={this.state.error} retry={() => this.setState({ error: null })} />
      </div>
    );
  }
}
