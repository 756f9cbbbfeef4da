import { toAppError } from '#errors';
import { type GpuChoice, llamaDevice } from './language/load-llama.ts';
import { chooseEncoderProvider, describeProvider } from './vision/load-vision-encoder.ts';

export interface DeviceFinding {
  readonly what: string;
  readonly ok: boolean;
  readonly details: string;
}

/** Where LLM and encoders would run with this setting; not `ok` where the device that it names is not there. */
export async function examineDevices(gpu: GpuChoice): Promise<DeviceFinding[]> {
  const llama = await llamaDevice(gpu).then(
    (details) => ({ what: 'LLM', ok: true, details: `llama.cpp ${details}` }),
    (error: unknown) => ({ what: 'LLM', ok: false, details: toAppError(error).message }),
  );
  const details = `onnxruntime: ${describeProvider(await chooseEncoderProvider(gpu))}`;
  return [llama, { what: 'encoders', ok: true, details }];
}
