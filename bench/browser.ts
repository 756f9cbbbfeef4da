import { type Browser, chromium } from 'playwright-core';

/** Debian's chromium unless the environment names another. */
export const { CHROMIUM_BIN: chromiumBin = '/usr/bin/chromium' } = process.env;

const quiet = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // a camera that shows a test picture, and is allowed
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
];

/** A browser that talks to nothing but the pages it is sent to. No sandbox: that would need a user other than root. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumBin, args: ['--no-sandbox', '--headless', ...quiet] });
}
