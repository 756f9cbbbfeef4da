import type { Background } from '#core/background.ts';
import type { ClipStore } from '#store/clip-store.ts';
import type { ChatService } from './chat-service.ts';

const dayMs = 86_400_000;
const sweepMs = 3_600_000;

/** Deletes clips and conversations that nobody has touched for so many days, now and every hour; 0 keeps them for ever. */
export function keepForDays(
  days: number,
  parts: {
    readonly chat: Pick<ChatService, 'deleteBefore'>;
    readonly clips: Pick<ClipStore, 'removeBefore'>;
    readonly background: Background;
  },
): void {
  if (days === 0) return;
  const sweep = async (): Promise<void> => {
    const oldest = Date.now() - days * dayMs;
    await parts.chat.deleteBefore(oldest);
    await parts.clips.removeBefore(oldest);
  };
  const what = 'what is older than RETENTION_DAYS could not be deleted';
  parts.background.run(what, sweep);
  parts.background.every(sweepMs, what, sweep);
}
