import { InferenceSession } from 'onnxruntime-node';

// Since 1.30 onnxruntime reports its use to its makers, and keeps a device id and a queue on the disk for that.
// What people do with their own machine is nobody's business. Read when the first session is made.
Object.assign(process.env, { ORT_DISABLE_TELEMETRY: '1' });

const errorsOnly = 3;

export interface SessionOptions {
  /** Threads inside one operator; all cores unless given. */
  readonly threads?: number | undefined;
  /** For a model that is run once: weights stay mapped from the disk rather than copied into a faster layout. */
  readonly runOnce?: boolean;
  /** For work beside other work: threads that wait sleep rather than spin. */
  readonly shared?: boolean;
}

/** An onnxruntime session, from a file or from bytes. */
export function openSession(
  model: string | Uint8Array,
  { threads, runOnce = false, shared = false }: SessionOptions = {},
): Promise<InferenceSession> {
  const options = {
    logSeverityLevel: errorsOnly,
    ...(threads !== undefined && { intraOpNumThreads: threads }),
    ...(shared && { extra: { session: { intra_op: { allow_spinning: '0' } } } }),
    ...(runOnce && { enableCpuMemArena: false, extra: { session: { disable_prepacking: '1' } } }),
  } as const;
  return typeof model === 'string'
    ? InferenceSession.create(model, options)
    : InferenceSession.create(model, options);
}
