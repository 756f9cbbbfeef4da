import { once } from 'node:events';
import type { Server } from 'node:http';
import type { Config } from './config.ts';
import { AppError } from './errors.ts';

/** Resolves to the address people can open. Throws `port_taken`, `invalid_request` (an address that is not ours). */
export async function listen(server: Server, { host, port }: Pick<Config, 'host' | 'port'>): Promise<string> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'EADDRINUSE') {
      throw new AppError('port_taken', `Port ${port} is taken; set PORT to another one.`, { cause });
    }
    if (code === 'EACCES') {
      throw new AppError('port_taken', `Port ${port} may not be used; set PORT to one above 1023.`, {
        cause,
      });
    }
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
      throw new AppError('invalid_request', `HOST: ${host} is not an address of this machine.`, { cause });
    }
    throw cause;
  }
  const address = server.address();
  const actual = typeof address === 'object' && address !== null ? address.port : port;
  return `http://${host.includes(':') ? `[${host}]` : host}:${actual}`;
}
