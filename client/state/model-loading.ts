import type { Signal } from '@preact/signals';
import { failureFrom } from './failure.ts';
import { fetchModel, type Model } from './model.ts';

/** Milliseconds until the server is asked again whether the model is loaded. */
const askAgainMs = 1000;

/** Sets the model when the server has it, and whether the server still loads it until then. Does not reject. */
export async function waitForModel({
  model,
  isStarting,
}: {
  readonly model: Signal<Model | undefined>;
  readonly isStarting: Signal<boolean>;
}): Promise<void> {
  for (;;) {
    try {
      model.value = await fetchModel();
      isStarting.value = false;
      return;
    } catch (thrown) {
      isStarting.value = failureFrom(thrown).code === 'starting';
      // the page works without knowing the model; the next action shows what is wrong
      if (!isStarting.value) return;
      await new Promise((resolve) => setTimeout(resolve, askAgainMs));
    }
  }
}
