import { z } from 'zod';

// The page's policy forbids eval; zod must know before the first schema is built, so this is imported first.
z.config({ jitless: true });
