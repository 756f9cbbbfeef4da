import type { Screen } from '../state/screen.ts';
import type { Visit } from '../state/visit.ts';
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
        <Transcript visit={visit} chat={chat} />
        <div class="foot">
          {chat?.failure && <FailureLine failure={chat.failure} />}
          <StatusLine screen={screen} isOnline={visit.connection.isOpen.value} />
          <Composer visit={visit} chat={chat} />
        </div>
      </section>
    </main>
  );
}
