import { fileURLToPath } from 'node:url';

/** The package that knows the small world, for tests that ask about it. */
export const smallPackage = fileURLToPath(new URL('../../models/demo', import.meta.url));
