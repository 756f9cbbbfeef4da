/// <reference types="vite/client" />
import './no-eval.ts';
import { render } from 'preact';
import { Gate } from './login/gate.tsx';

const root = document.getElementById('app');
// without it the page works just the same, as long as the server can be reached
if (import.meta.env.PROD && 'serviceWorker' in navigator) {
  void navigator.serviceWorker.register('/sw.js').catch(() => undefined);
}
if (root !== null) render(<Gate />, root);
