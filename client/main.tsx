import './no-eval.ts';
import { render } from 'preact';
import { App } from './app.tsx';
import { AppState } from './state/app-state.ts';

const root = document.getElementById('app');
if (root !== null) render(<App app={new AppState()} />, root);
