/**
 * `npm run setup`: everything between a clone and `npm start`, step by step. Plain Node, as nothing is installed yet.
 * Safe to run again: what is done is found done. With `--gpu` llama.cpp's binaries for GPUs stay, and the test of Vulkan
 * gets a software device.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lacksGpuBinaries, pruneBinaries } from './setup-binaries.mjs';

const root = dirname(fileURLToPath(import.meta.url));
const minutes = 60_000;
const wantsGpu = readArguments();
/** As server/engine/media/find-ffmpeg.ts asks. */
const oldestFfmpeg = '5.1';
const mayInstallPackages = process.getuid?.() === 0 && runs('apt-get', ['--version']);
let packageListsAreFresh = false;

checkNode();
installDependencies();
leaveOutBinaries();
installFfmpeg();
installSandbox();
installBrowser();
if (wantsGpu) installSoftwareGpu();
buildClient();
say('Done. `npm start` runs the server, `npm test` the tests.');

function readArguments() {
  const unknown = process.argv.slice(2).find((argument) => argument !== '--gpu');
  if (unknown !== undefined) fail(`${unknown} is unknown; --gpu is the only option.`);
  return process.argv.includes('--gpu');
}

function checkNode() {
  const { engines } = readJson('package.json');
  const needed = engines.node.replace('>=', '');
  if (compareVersions(process.versions.node, needed) < 0) {
    fail(`Node ${needed} or newer is needed, this is ${process.versions.node}: https://nodejs.org`);
  }
  say(`Node ${process.versions.node}: fine.`);
}

function installDependencies() {
  if (dependenciesMatchLock()) return say('Packages: as package-lock.json says, nothing to install.');
  say('Packages: running `npm ci` ...');
  // Under `npm run`, npm_execpath is the very npm that runs this script.
  const { npm_execpath: npm } = process.env;
  // The level is said here, as `npm run -s` would have it silent.
  const args = ['ci', '--include=dev', '--no-fund', '--no-audit', '--loglevel=error'];
  const result = npm ? run(process.execPath, [npm, ...args]) : run('npm', args);
  if (!result.ok) fail(`npm ci did not work:\n${result.tail}`);
}

/** npm writes node_modules/.package-lock.json last, so an install that was cut off never matches. */
function dependenciesMatchLock() {
  if (!existsSync(join(root, 'node_modules/.package-lock.json'))) return false;
  const installed = readJson('node_modules/.package-lock.json').packages;
  const { '': _, ...locked } = readJson('package-lock.json').packages;
  if (wantsGpu && lacksGpuBinaries(root, installed)) return false;
  const same = (path) => locked[path]?.integrity === installed[path].integrity;
  const optional = ({ optional, devOptional, peer }) => optional || devOptional || peer;
  return (
    Object.keys(installed).every(same) &&
    Object.keys(locked).every((path) => path in installed || optional(locked[path]))
  );
}

function leaveOutBinaries() {
  const removed = pruneBinaries(root, { gpu: wantsGpu });
  if (removed.length > 0) say(`Binaries for other machines left out: ${removed.map(shortName).join(', ')}.`);
  say(wantsGpu ? 'GPU: its binaries are here.' : 'GPU: none (`npm run setup -- --gpu` gets its binaries).');
}

function shortName(path) {
  return path.replace('node_modules/', '').replace('bin/napi-v6/', '');
}

function installFfmpeg() {
  const { FFMPEG_BIN, ...env } = process.env;
  if (FFMPEG_BIN) {
    if (!isFfmpeg(FFMPEG_BIN)) {
      fail(`FFMPEG_BIN is ${FFMPEG_BIN}, which is no ffmpeg ${oldestFfmpeg} or newer; correct or unset it.`);
    }
    return say(`ffmpeg: ${FFMPEG_BIN} (FFMPEG_BIN).`);
  }
  const folder = join(root, 'node_modules/ffmpeg-static');
  const bundled = join(folder, process.platform === 'win32' ? 'ffmpeg.exe' : 'ffmpeg');
  if (isFfmpeg(bundled)) return say("ffmpeg: ffmpeg-static's.");
  if (isFfmpeg('ffmpeg')) return say('ffmpeg: the one on the PATH.');

  say("ffmpeg: none found; running ffmpeg-static's installer ...");
  const installer = run(process.execPath, [join(folder, 'install.js')], { env, timeout: 10 * minutes });
  if (isFfmpeg(bundled)) return say("ffmpeg: ffmpeg-static's.");
  // What a broken download left behind would be found before any other.
  rmSync(bundled, { force: true });
  say(`ffmpeg: it got none (${firstLine(installer.tail)}).`);
  if (installPackage('ffmpeg') && isFfmpeg('ffmpeg')) return say("ffmpeg: the system's package.");
  fail(`No ffmpeg ${oldestFfmpeg} or newer: install one (Debian: apt-get install ffmpeg) or set FFMPEG_BIN.`);
}

