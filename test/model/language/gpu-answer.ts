/**
 * Sends the parent process the demo package's answer about a clip on the Vulkan device, and the device's description.
 * Arguments: the clip, a folder for data. A process of its own, as a driver can take the whole process down.
 */
import { answerOn } from './answer-on.ts';

const [, , clip = '', dataDir = ''] = process.argv;
process.send?.(await answerOn('vulkan', { clip, dataDir }));
