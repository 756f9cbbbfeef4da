import type { Screen, Visit } from '../state/visit.ts';
import { ClipPanel } from './clip-panel.tsx';
import { Composer } from './composer.tsx';
import { FailureLine } from './failure-line.tsx';
import { StatusLine } from './status-line.tsx';
import { Transcript } from './transcript.tsx';

interface ChatViewProps {
  readonly visit: Visit;
  readonly screen: Exclude<Screen, { at: 'start' }>;
}

/** The clip beside the conversation about it; on a narrow screen above it. */
export function ChatView({ visit, screen }: ChatViewProps) {
  const chat = screen.at === 'chat' ? screen : undefined;
  return (
    <main class="chat">
      <ClipPanel visit={visit} screen={screen} />
      <section class="talk" aria-label="Conversation">
        <Transcript model={visit.model.value} entries={chat?.conversation.entries ?? []} />
        <div class="foot">
          {chat?.failure && (
            <div class="lost">
              <FailureLine failure={chat.failure} />
              <button type="button" class="button" onClick={() => visit.openConversation(chat.mode)}>
                Open the clip again
              </button>
            </div>
          )}
          <StatusLine screen={screen} />
          <Composer visit={visit} chat={chat} />
        </div>
      </section>
    </main>
  );
}
