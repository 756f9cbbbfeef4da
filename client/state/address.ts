/** What the address of the page names. */
export type Address =
  | { readonly at: 'start' }
  | { readonly at: 'clips' }
  | { readonly at: 'chat'; readonly conversationId: string };

export function currentAddress(): Address {
  if (location.hash === '#/clips') return { at: 'clips' };
  const [, conversationId] = /^#\/c\/([0-9a-f-]{36})$/.exec(location.hash) ?? [];
  return conversationId === undefined ? { at: 'start' } : { at: 'chat', conversationId };
}

/** Names what is on the screen; the browser's Back button returns to what was there before. */
export function setAddress(address: Address): void {
  const hash =
    address.at === 'start' ? '' : address.at === 'clips' ? '#/clips' : `#/c/${address.conversationId}`;
  if (location.hash !== hash) history.pushState(null, '', `/${hash}`);
}
