import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { type Stage, splitStages } from '#models/formats/onnx/stages.ts';
import { openSession, type SessionOptions } from './session.ts';

type Metadata = InferenceSession.ValueMetadata;

/** A model file as sessions that run one after the other, so that only what the wanted outputs need is computed. */
export class StagedSession {
  /** Of the whole model. */
  readonly inputs: readonly Metadata[];
  readonly outputs: readonly Metadata[];
  readonly #stages: readonly { readonly stage: Omit<Stage, 'model'>; readonly session: InferenceSession }[];

  private constructor(
    sessions: readonly { stage: Omit<Stage, 'model'>; session: InferenceSession }[],
    names: Pick<Stage, 'inputs' | 'outputs'>,
  ) {
    this.#stages = sessions;
    const found = <Kind extends 'inputMetadata' | 'outputMetadata'>(
      kind: Kind,
      wanted: readonly string[],
    ) => {
      const all = sessions.flatMap(({ session }) => session[kind]);
      return wanted.flatMap((name) => all.find((value) => value.name === name) ?? []);
    };
    this.inputs = found('inputMetadata', names.inputs);
    this.outputs = found('outputMetadata', names.outputs);
  }

  /** Throws what onnxruntime throws for a file that is no model. */
  static async open(
    path: string,
    options: Pick<SessionOptions, 'threads' | 'provider'> = {},
  ): Promise<StagedSession> {
    const stages = splitStages(await readFile(path)) ?? [];
    if (stages.length < 2) return StagedSession.#whole(await openSession(path, options));
    const dataFolder = dirname(path);
    const sessions: { stage: Stage; session: InferenceSession }[] = [];
    try {
      for (const stage of stages) {
        sessions.push({ stage, session: await openSession(stage.model, { ...options, dataFolder }) });
      }
    } catch (error) {
      await Promise.all(sessions.map(({ session }) => session.release()));
      throw error;
    }
    const made = new Set(stages.flatMap(({ outputs }) => outputs));
    return new StagedSession(
      sessions.map(({ stage: { neededFor, inputs, outputs }, session }) => ({
        stage: { neededFor, inputs, outputs },
        session,
      })),
      {
        inputs: [...new Set(stages.flatMap(({ inputs }) => inputs))].filter((name) => !made.has(name)),
        outputs: [...new Set(stages.flatMap(({ neededFor }) => neededFor))],
      },
    );
  }

  static #whole(session: InferenceSession): StagedSession {
    const [inputs, outputs] = [session.inputNames, session.outputNames];
    return new StagedSession([{ stage: { neededFor: outputs, inputs, outputs }, session }], {
      inputs,
      outputs,
    });
  }

  /** The wanted outputs, in their order. Throws `RangeError` for one that the model does not have. */
  async run(feeds: Readonly<Record<string, Tensor>>, wanted: readonly string[]): Promise<Tensor[]> {
    const known = new Map(Object.entries(feeds));
    const needed = this.#stages.filter(({ stage }) => stage.neededFor.some((name) => wanted.includes(name)));
    const read = new Set([...wanted, ...needed.flatMap(({ stage }) => stage.inputs)]);
    for (const { stage, session } of needed) {
      const own = stage.inputs.flatMap((name) => {
        const value = known.get(name);
        return value === undefined ? [] : [[name, value] as const];
      });
      const fetches = stage.outputs.filter((name) => read.has(name));
      const results = await session.run(Object.fromEntries(own), fetches);
      for (const [name, value] of Object.entries(results)) known.set(name, value);
    }
    return wanted.map((name) => {
      const value = known.get(name);
      if (value === undefined) throw new RangeError(`the model has no output ${name}`);
      return value;
    });
  }

  async release(): Promise<void> {
    for (const { session } of this.#stages) await session.release();
  }
}
