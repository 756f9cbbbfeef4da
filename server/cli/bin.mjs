#!/usr/bin/env node
// The program's sources are TypeScript; tsx reads them as they are, from whatever folder the program is called.
import { register } from 'tsx/esm/api';

register();
await import('./stan-llava.ts');
