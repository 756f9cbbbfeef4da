import { clipOperations } from './clip-operations.ts';
import { modelOperations } from './model-operations.ts';
import { partOperations } from './part-operations.ts';
import type { Operation } from './operation.ts';

/** Everything under REST, in the order in which people meet it. */
export const operations: readonly Operation[] = [...clipOperations, ...partOperations, ...modelOperations];
