import type { AppState } from './state/app-state.ts';

/**
 * What keys do anywhere on the page. Keys without Ctrl work only where nothing is typed, and none of them leaves a
 * conversation; Ctrl means Command on a Mac.
 */
export function onKey(event: KeyboardEvent, app: AppState): void {
  if (event.isComposing || event.altKey) return;
  if (event.ctrlKey || event.metaKey) {
    onCommandKey(event, app);
    return;
  }
  const isOverlaid = app.overlay.value !== undefined;
  if (event.key === 'Escape') {
    if (isOverlaid || event.defaultPrevented) return;
    if (app.isListOpen.value) app.isListOpen.value = false;
    else void app.answers.stop();
    return;
  }
  if (isOverlaid) return;
  if (event.key === 'ArrowUp' && isEmptyQuestion(event.target, app)) {
    event.preventDefault();
    app.edit();
    return;
  }
  if (takesText(event.target)) return;
  if (event.key === '?') {
    event.preventDefault();
    app.overlay.value = 'shortcuts';
  } else if (event.key === '/') {
    event.preventDefault();
    searchConversations(app);
  }
}

function onCommandKey(event: KeyboardEvent, app: AppState): void {
  const key = event.key.toLowerCase();
  if (key === 'k' && !event.shiftKey) {
    event.preventDefault();
    app.overlay.value = app.overlay.value === 'palette' ? undefined : 'palette';
  } else if (key === 'o' && event.shiftKey) {
    event.preventDefault();
    app.startOver();
  }
}

/** Opens the list where it is folded away, and goes to its search field. */
export function searchConversations(app: AppState): void {
  app.isListOpen.value = true;
  app.landmarks.focus('conversation-search');
}

function isEmptyQuestion(target: EventTarget | null, { landmarks }: AppState): boolean {
  return target instanceof HTMLTextAreaElement && target === landmarks.get('question') && target.value === '';
}

function takesText(target: EventTarget | null): boolean {
  if (target instanceof HTMLInputElement)
    return !['radio', 'checkbox', 'range', 'file'].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}