/** Builds from git state no number and count as new. */
function isFfmpeg(path) {
  const { printed } = run(path, ['-version'], { timeout: minutes });
  const [, version] = /^ffmpeg version (\S+)/.exec(printed) ?? [];
  const [number] = /^n?\d+\.\d+/.exec(version ?? '') ?? [];
  return version !== undefined && (!number || compareVersions(number.replace('n', ''), oldestFfmpeg) >= 0);
}

/** Without it ffmpeg is kept apart by namespaces alone, or the server does not start; it says which. */
function installSandbox() {
  if (process.platform !== 'linux') return;
  if (runs('bwrap', ['--version'])) return say('Sandbox of ffmpeg: bubblewrap.');
  if (installPackage('bubblewrap')) return say("Sandbox of ffmpeg: the system's bubblewrap.");
  say('No bubblewrap: install it (Debian: apt-get install bubblewrap) to keep ffmpeg in a full sandbox.');
}

/** Only one test needs it: without a browser setup goes on, and the test says why it is skipped. */
function installBrowser() {
  const { CHROMIUM_BIN } = process.env;
  const candidates = CHROMIUM_BIN ? [CHROMIUM_BIN] : ['chromium', 'chromium-browser', 'google-chrome'];
  const find = () => candidates.find((name) => runs(name, ['--version']));
  const found = find();
  if (found) return say(`Browser for the browser test: ${found}.`);
  if (!CHROMIUM_BIN && installPackage('chromium') && find()) {
    return say("Browser for the browser test: the system's chromium.");
  }
  say(
    'No chromium: the browser test will be skipped. Install chromium, or set CHROMIUM_BIN, to have it run.',
  );
}

/** Only one test needs it, and says why it is skipped without. */
function installSoftwareGpu() {
  if (process.platform !== 'linux' || process.arch !== 'x64') return;
  const driver = '/usr/share/vulkan/icd.d/lvp_icd.x86_64.json';
  if (existsSync(driver)) return say("GPU for the test of Vulkan: Mesa's software device.");
  if (installPackage('mesa-vulkan-drivers') && existsSync(driver)) {
    return say("GPU for the test of Vulkan: the system's mesa-vulkan-drivers.");
  }
  say('No software Vulkan device: its test will be skipped (Debian: apt-get install mesa-vulkan-drivers).');
}

function buildClient() {
  say('Client: building ...');
  const vite = join(root, 'node_modules/vite/bin/vite.js');
  const result = run(process.execPath, [vite, 'build', 'client', '--logLevel', 'warn']);
  if (!result.ok) fail(`The client does not build:\n${result.tail}`);
}

/** Debian's package of that name, where this process may install one; whether it is there now. */
function installPackage(name) {
  if (!mayInstallPackages) return false;
  say(`${name}: installing the system's package (apt-get) ...`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const options = { env, timeout: 20 * minutes };
  if (!packageListsAreFresh) {
    const update = run('apt-get', ['-qq', 'update'], options);
    if (!update.ok) say(`apt-get update did not work: ${firstLine(update.tail)}`);
    packageListsAreFresh = update.ok;
  }
  const result = run('apt-get', ['-qq', 'install', '-y', '--no-install-recommends', name], options);
  if (!result.ok) say(`apt-get install ${name} did not work:\n${result.tail}`);
  return result.ok;
}

/** Runs a command quietly. `printed` is its output, or why it did not run; `tail` the end of that. */
function run(command, args, options = {}) {
  const result = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
    ...options,
  });
  const printed = `${result.stdout ?? ''}${result.stderr ?? ''}`.trim() || (result.error?.message ?? '');
  return { ok: result.status === 0, printed, tail: printed.split('\n').slice(-20).join('\n') };
}

function runs(command, args) {
  return run(command, args, { timeout: minutes }).ok;
}

function readJson(path) {
  return JSON.parse(readFileSync(join(root, path), 'utf8'));
}

function compareVersions(a, b) {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  return left[0] - right[0] || (left[1] ?? 0) - (right[1] ?? 0);
}

function firstLine(text) {
  return text.split('\n', 1)[0] || 'no reason given';
}

function say(line) {
  console.log(`setup: ${line}`);
}

function fail(line) {
  console.error(`setup: ${line}`);
  process.exit(1);
}
