import { InferenceSession } from 'onnxruntime-node';

// Since 1.30 onnxruntime reports its use to its makers, and keeps a device id and a queue on the disk for that.
// A self-hosted server reports nothing. The variable is read when the first session is made.
Object.assign(process.env, { ORT_DISABLE_TELEMETRY: '1' });

const errorsOnly = 3;

export interface SessionOptions {
  /** Threads inside one operator; all cores where left out. */
  readonly threads?: number | undefined;
  /** onnxruntime's execution provider, the CPU behind it for what it cannot do; the CPU alone where left out. */
  readonly provider?: string | undefined;
  /** For a model that is run once: weights stay mapped from the disk rather than copied into a faster layout. */
  readonly runOnce?: boolean;
  /** For work beside other work: threads that wait sleep rather than spin. */
  readonly shared?: boolean;
  /** Folder of the external weights of a model that is given as bytes. */
  readonly dataFolder?: string;
}

/** An onnxruntime session, from a file or from bytes. */
export function openSession(
  model: string | Uint8Array,
  { threads, provider = 'cpu', runOnce = false, shared = false, dataFolder }: SessionOptions = {},
): Promise<InferenceSession> {
  const options = {
    logSeverityLevel: errorsOnly,
    ...(provider !== 'cpu' && { executionProviders: [provider, 'cpu'] }),
    ...(threads !== undefined && { intraOpNumThreads: threads }),
    ...(runOnce && { enableCpuMemArena: false }),
    extra: {
      session: {
        ...(shared && { intra_op: { allow_spinning: '0' } }),
        ...(runOnce && { disable_prepacking: '1' }),
        ...(dataFolder !== undefined && { model_external_initializers_file_folder_path: dataFolder }),
      },
    },
  } as const;
  return typeof model === 'string'
    ? InferenceSession.create(model, options)
    : InferenceSession.create(model, options);
}
