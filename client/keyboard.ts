import type { AppState } from './state/app-state.ts';

export interface KeyActions {
  readonly app: AppState;
  readonly showList: () => void;
  readonly showConversations: () => void;
}

/** What single keys do while nothing is typed. Focus is found by class: keys are about places of the page. */
export function onKey(event: KeyboardEvent, { app, showList, showConversations }: KeyActions): void {
  if (event.key === 'Escape') {
    void app.answers.stop();
    return;
  }
  const { target } = event;
  const isOpen = document.querySelector('dialog[open]') !== null;
  if (isOpen || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === 'ArrowUp' && target instanceof HTMLTextAreaElement && target.value === '') {
    if (target.matches('.question-field')) press(event, [...document.querySelectorAll('.edit')].at(-1));
    return;
  }
  if (target instanceof HTMLElement && target.matches('input:not([type=radio]), textarea, select')) return;
  switch (event.key) {
    case '?':
      event.preventDefault();
      showList();
      return;
    case '/':
      event.preventDefault();
      showConversations();
      requestAnimationFrame(() => focus('.search'));
      return;
    case 'c':
      event.preventDefault();
      focus('.question-field');
      return;
    case 'n':
      app.view.leave();
      requestAnimationFrame(() => focus('.drop-zone input'));
      return;
    case 'p':
      playOrPause();
      return;
  }
}

function focus(index: string): void {
  const found = document.querySelector(index);
  if (found instanceof HTMLElement) found.focus();
}

function press(event: KeyboardEvent, button: Element | undefined): void {
  if (!(button instanceof HTMLElement)) return;
  event.preventDefault();
  button.click();
}

function playOrPause(): void {
  const player = document.querySelector('video.player');
  if (!(player instanceof HTMLVideoElement)) return;
  if (player.paused) void player.play();
  else player.pause();
}
