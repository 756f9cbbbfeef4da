import type { RequestHandler } from 'express';
import type { Access } from '#access/access.ts';
import type { ClientRate } from '#access/client-rate.ts';
import type { Leases } from '#access/leases.ts';
import { runAsClient } from '#core/client-context.ts';
import { requireWriter } from '#core/principal.ts';
import { contextOf, principalOf } from './request-context.ts';

/** What a browser program of another origin may send, and read of the answers. */
const corsHeaders = {
  'Access-Control-Allow-Methods': 'GET, HEAD, POST, PATCH, DELETE',
  'Access-Control-Allow-Headers':
    'Authorization, Content-Type, Tus-Resumable, Upload-Length, Upload-Metadata, Upload-Offset',
  'Access-Control-Expose-Headers':
    'Location, Retry-After, Tus-Resumable, Upload-Length, Upload-Metadata, Upload-Offset, X-Frame-Time, X-Request-Id, X-Video-Id',
  'Access-Control-Max-Age': '600',
};

/** Answers browsers that ask for an origin of `ALLOWED_ORIGINS`. Cookies are not for those: they send their key. */
export function allowOrigins(access: Access): RequestHandler {
  return function allowOrigin({ headers, method }, response, next) {
    response.vary('Origin');
    const origin = access.sites.allowedOrigin(headers);
    if (origin === undefined) return next();
    response.set({ 'Access-Control-Allow-Origin': origin, ...corsHeaders });
    // what helmet forbids to all other origins
    response.set('Cross-Origin-Resource-Policy', 'cross-origin');
    if (method !== 'OPTIONS' || headers['access-control-request-method'] === undefined) return next();
    response.status(204).end();
  };
}

/** Refuses clients that no key would let in; needs no key itself. */
export function checkSite(access: Access): RequestHandler {
  return function checkSite(request, _response, next) {
    access.screen(request);
    next();
  };
}

/** Lets a request in by its key or session, and ends it in the middle when that is revoked. */
export function requireAccess(access: Access, leases: Leases): RequestHandler {
  return async function requireAccess(request, response, next) {
    const principal = await access.admit(request);
    contextOf(response).principal = principal;
    response.once(
      'close',
      leases.hold(principal, () => response.destroy()),
    );
    runAsClient(principal.client, next);
  };
}

export function limitRate(rate: ClientRate): RequestHandler {
  return async function limitRate(_request, response, next) {
    await rate.take(principalOf(response).client);
    next();
  };
}

/** Requests that change nothing though they are no GET. */
const reads = /^\/v1\/(search|classify|videos\/[^/]+\/(?:match|moments|copies)|session)\/?$/i;

/** Refuses changes, and work of the language model, to keys that may read only. */
export function requireRole(): RequestHandler {
  return function requireRole(request, response, next) {
    const isRead =
      ['GET', 'HEAD', 'OPTIONS'].includes(request.method) ||
      reads.test(request.originalUrl.split('?')[0] ?? '');
    if (!isRead) requireWriter(principalOf(response));
    next();
  };
}
