import { newCommand } from '#core/command-line.ts';
import { chatCommand } from './eval/chat.ts';
import { fusionCommand } from './eval/fusion.ts';
import { calibrateCommand, largeWorldCommand } from './eval/large-world.ts';
import { momentsCommand } from './eval/moments.ts';
import { probeCommand } from './eval/probe.ts';
import { recognitionCommand } from './eval/recognition.ts';
import { retrievalCommand } from './eval/retrieval.ts';
import { temporalCommand } from './eval/temporal.ts';

const notes = `
retrieval, recognition and temporal measure on clips of yours (docs/evaluation.md has the layouts of data sets) and
continue an interrupted run from DATA_DIR/eval. chat, moments, probe and fusion measure on the small synthetic
data set, large-world on the large one; calibrate writes what it measures there into the package.`;

/** `eval`: measures a package. */
export function evalCommand(signal: AbortSignal) {
  return newCommand('eval', 'Measures a model package.')
    .addHelpText('after', notes)
    .addCommand(retrievalCommand(signal))
    .addCommand(recognitionCommand(signal))
    .addCommand(temporalCommand(signal))
    .addCommand(chatCommand(signal))
    .addCommand(momentsCommand(signal))
    .addCommand(probeCommand(signal))
    .addCommand(fusionCommand(signal))
    .addCommand(largeWorldCommand(signal))
    .addCommand(calibrateCommand(signal));
}
