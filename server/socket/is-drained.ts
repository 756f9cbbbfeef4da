import type { Socket } from 'socket.io';

/** Whether the client has taken everything that was sent to it. */
export function isDrained({ conn }: Pick<Socket, 'conn'>): boolean {
  return conn.transport.writable && bufferedPackets(conn) === 0;
}

/** engine.io keeps packets here that its transport has not taken; its types do not tell. */
function bufferedPackets(conn: object): number {
  return 'writeBuffer' in conn && Array.isArray(conn.writeBuffer) ? conn.writeBuffer.length : 0;
}
