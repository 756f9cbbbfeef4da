import { InferenceSession } from 'onnxruntime-node';

// Since 1.30 onnxruntime reports its use to its makers, and keeps a device id and a queue on the disk for that.
// What people do with their own machine is nobody's business. Read when the first session is made.
Object.assign(process.env, { ORT_DISABLE_TELEMETRY: '1' });

const errorsOnly = 3;

/** An onnxruntime session, from a file or from bytes; `threads` inside one operator, all cores unless given. */
export function openSession(model: string | Uint8Array, threads?: number): Promise<InferenceSession> {
  const options = {
    logSeverityLevel: errorsOnly,
    ...(threads !== undefined && { intraOpNumThreads: threads }),
  } as const;
  return typeof model === 'string'
    ? InferenceSession.create(model, options)
    : InferenceSession.create(model, options);
}
