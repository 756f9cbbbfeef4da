/// <reference types="vite/client" />
import './no-eval.ts';
import { render } from 'preact';
import { App } from './app.tsx';
import { AppState } from './state/app-state.ts';

const root = document.getElementById('app');
// without it the page works just the same, as long as the server can be reached
if (import.meta.env.PROD && 'serviceWorker' in navigator) {
  void navigator.serviceWorker.register('/sw.js').catch(() => undefined);
}
if (root !== null) render(<App app={new AppState()} />, root);
