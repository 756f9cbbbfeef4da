import type { Response } from 'express';

/**
 * Sends a file, or the range of it that was asked for. An error after the first byte means that a player closed the
 * connection, which they do all the time: not worth a word.
 */
export function sendFile(response: Response, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    response.sendFile(path, { dotfiles: 'allow' }, (error) => {
      if (error && !response.headersSent) reject(error);
      else resolve();
    });
  });
}
