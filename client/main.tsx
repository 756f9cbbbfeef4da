import './no-eval.ts';
import { render } from 'preact';
import { App } from './app.tsx';
import { Visit } from './state/visit.ts';

const root = document.getElementById('app');
if (root !== null) render(<App visit={new Visit()} />, root);
