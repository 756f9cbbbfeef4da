import { accuracyTable } from '#models/evaluate/accuracy-table.ts';
import { measureWorldChat } from '#models/evaluate/runners/world-chat.ts';
import { requestedMode } from '#contract/rest.ts';
import { parsedBy } from '#core/command-line.ts';
import { newWorldCommand } from './options.ts';
import { ServerSceneChat } from './scene-chat.ts';

/** `eval chat` */
export function chatCommand(signal: AbortSignal) {
  return newWorldCommand('chat', 'Asks a server of its own about unseen clips of the demo data set.', 300)
    .option('--plain', 'without the video branch', false)
    .option('--mode <mode>', `one of ${requestedMode.options.join(', ')} (stan)`, parsedBy(requestedMode))
    .action(async ({ clips, seed, plain, mode = plain ? 'plain' : 'stan', json, package: modelPackage }) => {
      const chat = await ServerSceneChat.start(modelPackage, mode, signal);
      try {
        const accuracies = await measureWorldChat(chat, { clips, seed, signal });
        const report = { package: modelPackage, mode, clips, seed, accuracies };
        process.stdout.write(json ? `${JSON.stringify(report)}\n` : accuracyTable(accuracies));
      } finally {
        await chat.stop();
      }
    });
}
